"""From scores on the network's grid to labels on the scan's.

Scores are interpolated and then decided upon, not the other way round: so a coarse grid leaves no steps and no lost volume.
"""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from hounsfield_engine.algorithms.onnx_volume.grid import Grid

Scores = NDArray[np.float32]
Labels = NDArray[np.uint8]


def restore(
    grid: Grid,
    planes: Iterable[tuple[int, Scores]],
    decide: Callable[[Scores], Labels],
    labels: Labels,
) -> None:
    """Label the scan from the network's scores, holding two planes of them.

    Parameters
    ----------
    planes
        Index and (channels, ≥ grid.shape[1], ≥ grid.shape[2]) scores of every plane of the network's grid in turn; what is
        beyond the grid is padding.
    decide
        From (channels, n1, n2) scores to (n1, n2) labels.
    labels
        (n0, n1, n2), on the scan in the network's axes; filled.
    """
    places = grid.positions(0)
    before: Scores | None = None
    done = 0
    for index, plane in planes:
        here = _widened(grid, plane[:, : grid.shape[1], : grid.shape[2]])
        while done < len(places) and places[done] <= index:
            share = np.float32(places[done] - index + 1)  # 1: on this plane, 0: on the one before
            scores = here if before is None or share == 1 else before + share * (here - before)
            labels[done] = decide(scores)
            done += 1
        before = here


def _widened(grid: Grid, plane: Scores) -> Scores:
    """Interpolate the scores of a plane at the scan's rows and columns."""
    for axis in (1, 2):
        places = grid.positions(axis)
        low = np.minimum(places.astype(int), grid.shape[axis] - 1)
        high = np.minimum(low + 1, grid.shape[axis] - 1)
        share = (places - low).astype(np.float32)
        if axis == 1:
            share = share[:, None]
        near = plane.take(low, axis)
        if share.any():
            near += share * (plane.take(high, axis) - near)
        plane = near
    return plane
