from itertools import combinations, permutations

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from hounsfield_engine.algorithms.mesh import (
    Mesh,
    area,
    defects,
    keep_components,
    merged,
    signed_volume,
    vertex_normals,
)
from hounsfield_engine.algorithms.mesh_repair import separate_touching


def cube(*corners: tuple[float, float, float]) -> Mesh:
    """Unit cubes at the given lowest corners, vertices at one place merged."""
    boxes = []
    for corner in corners:
        box = trimesh.creation.box(extents=(1, 1, 1))
        box.apply_translation(np.add(corner, 0.5))
        boxes.append(box)
    joined = trimesh.util.concatenate(boxes)
    return merged(Mesh(np.array(joined.vertices), np.array(joined.faces, np.int32)))


def as_trimesh(mesh: Mesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(mesh.points, mesh.faces, process=False)


def test_measures_agree_with_a_known_box_far_from_the_origin() -> None:
    mesh = cube((900, -700, 1500))
    assert signed_volume(mesh) == pytest.approx(1)
    assert area(mesh) == pytest.approx(6)
    assert not defects(mesh)
    outwards = mesh.points - mesh.points.mean(axis=0)
    assert (np.einsum("ij,ij->i", vertex_normals(mesh), outwards) > 0).all()


def test_inside_out_has_negative_volume() -> None:
    mesh = cube((0, 0, 0))
    assert signed_volume(Mesh(mesh.points, mesh.faces[:, ::-1])) == pytest.approx(-1)


def test_each_defect_is_counted() -> None:
    mesh = cube((0, 0, 0))
    assert defects(Mesh(mesh.points, mesh.faces[1:])).open_edges == 3
    flipped = mesh.faces.copy()
    flipped[0] = flipped[0, ::-1]
    assert defects(Mesh(mesh.points, flipped)).flipped_edges == 3
    assert defects(cube((0, 0, 0), (1, 1, 0))).non_manifold_edges == 1


@pytest.mark.parametrize(
    "corners",
    [
        [(0, 0, 0), (1, 1, 0)],
        [(0, 0, 0), (1, 1, 0), (2, 0, 0), (1, -1, 0)],
        [(0, 0, 0), (1, 1, 0), (0, 1, 1)],
    ],
)
def test_solids_that_touch_along_an_edge_come_apart(corners: list[tuple[float, float, float]]) -> None:
    mesh = cube(*corners)
    assert defects(mesh).non_manifold_edges > 0
    apart = separate_touching(mesh)
    assert not defects(merged(apart))
    assert as_trimesh(apart).is_watertight
    assert len(as_trimesh(apart).split()) == len(corners)
    assert signed_volume(apart) == pytest.approx(len(corners), rel=0.05)


def ring_that_meets_itself() -> Mesh:
    """Voxels in a closed chain whose ends share only an edge, so both sheets lie in one fan."""
    filled = np.zeros((4, 4, 3), bool)
    filled[:, :, 0] = True
    filled[1, 1, 1] = filled[2, 2, 1] = True
    return voxel_surface(filled)


def voxel_surface(filled: NDArray[np.bool_]) -> Mesh:
    padded = np.pad(filled, 1)
    points, faces = [], []
    for axis in range(3):
        for step in (-1, 1):
            for cell in np.argwhere(padded & ~np.roll(padded, -step, axis)):
                u, v = (np.eye(3)[(axis + k) % 3] for k in (1, 2))
                base = cell + np.eye(3)[axis] * (step > 0)
                quad = [base, base + u, base + u + v, base + v]
                quad = quad if step > 0 else quad[::-1]
                faces += [
                    [len(points), len(points) + 1, len(points) + 2],
                    [len(points), len(points) + 2, len(points) + 3],
                ]
                points += quad
    return merged(Mesh(np.array(points, float), np.array(faces, np.int32)))


def test_a_sheet_that_meets_itself_is_cut_too() -> None:
    mesh = ring_that_meets_itself()
    assert defects(mesh).non_manifold_edges == 1
    apart = separate_touching(mesh)
    assert not defects(merged(apart))
    assert signed_volume(apart) == pytest.approx(18, rel=0.02)


def test_a_handle_pinched_by_a_collapse_is_mended() -> None:
    """A decimator that collapses an edge of a three-sided neck leaves one edge with four triangles."""
    torus = trimesh.creation.torus(10, 3, major_sections=12, minor_sections=3)
    torus.merge_vertices()
    faces = torus.faces.astype(np.int32)
    corners = {tuple(sorted(face)) for face in faces.tolist()}
    edges = {tuple(edge) for edge in np.sort(torus.edges_unique, axis=1).tolist()}
    necks = [
        ring
        for ring in combinations(range(len(torus.vertices)), 3)
        if edges.issuperset(combinations(ring, 2))
    ]
    for ring in set(necks) - corners:
        for gone, kept in permutations(ring, 2):
            collapsed = np.where(faces == gone, kept, faces)
            whole = (np.diff(np.sort(collapsed, axis=1), axis=1) > 0).all(axis=1)
            pinched = Mesh(np.array(torus.vertices), collapsed[whole])
            assert defects(pinched).non_manifold_edges == 1
            assert not defects(merged(separate_touching(pinched)))


def test_vertices_at_one_place_are_one_also_where_they_share_only_a_coordinate() -> None:
    whole = cube((0, 0, 0), (3, 0, 0))
    torn = Mesh(whole.points[whole.faces.ravel()], np.arange(whole.faces.size, dtype=np.int32).reshape(-1, 3))
    assert defects(torn).open_edges == whole.faces.size
    seen = merged(torn)
    assert len(seen.points) == 16
    assert not defects(seen)
    np.testing.assert_allclose(seen.points[seen.faces], whole.points[whole.faces])
    nothing = Mesh(np.empty((0, 3)), np.empty((0, 3), np.int32))
    assert len(merged(nothing).points) == 0


def test_folded_pairs_and_small_parts_vanish() -> None:
    mesh = cube((0, 0, 0), (5, 5, 5))
    small = Mesh(np.vstack((mesh.points, [[9, 9, 9], [9, 9, 10], [9, 10, 9]])), mesh.faces)
    n = len(mesh.points)
    folded = np.vstack((small.faces, [[n, n + 1, n + 2], [n, n + 2, n + 1]])).astype(np.int32)
    kept = keep_components(Mesh(small.points, folded), 0.0)
    assert len(kept.faces) == 24
    shrunk = Mesh(np.where(mesh.points >= 5, 5 + (mesh.points - 5) / 2, mesh.points), mesh.faces)
    assert len(keep_components(shrunk, 0.5).faces) == 12


def test_a_sound_mesh_is_left_alone() -> None:
    mesh = cube((0, 0, 0), (3, 0, 0))
    assert separate_touching(mesh).faces.tolist() == mesh.faces.tolist()
