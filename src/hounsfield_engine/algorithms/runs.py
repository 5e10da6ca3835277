"""Connected parts of a mask, found from the runs of voxels along its rows.

A labelled volume takes four bytes a voxel, most of them for nothing where tissue is sparse; runs are some thousand times
fewer than voxels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from hounsfield_engine.algorithms.volume import Mask

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Parts:
    """The 6-connected parts of a mask.

    Attributes
    ----------
    starts, lengths : (n,) int64 arrays
        Runs of voxels along the last axis: position of the first one in the flat mask, and how many.
    label : (n,) int32 array
        The part that each run belongs to, from 0.
    sizes : (parts,) int64 array
        Voxels of each part.
    """

    starts: Indices
    lengths: Indices
    label: NDArray[np.int32]
    sizes: Indices


def connected_parts(mask: Mask) -> Parts:
    """Find the parts of a (z, y, x) mask."""
    _, rows, columns = mask.shape
    # an empty column and row part the runs of neighbouring rows and planes; one voxel before the first begins its run
    padded = np.zeros(1 + len(mask) * (rows + 1) * (columns + 1), bool)
    padded[1:].reshape(-1, rows + 1, columns + 1)[:, :rows, :columns] = mask
    turns = np.flatnonzero(padded[1:] != padded[:-1])
    del padded
    begin, end = turns[::2], turns[1::2]
    joined = [_overlapping(begin, end, step) for step in (columns + 1, (rows + 1) * (columns + 1))]
    one, other = (np.concatenate(side) for side in zip(*joined, strict=True))
    graph = sparse.coo_matrix((np.ones(len(one), np.int8), (one, other)), (len(begin), len(begin)))
    count, label = csgraph.connected_components(graph, directed=False)
    row, column = np.divmod(begin, columns + 1)
    row -= row // (rows + 1)
    lengths = end - begin
    sizes = np.bincount(label, lengths, minlength=count).astype(np.int64)
    return Parts(row * columns + column, lengths, label, sizes)


def _overlapping(begin: Indices, end: Indices, step: int) -> tuple[Indices, Indices]:
    """Pairs of runs of which the second, moved back by `step` voxels, shares voxels with the first."""
    first = np.searchsorted(end, begin + step, "right")
    counts = np.maximum(np.searchsorted(begin, end + step, "left") - first, 0)
    return np.repeat(np.arange(len(begin)), counts), _ranges(first, counts)


def _ranges(starts: Indices, lengths: Indices) -> Indices:
    """Concatenated ``arange(start, start + length)``."""
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))


def painted(mask: Mask, parts: Parts, chosen: NDArray[np.bool_], value: bool) -> Mask:
    """A copy of the mask in which the voxels of the chosen parts have another value."""
    result = mask.copy()
    runs = chosen[parts.label]
    result.ravel()[_ranges(parts.starts[runs], parts.lengths[runs])] = value
    return result


def without_voids(mask: Mask) -> Mask:
    """The (z, y, x) mask with everything filled that has no way out along the axes."""
    outside = connected_parts(~mask)
    _, rows, columns = mask.shape
    row, column = np.divmod(outside.starts, columns)
    plane, row = np.divmod(row, rows)
    at_rim = (column == 0) | (column + outside.lengths == columns)
    for place, size in ((row, rows), (plane, len(mask))):
        at_rim |= (place == 0) | (place == size - 1)
    enclosed = np.ones(len(outside.sizes), bool)
    enclosed[outside.label[at_rim]] = False
    return painted(mask, outside, enclosed, True)
