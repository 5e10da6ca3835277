import numpy as np
import trimesh

from hounsfield_engine.algorithms.mesh import Mesh
from hounsfield_engine.algorithms.render import Look, render_anterior

RED, GREEN = Look((1.0, 0.1, 0.1)), Look((0.1, 1.0, 0.1))


def ball(centre: tuple[float, float, float], radius: float, subdivisions: int = 3) -> Mesh:
    sphere = trimesh.creation.icosphere(subdivisions, radius)
    return Mesh(np.array(sphere.vertices) + centre, np.array(sphere.faces, np.int32))


def test_view_is_from_the_front_head_up_left_on_the_right() -> None:
    head, left_hand = ball((0, 0, 100), 20), ball((60, 0, 0), 20)
    picture = np.asarray(render_anterior([(head, RED), (left_hand, GREEN)]))
    height, width = picture.shape[:2]
    assert max(height, width) <= 512
    red = np.argwhere((picture[..., 0] > 100) & (picture[..., 1] < 90))
    green = np.argwhere((picture[..., 1] > 100) & (picture[..., 0] < 90))
    assert red[:, 0].mean() < height / 2 < green[:, 0].mean()
    assert red[:, 1].mean() < width / 2 < green[:, 1].mean()
    assert picture[0, -1, 3] == 0


def test_the_front_hides_the_back() -> None:
    front, back = ball((0, -50, 0), 10), ball((0, 50, 0), 20)
    picture = np.asarray(render_anterior([(back, RED), (front, GREEN)]))
    middle = picture[picture.shape[0] // 2, picture.shape[1] // 2]
    assert middle[1] > middle[0]
    assert middle[3] == 255


def test_large_triangles_leave_no_holes_and_skin_lets_bone_through() -> None:
    bone, skin = ball((0, 0, 0), 10), ball((0, 0, 0), 40, 1)
    picture = np.asarray(render_anterior([(bone, RED), (skin, Look((0.1, 1.0, 0.1), 0.2, 0.8))]))
    alpha = picture[..., 3]
    row = alpha[alpha.shape[0] // 2]
    inside = np.flatnonzero(row)
    assert (row[inside[0] : inside[-1]] > 0).all()
    middle = picture[picture.shape[0] // 2, picture.shape[1] // 2]
    assert middle[0] > middle[1]
    assert middle[3] == 255
    assert 0 < row[inside[len(inside) // 4]] < 255
