"""Lungs and airway. Arrays run (z, y, x) = superior, posterior, left; see `Volume.canonical`."""

from collections.abc import Iterator
from dataclasses import dataclass

import cc3d
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hounsfield_engine.algorithms.ct_surface.masks import in_range, without_small
from hounsfield_engine.algorithms.runs import without_voids
from hounsfield_engine.algorithms.volume import Box, Mask, Volume, bounding_box

_LUNG_ML = 150.0  # air in the body smaller than this is not a lung
_PARENCHYMA_HU = (-920, -500)  # bowel gas and trachea lie below
_PARENCHYMA_SHARE = 0.3
_TRACHEA_MM2 = (50.0, 900.0)
_TRACHEA_LENGTH_MM = 20.0
_LUMEN_HU = (-980, -960, -940, -920, -900, -880, -860, -840)
_AIRWAY_ML = (3.0, 150.0)
_LEAK_RATIO, _LEAK_ML = 1.6, 8.0  # growth between two thresholds that means a leak into the lung


@dataclass(frozen=True)
class _Lumen:
    """A cross-section of an air tube: slice, a voxel within, and its pixels."""

    z: int
    seed: tuple[int, int]
    pixels: Mask


def find_lungs(volume: Volume, body: Mask, hu: tuple[int, int]) -> Mask | None:
    """Both lungs with their vessels and the air that leads to them; None where no lung is in view.

    Large air inside the body counts as lung when enough of it has the density of parenchyma: bowel gas is pure air.
    Air outside the patient is not in `body`, so a lung cut by the first or last slice is still found.

    Parameters
    ----------
    volume, body
        On one grid; `body` is filled.
    hu
        Range of the lungs.
    """
    box = bounding_box(body)
    if box is None:
        return None
    voxels = volume.voxels[box]
    air = in_range(voxels, hu) & body[box]
    labels = cc3d.connected_components(air, connectivity=6)
    where = np.flatnonzero(air)
    names, values = labels.ravel()[where], voxels.ravel()[where]
    sizes = np.bincount(names)
    tissue = np.bincount(
        names[(values >= _PARENCHYMA_HU[0]) & (values <= _PARENCHYMA_HU[1])], minlength=len(sizes)
    )
    keep = (sizes * volume.voxel_ml >= _LUNG_ML) & (tissue >= _PARENCHYMA_SHARE * sizes)
    keep[:1] = False
    if not keep.any():
        return None
    lungs = np.zeros(air.shape, bool)
    lungs.ravel()[where] = keep[names]
    inner = bounding_box(lungs)
    assert inner is not None
    result = np.zeros(body.shape, bool)
    result[box][inner] = without_voids(lungs[inner])
    return result


def without_airway(lungs: Mask, airway: Mask, voxel_ml: float) -> Mask:
    """The lungs after the airway and its inner wall are cut away, without what falls off."""
    box = bounding_box(lungs | airway)
    assert box is not None
    result = np.zeros(lungs.shape, bool)
    result[box] = without_small(lungs[box] & ~ndimage.binary_dilation(airway[box]), _LUNG_ML / voxel_ml)
    return result


def find_airway(volume: Volume, body: Mask, lungs: Mask, hu: tuple[int, int]) -> Mask | None:
    """Trachea and bronchi as far as they can be followed without leaking into the lungs; None without a trachea.

    The lumen is grown from the trachea at rising thresholds and stops at the last one before its volume jumps
    (Mori et al. 1996, explosion control).

    Parameters
    ----------
    volume, body
        On one grid.
    lungs
        Found without an airway: the trachea must reach the slices they are in.
    hu
        Range of the airway with its partial-volume rim; the lumen itself is nearly pure air.
    """
    box = _search_box(body, lungs)
    voxels, inside = volume.voxels[box], body[box]
    trachea = _find_trachea(voxels, inside, lungs[box], volume)
    if trachea is None:
        return None
    seed = (trachea.z, *trachea.seed)
    lumen = _grow(voxels, inside, seed, volume.voxel_ml)
    if lumen is None:
        return None
    rim = ndimage.binary_dilation(lumen) & in_range(voxels, hu) & inside
    result = np.zeros(body.shape, bool)
    result[box] = without_voids(lumen | rim)
    return result


def _search_box(body: Mask, lungs: Mask) -> Box:
    """The lungs' width and depth, from their lowest slice up to the top of the scan."""
    box = bounding_box(lungs)
    assert box is not None
    return slice(box[0].start, body.shape[0]), box[1], box[2]


def _find_trachea(voxels: NDArray[np.int16], body: Mask, lungs: Mask, volume: Volume) -> _Lumen | None:
    """The first round air tube from above that goes on for 20 mm and comes down to where the lungs are."""
    step = max(1, round(3.0 / volume.spacing[0]))
    pixel_mm2 = float(volume.spacing[1] * volume.spacing[2])
    chains: list[list[_Lumen]] = []
    for z in range(voxels.shape[0] - 1, -1, -step):
        grown = []
        for lumen in _round_air(voxels[z], body[z], z, pixel_mm2):
            above = [chain for chain in chains if (chain[-1].pixels & lumen.pixels).any()]
            grown.append((max(above, key=len) if above else []) + [lumen])
        for chain in grown:
            length = (chain[0].z - chain[-1].z) * volume.spacing[0]
            if length >= _TRACHEA_LENGTH_MM and _lung_on_both_sides(lungs[chain[-1].z], chain[-1]):
                return chain[-1]
        chains = grown
    return None


def _round_air(plane: NDArray[np.int16], body: Mask, z: int, pixel_mm2: float) -> Iterator[_Lumen]:
    air = (plane < -850) & body
    labels = cc3d.connected_components(air, connectivity=4)
    stats = cc3d.statistics(labels)
    for label, (count, box) in enumerate(zip(stats["voxel_counts"], stats["bounding_boxes"], strict=True)):
        if label == 0 or not _TRACHEA_MM2[0] <= count * pixel_mm2 <= _TRACHEA_MM2[1]:
            continue
        height, width = box[0].stop - box[0].start, box[1].stop - box[1].start
        if max(height, width) > 2 * min(height, width) or count < 0.55 * height * width:
            continue
        pixels = labels == label
        row, column = np.argwhere(pixels)[count // 2]
        yield _Lumen(z, (int(row), int(column)), pixels)


def _lung_on_both_sides(lungs: Mask, lumen: _Lumen) -> bool:
    columns = np.flatnonzero(lumen.pixels.any(axis=0))
    rest = lungs & ~lumen.pixels
    return bool(rest[:, : columns[0]].sum() > 100 and rest[:, columns[-1] + 1 :].sum() > 100)


def _grow(voxels: NDArray[np.int16], body: Mask, seed: tuple[int, int, int], voxel_ml: float) -> Mask | None:
    best: Mask | None = None
    volume = 0.0
    for threshold in _LUMEN_HU:
        air = (voxels < threshold) & body
        if not air[seed]:
            continue
        labels = cc3d.connected_components(air, connectivity=6)
        grown = labels == labels[seed]
        size = np.count_nonzero(grown) * voxel_ml
        if size > _AIRWAY_ML[1] or (volume >= _AIRWAY_ML[0] and size > _LEAK_RATIO * volume + _LEAK_ML):
            break
        best, volume = grown, size
    return best if volume >= _AIRWAY_ML[0] else None
