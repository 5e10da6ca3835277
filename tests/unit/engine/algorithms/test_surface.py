from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.transform import Rotation

from hounsfield_engine.algorithms.ct_surface import surface as module
from hounsfield_engine.algorithms.ct_surface.extraction import Solid, coarsening, extract, signed_field
from hounsfield_engine.algorithms.ct_surface.surface import Surface, UnsoundSurface, build_surface
from hounsfield_engine.algorithms.mesh import Mesh, signed_volume
from hounsfield_engine.algorithms.mesh_files import write_stl
from hounsfield_engine.algorithms.mesh_smoothing import taubin, with_volume

OBLIQUE = Rotation.from_euler("xyz", [14, -22, 31], degrees=True).as_matrix()


def grid(affine: NDArray[np.float64], shape: tuple[int, int, int]) -> NDArray[np.float64]:
    """(z, y, x, 3) LPS of every voxel centre."""
    z, y, x = np.indices(shape)
    return np.stack((x, y, z), axis=-1) @ affine[:3, :3].T + affine[:3, 3]


def affine_of(
    spacing: tuple[float, float, float], origin: tuple[float, float, float], turn: NDArray[np.float64]
) -> NDArray[np.float64]:
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag(spacing)
    affine[:3, 3] = origin
    return affine


def ct(inside: NDArray[np.bool_], affine: NDArray[np.float64]) -> Solid:
    """HU 1000 inside, 0 outside, blurred a little as a scanner would."""
    hu = ndimage.gaussian_filter(np.where(inside, 1000.0, 0.0), 0.6).astype(np.int16)
    return Solid(hu > 499, hu, affine, 499.5)


def read_back(surface: Surface, folder: Path) -> trimesh.Trimesh:
    write_stl(surface.mesh, folder / "mesh.stl", "mesh")
    return trimesh.load_mesh(folder / "mesh.stl")


def assert_sound(mesh: trimesh.Trimesh, mask_volume: float) -> None:
    _, counts = np.unique(np.sort(mesh.edges, axis=1), axis=0, return_counts=True)
    assert (counts == 2).all(), f"{(counts == 1).sum()} open, {(counts > 2).sum()} non-manifold"
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume > 0
    assert abs(mesh.volume - mask_volume) <= 0.01 * mask_volume


GEOMETRIES = [
    pytest.param(affine_of((1, 1, 1), (0, 0, 0), np.eye(3)), id="plain"),
    pytest.param(affine_of((0.7, 0.7, 2.5), (-40, 25, 310), np.eye(3)), id="anisotropic"),
    pytest.param(affine_of((0.8, 1.1, 1.6), (100, -50, -900), OBLIQUE), id="oblique"),
    pytest.param(affine_of((1, 1, 1.5), (3, 4, 5), np.diag([1.0, 1.0, -1.0])), id="left-handed"),
]


@pytest.mark.parametrize("affine", GEOMETRIES)
@pytest.mark.parametrize("budget", [5_000_000, 3000])
def test_a_sphere_has_its_volume_and_stands_in_its_place(
    affine: NDArray[np.float64], budget: int, tmp_path: Path
) -> None:
    shape, radius = (24, 48, 52), 12.0
    centre = affine[:3, :3] @ [25.3, 23.6, 11.4] + affine[:3, 3]
    solid = ct(np.linalg.norm(grid(affine, shape) - centre, axis=-1) <= radius, affine)

    surface = build_surface(solid, 0.5, budget, 100)

    mesh = read_back(surface, tmp_path)
    assert_sound(mesh, surface.mask_volume)
    assert len(mesh.faces) <= budget * 1.02
    assert surface.mask_volume == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.03)
    np.testing.assert_allclose(mesh.center_mass, centre, atol=0.15)
    distance = np.linalg.norm(mesh.vertices - centre, axis=1) - radius
    assert np.abs(distance).max() < 0.5 * np.linalg.norm(affine[:3, :3])
    assert surface.area == pytest.approx(mesh.area)


@pytest.mark.parametrize("affine", GEOMETRIES)
def test_a_box_cut_by_the_end_of_the_scan_is_closed(affine: NDArray[np.float64], tmp_path: Path) -> None:
    inside = np.zeros((20, 30, 30), bool)
    inside[:12, 5:20, 10:] = True
    surface = build_surface(ct(inside, affine), 0.3, 100_000, 100)
    assert_sound(read_back(surface, tmp_path), surface.mask_volume)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_grid_is_widened_to_the_number_of_triangles(axis: int) -> None:
    affine = affine_of((0.6, 0.6, 2.0), (0, 0, 0), np.eye(3))
    from_centre = np.delete(grid(affine, (40, 130, 130)) - [39, 39, 39], axis, axis=-1)
    solid = ct(np.linalg.norm(from_centre, axis=-1) <= 30, affine)
    factors = coarsening(solid, 12_000)
    assert factors.max() > 1.5
    mesh = extract(*signed_field(solid, factors, 0.5, exact=False), affine)
    assert len(mesh.faces) == pytest.approx(12_000, rel=0.15)


