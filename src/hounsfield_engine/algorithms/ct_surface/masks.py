"""Body and bone as masks. Arrays run (z, y, x) = superior, posterior, left; see `Volume.canonical`."""

import cc3d
import fill_voids
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hounsfield_engine.algorithms.runs import connected_parts, painted, without_voids
from hounsfield_engine.algorithms.volume import Mask, Volume, bounding_box

_COARSE_MM = 3.0  # grid on which table and body are told apart
_TABLE_MM = 4.5  # half of the thickest table, tube or blanket taken off
_BODY_SHARE = 0.05  # parts smaller than this share of the largest are not body (two legs are)


def in_range(voxels: NDArray[np.int16], hu: tuple[int, int]) -> Mask:
    """Voxels within a closed HU range."""
    low, high = hu
    mask = voxels >= low
    if high < np.iinfo(voxels.dtype).max:
        mask &= voxels <= high
    return mask


def _filled(plane: Mask) -> Mask:
    """Fill what a (y, x) mask encloses, never in place."""
    # the transpose is Fortran-ordered, as fill_voids wants it; C-ordered input comes back damaged
    return fill_voids.fill(plane.T).T.view(np.bool_)


def body_mask(volume: Volume, hu: tuple[int, int]) -> Mask | None:
    """The patient without table and clothes, filled slice by slice so that lungs and open airways are inside.

    Thin things (table top, tubes) vanish under an opening on a coarse grid; what remains of useful size, grown back,
    says where the body is on the full grid.

    Parameters
    ----------
    volume
        Canonical axes.
    hu
        Range of the body's outer layer, about −300 and up.

    Returns
    -------
    Mask or None
        (z, y, x) on the grid of `volume`; None where there is nothing solid.
    """
    solid = in_range(volume.voxels, hu)
    steps = np.maximum(1, np.rint(_COARSE_MM / volume.spacing).astype(int))
    coarse = np.ascontiguousarray(solid[tuple(slice(None, None, step) for step in steps)])
    mm = steps * volume.spacing
    core = largest_parts(_opened(_fill_slices(coarse), mm), _BODY_SHARE)
    if not core.any():
        core = largest_parts(coarse, _BODY_SHARE)
    if not core.any():
        return None
    chosen = _parts_at(_pooled(solid, steps) & _dilated(core, mm, 2 * _TABLE_MM), core)
    _, rows, columns = solid.shape
    wide = chosen.repeat(steps[1], axis=1)[:, :rows].repeat(steps[2], axis=2)[..., :columns]
    for z, plane in enumerate(solid):
        plane &= wide[z // steps[0]]
        plane[...] = _filled(plane)
    return solid


def _pooled(mask: Mask, steps: NDArray[np.int64]) -> Mask:
    """Blocks of the mask that hold anything; a speck within a block of the skin counts as skin."""
    for axis, step in enumerate(steps):
        within = np.moveaxis(mask, axis, 0)
        blocks = within[::step].copy()
        for offset in range(1, step):
            part = within[offset::step]
            blocks[: len(part)] |= part
        mask = np.moveaxis(blocks, 0, axis)
    return mask


def _parts_at(mask: Mask, core: Mask) -> Mask:
    """The connected parts of `mask` that hold a voxel of `core`."""
    labels = cc3d.connected_components(mask, connectivity=6)
    keep = np.zeros(int(labels.max()) + 1, bool)
    keep[labels[core]] = True
    keep[0] = False
    return keep[labels]


def _fill_slices(mask: Mask) -> Mask:
    return np.stack([_filled(plane) for plane in mask])


def _opened(mask: Mask, mm: NDArray[np.float64]) -> Mask:
    """Morphological opening; outside the scan counts as solid, so that a cut body keeps its ends."""
    ball = _ball(_TABLE_MM, mm)
    eroded = ndimage.binary_erosion(mask, ball, border_value=1)
    return ndimage.binary_dilation(eroded, ball) & mask


def _dilated(mask: Mask, mm: NDArray[np.float64], radius: float) -> Mask:
    return ndimage.binary_dilation(mask, _ball(radius, mm))


def _ball(radius: float, mm: NDArray[np.float64]) -> Mask:
    reach = np.maximum(1, np.rint(radius / mm)).astype(int)
    grid = np.ogrid[tuple(slice(-r, r + 1) for r in reach)]
    return sum((axis / r) ** 2 for axis, r in zip(grid, reach, strict=True)) <= 1.0


def largest_parts(mask: Mask, share: float) -> Mask:
    """The 6-connected parts at least `share` as large as the largest."""
    parts = connected_parts(mask)
    return painted(mask, parts, parts.sizes < share * parts.sizes.max(initial=0), False)


def without_small(mask: Mask, voxels: float) -> Mask:
    """The 6-connected parts of at least so many voxels."""
    parts = connected_parts(mask)
    return painted(mask, parts, parts.sizes < voxels, False)


def bone_mask(volume: Volume, body: Mask, hu: tuple[int, int], min_ml: float) -> Mask:
    """Bone inside the body, without specks, with closed-off cavities filled."""
    result = np.zeros(body.shape, bool)
    box = bounding_box(body)
    if box is None:
        return result
    dense = in_range(volume.voxels[box], hu)
    dense &= body[box]
    inner = bounding_box(dense)
    if inner is not None:
        dense = np.ascontiguousarray(dense[inner])
        result[box][inner] = without_voids(without_small(dense, min_ml / volume.voxel_ml))
    return result
