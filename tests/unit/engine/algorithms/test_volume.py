import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hounsfield_engine.algorithms.volume import Volume, bounding_box

TILTED = Rotation.from_euler("xyz", [12, -8, 20], degrees=True).as_matrix()


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0), (0, 2, 1)])
@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, 1), (-1, -1, 1), (1, -1, -1)])
def test_canonical_axes_keep_every_voxel_in_its_place(order: tuple[int, ...], flips: tuple[int, ...]) -> None:
    affine = np.eye(4)
    affine[:3, :3] = (TILTED @ np.diag([0.7, 0.9, 2.5]))[:, order] * flips
    affine[:3, 3] = [-30, 12, 400]
    voxels = np.zeros((5, 6, 7), np.int16)
    voxels[1, 2, 5] = 1
    place = affine @ [5, 2, 1, 1]

    canonical = Volume(voxels, affine).canonical()

    z, y, x = np.argwhere(canonical.voxels == 1)[0]
    np.testing.assert_allclose(canonical.affine @ [x, y, z, 1], place, atol=1e-9)
    columns = canonical.affine[:3, :3] / np.linalg.norm(canonical.affine[:3, :3], axis=0)
    assert (np.diag(columns) > 0.9).all()
    assert canonical.voxels.flags.c_contiguous


def test_spacing_and_voxel_volume_come_from_the_affine() -> None:
    volume = Volume(np.zeros((2, 2, 2), np.int16), np.diag([0.5, 2.0, -3.0, 1.0]))
    np.testing.assert_allclose(volume.spacing, [3.0, 2.0, 0.5])
    assert volume.voxel_ml == pytest.approx(0.003)


def test_bounding_box_is_tight_and_none_when_empty() -> None:
    mask = np.zeros((9, 8, 7), bool)
    assert bounding_box(mask) is None
    mask[2, 3, 6] = mask[5, 1, 4] = True
    assert bounding_box(mask) == (slice(2, 6), slice(1, 4), slice(4, 7))
