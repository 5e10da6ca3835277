"""A small software renderer: meshes to a shaded picture, with numpy alone."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hounsfield_engine.algorithms.mesh import Mesh, vertex_normals

_SUPERSAMPLING = 2
_LIGHT = np.array([0.35, 0.8, 0.5]) / np.linalg.norm([0.35, 0.8, 0.5])  # from the front, above, one side
_DEPTH_LEVELS = 2**30
_NOTHING = np.iinfo(np.int64).max
_POINTS_PER_PIXEL = 1.3  # along the longer side of a triangle; at 1.0 one pixel in ten thousand stays empty
_FOG = 0.45  # how much darker the farthest point is


@dataclass(frozen=True)
class Look:
    """How a mesh is drawn: colour 0–1; opacity face on, and at the silhouette."""

    colour: tuple[float, float, float]
    opacity: float = 1.0
    rim_opacity: float = 1.0


def render_anterior(meshes: list[tuple[Mesh, Look]], size: int = 320) -> Image.Image:
    """Draw meshes from the front (the patient's left on the right), nearest surfaces only, on transparency.

    Parameters
    ----------
    meshes
        In LPS mm, drawn in this order: a translucent one comes last.
    size
        Longest side of the picture in pixels.

    Returns
    -------
    Image
        RGBA, no larger than `size` on either side.
    """
    points = np.concatenate([mesh.points[:, [0, 2, 1]] for mesh, _ in meshes])
    low, high = points.min(axis=0), points.max(axis=0)
    extent = np.maximum(high - low, 1e-6)
    scale = (size * _SUPERSAMPLING - 8) / float(extent[:2].max())
    width, height = (int(np.ceil(side * scale)) + 8 for side in extent[:2])
    canvas = np.zeros((height, width, 4), np.float32)
    for mesh, look in meshes:
        screen = np.empty_like(mesh.points)
        screen[:, 0] = (mesh.points[:, 0] - low[0]) * scale + 4
        screen[:, 1] = (high[1] - mesh.points[:, 2]) * scale + 4
        screen[:, 2] = (mesh.points[:, 1] - low[2]) / extent[2]  # 0 nearest, 1 farthest
        _draw(canvas, screen, mesh, look)
    rgb = canvas[..., :3] / np.maximum(canvas[..., 3:], 1e-6)
    pixels = np.concatenate((rgb, canvas[..., 3:]), axis=2)
    picture = Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    small = (max(1, width // _SUPERSAMPLING), max(1, height // _SUPERSAMPLING))
    return picture.resize(small, Image.Resampling.BOX)


def _draw(canvas: NDArray[np.float32], screen: NDArray[np.float64], mesh: Mesh, look: Look) -> None:
    height, width = canvas.shape[:2]
    normals = vertex_normals(mesh)
    toward_viewer = normals[:, 1] < 0
    a, b, c = (toward_viewer.take(corner) for corner in mesh.faces.T)
    front = mesh.faces[a | b | c]
    nearest = np.full(height * width, _NOTHING)
    for faces, (x, y, depth) in _samples(screen.T.astype(np.float32), front):
        pixel = y.astype(np.int64) * width + x.astype(np.int64)
        level = (depth * np.float32(_DEPTH_LEVELS)).astype(np.int64)
        np.minimum.at(nearest, pixel.ravel(), (level << 32 | faces[:, None]).ravel())
    hit = np.flatnonzero(nearest != _NOTHING)
    if not len(hit):
        return
    behind = (nearest[hit] >> 32) / _DEPTH_LEVELS
    a, b, c = front.take(nearest[hit] & 0xFFFFFFFF, axis=0).T
    normal = normals.take(a, axis=0) + normals.take(b, axis=0) + normals.take(c, axis=0)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    facing = np.clip(-normal[:, 1], 0, 1)
    toward = normal * [1, -1, 1]  # x left, y towards the viewer, z up
    diffuse = np.clip(toward @ _LIGHT, 0, 1)
    gloss = np.clip(toward @ _half_way(), 0, 1) ** 30
    shade = (0.25 + 0.75 * diffuse) * (1 - _FOG * behind)
    colour = np.clip(shade[:, None] * np.array(look.colour) + 0.18 * gloss[:, None], 0, 1)
    alpha = look.opacity + (look.rim_opacity - look.opacity) * (1 - facing) ** 2
    flat = canvas.reshape(-1, 4)
    below = flat[hit]
    flat[hit, :3] = colour * alpha[:, None] + below[:, :3] * (1 - alpha[:, None])
    flat[hit, 3] = alpha + below[:, 3] * (1 - alpha)


def _half_way() -> NDArray[np.float64]:
    between = _LIGHT + np.array([0.0, 1.0, 0.0])
    return between / np.linalg.norm(between)


def _samples(
    screen: NDArray[np.float32], faces: NDArray[np.int32]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Points within each triangle, less than a pixel apart, in chunks.

    Each triangle is cut into equal smaller ones; the middles of those that stand as it does are the points.

    Parameters
    ----------
    screen : (3, n) float32 array
        Column, row and depth of every vertex.

    Yields
    ------
    triangles : (m,) array
        Numbers of the triangles.
    points : (3, m, k) array
        Column, row and depth of k points on each.
    """
    corners = screen.take(faces.T, axis=1)
    extent = np.ptp(corners[:2], axis=1).max(axis=0)
    steps = np.maximum(1, np.ceil(_POINTS_PER_PIXEL * extent)).astype(np.int64)
    for step in np.unique(steps):
        chosen = np.flatnonzero(steps == step)
        u, v = np.divmod(np.arange(step**2), step)
        inside = u + v < step
        weights = (np.stack((u + 1 / 3, v + 1 / 3, step - u - v - 2 / 3))[:, inside] / step).astype(
            np.float32
        )
        for part in np.array_split(chosen, 1 + len(chosen) * weights.shape[1] // 1_000_000):
            yield part, corners.take(part, axis=2).transpose(0, 2, 1) @ weights