@pytest.mark.parametrize(
    ("level", "inside", "outside", "beyond"),
    [
        (199.5, 200, 198, 0.25),
        (199.5, 250, 99, 50.5 / 151),
        (-300.5, 40, -1024, 0.5),
        (-1024.5, -1024, -1026, 0.25),
        (32766.5, 32767, -32768, 0.5 / 300),
    ],
)
def test_hu_near_the_level_place_the_surface(level: float, inside: int, outside: int, beyond: float) -> None:
    mask = np.zeros((12, 12, 12), bool)
    mask[3:9, 3:9, 3:9] = True
    voxels = np.where(mask, np.int16(inside), np.int16(outside))
    solid = Solid(mask, voxels, np.eye(4), level)
    mesh = extract(*signed_field(solid, np.ones(3), 0.0, exact=False), np.eye(4))
    np.testing.assert_allclose(mesh.points.max(axis=0), 8 + beyond, atol=1e-4)
    np.testing.assert_allclose(mesh.points.min(axis=0), 3 - beyond, atol=1e-4)


def test_a_shell_keeps_its_cavity(tmp_path: Path) -> None:
    affine = np.eye(4)
    away = np.linalg.norm(grid(affine, (44, 44, 44)) - 21.5, axis=-1)
    solid = ct((away <= 18) & (away >= 10), affine)
    surface = build_surface(solid, 0.5, 100_000, 100)
    mesh = read_back(surface, tmp_path)
    assert_sound(mesh, surface.mask_volume)
    assert sorted(np.sign(part.volume) for part in mesh.split()) == [-1, 1]


def test_where_hu_and_mask_disagree_the_mask_decides() -> None:
    affine = np.eye(4)
    solid = ct(np.linalg.norm(grid(affine, (40, 40, 40)) - 19.5, axis=-1) <= 14, affine)
    hollow = solid.voxels.copy()
    hollow[16:24, 16:24, 16:24] = -1000
    bright = np.where(solid.mask, hollow, hollow)
    bright[0:3, 0:3, 0:3] = 2000
    same = build_surface(Solid(solid.mask, bright, affine, solid.level), 0.0, 1_000_000, 100)
    assert len(trimesh.Trimesh(same.mesh.points, same.mesh.faces).split()) == 1
    assert same.volume == pytest.approx(same.mask_volume, rel=0.01)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32 - 1),
    sigma=st.sampled_from([0.0, 0.6, 1.0, 2.0]),
    share=st.floats(0.02, 0.9),
    smoothing=st.floats(0, 1),
    budget=st.sampled_from([1000, 4000, 1_000_000]),
    affine=st.sampled_from([geometry.values[0] for geometry in GEOMETRIES]),
)
def test_any_blob_becomes_a_sound_mesh(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    sigma: float,
    share: float,
    smoothing: float,
    budget: int,
    affine: NDArray[np.float64],
) -> None:
    noise = np.random.default_rng(seed).normal(size=(12, 14, 16))
    field = ndimage.gaussian_filter(noise, sigma) if sigma else noise
    hu = (1000 * field / field.std()).astype(np.int16)
    level = np.floor(np.quantile(hu, 1 - share)) - 0.5
    solid = Solid(hu > level, hu, affine, float(level))
    surface = build_surface(solid, smoothing, budget, 0)
    assert_sound(read_back(surface, tmp_path_factory.mktemp("blob")), surface.mask_volume)


def test_volume_is_set_by_one_shift_and_kept_by_smoothing() -> None:
    ball = trimesh.creation.icosphere(4, 20)
    rough = np.array(ball.vertices) * np.random.default_rng(2).normal(1, 0.01, (len(ball.vertices), 1))
    centre = np.array([300.0, -200.0, 1000.0])
    mesh = Mesh(rough + centre, np.array(ball.faces, np.int32))
    wanted = 1.04 * signed_volume(mesh)
    assert signed_volume(with_volume(mesh, wanted)) == pytest.approx(wanted, rel=1e-4)
    smooth = taubin(mesh, 10)
    assert signed_volume(smooth) == pytest.approx(signed_volume(mesh), rel=5e-3)
    spread = [np.linalg.norm(points - centre, axis=1).std() for points in (mesh.points, smooth.points)]
    assert spread[1] < 0.5 * spread[0]


def test_a_broken_decimation_is_answered_by_the_whole_surface() -> None:
    solid = ct(np.linalg.norm(grid(np.eye(4), (40, 40, 40)) - 19.5, axis=-1) <= 14, np.eye(4))
    surface = build_surface(
        solid, 0.5, 2000, 100, lambda points, faces, triangles: (points, faces[:triangles])
    )
    assert len(surface.mesh.faces) > 2000
    assert_sound(trimesh.Trimesh(surface.mesh.points, surface.mesh.faces), surface.mask_volume)


def test_what_cannot_be_made_sound_is_not_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "with_volume", lambda mesh, volume: Mesh(mesh.points * 1.1, mesh.faces))
    solid = ct(np.linalg.norm(grid(np.eye(4), (30, 30, 30)) - 14.5, axis=-1) <= 10, np.eye(4))
    with pytest.raises(UnsoundSurface, match="ml instead of"):
        build_surface(solid, 0.5, 100_000, 100)


def test_an_empty_mask_has_no_surface() -> None:
    with pytest.raises(UnsoundSurface):
        build_surface(
            Solid(np.zeros((3, 3, 3), bool), np.zeros((3, 3, 3), np.int16), np.eye(4), 0.5), 0.5, 1000, 0
        )
