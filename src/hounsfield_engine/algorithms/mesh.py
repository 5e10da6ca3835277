"""Triangle meshes: measures and topology."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

Points = NDArray[np.float64]
Faces = NDArray[np.int32]


@dataclass(frozen=True)
class Mesh:
    """An indexed triangle mesh.

    Attributes
    ----------
    points : (n, 3) float64 array
        Vertices in mm, DICOM patient coordinates (LPS).
    faces : (m, 3) int32 array
        Vertex indices, counter-clockwise as seen from outside.
    """

    points: Points
    faces: Faces


@dataclass(frozen=True)
class Defects:
    """What keeps a mesh from being the boundary of a solid; all zero for a sound one."""

    open_edges: int
    non_manifold_edges: int
    flipped_edges: int  # crossed twice in the same direction by its two triangles

    def __bool__(self) -> bool:
        return bool(self.open_edges or self.non_manifold_edges or self.flipped_edges)


def face_vectors(mesh: Mesh) -> Points:
    """(m, 3) normals of the triangles, twice as long as their area in mm²."""
    # one contiguous row per coordinate: several times faster than one per corner
    rows = np.ascontiguousarray(mesh.points.T)
    a, b, c = (rows.take(corner, axis=1) for corner in mesh.faces.T)
    u, v = b - a, c - a
    vectors = np.empty_like(u)
    for x, y, z in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        np.multiply(u[y], v[z], out=vectors[x])
        vectors[x] -= u[z] * v[y]
    return vectors.T


def cone_volumes(mesh: Mesh) -> NDArray[np.float64]:
    """(m,) signed volumes in mm³ of the cones from the middle of the vertices to each triangle."""
    return np.einsum("ij,ij->i", centred(mesh).take(mesh.faces[:, 0], axis=0), face_vectors(mesh)) / 6


def centred(mesh: Mesh) -> Points:
    """The vertices about their middle: far from the origin, sums of products lose digits."""
    return mesh.points - (mesh.points.mean(axis=0) if len(mesh.points) else 0.0)


def signed_volume(mesh: Mesh) -> float:
    """Enclosed volume in mm³ by the divergence theorem, positive when triangles face outwards."""
    return float(cone_volumes(mesh).sum())


def area(mesh: Mesh) -> float:
    """Surface in mm²."""
    vectors = face_vectors(mesh)
    return float(np.sqrt(np.einsum("ij,ij->i", vectors, vectors)).sum()) / 2


def vertex_vectors(mesh: Mesh) -> Points:
    """(n, 3) sums of the area vectors (twice the area) of the triangles around each vertex."""
    vectors = face_vectors(mesh)
    result = np.zeros_like(mesh.points)
    for corner in mesh.faces.T.astype(np.intp):
        for axis in range(3):
            result[:, axis] += np.bincount(corner, vectors[:, axis], minlength=len(mesh.points))
    return result


def vertex_normals(mesh: Mesh) -> Points:
    """(n, 3) unit normals, weighted by area."""
    vectors = vertex_vectors(mesh)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-30)


def merged(mesh: Mesh) -> Mesh:
    """The mesh as a reader of its STL sees it: float32 vertices at one place are one vertex."""
    points = mesh.points.astype(np.float32) + np.float32(0)  # no negative zero
    twins = _with_a_twin(points[:, 0])
    order = twins[np.lexsort(points[twins].T)]
    ordered = points[order]
    same = np.flatnonzero((ordered[1:] == ordered[:-1]).all(axis=1)) + 1
    name = np.arange(len(points), dtype=np.int32)
    first = np.arange(len(order))
    first[same] = 0
    name[order] = order[np.maximum.accumulate(first)]
    return compact(Mesh(points.astype(np.float64), name.take(mesh.faces)))


def _with_a_twin(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Where the values stand that occur more than once."""
    order = np.argsort(values)
    ordered = values[order]
    equal = ordered[1:] == ordered[:-1]
    shared = np.zeros(len(values), bool)
    shared[1:] = equal
    shared[:-1] |= equal
    return order[shared]


def defects(mesh: Mesh) -> Defects:
    """Count the edges that are not shared by exactly two triangles running in opposite directions."""
    if not len(mesh.faces):
        return Defects(0, 0, 0)
    start, end = half_edges(mesh.faces)
    key = edge_key(start, end) << 1 | (start < end)  # sorted with the direction: cheaper than sorting indices
    key.sort()
    edge = key >> 1
    first = np.flatnonzero(np.concatenate(([True], edge[1:] != edge[:-1])))
    counts = np.diff(np.append(first, len(edge)))
    balance = np.add.reduceat(2 * (key & 1) - 1, first)
    return Defects(
        open_edges=int((counts == 1).sum()),
        non_manifold_edges=int((counts > 2).sum()),
        flipped_edges=int(((counts == 2) & (balance != 0)).sum()),
    )


def half_edges(faces: Faces) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Start and end of the three directed edges of each face; edge ``e`` belongs to face ``e // 3``."""
    wide = faces.astype(np.int64)
    return wide.ravel(), wide.take([1, 2, 0], axis=1).ravel()


def edge_key(start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """One number below 2⁶² for the two ends of an edge, whichever way it runs."""
    return np.minimum(start, end) << 31 | np.maximum(start, end)


def compact(mesh: Mesh) -> Mesh:
    """Drop vertices that no triangle uses."""
    used = np.zeros(len(mesh.points), bool)
    used[mesh.faces] = True
    renumber = np.cumsum(used, dtype=np.int32) - 1
    return Mesh(mesh.points[used], renumber.take(mesh.faces))


def keep_components(mesh: Mesh, min_volume: float) -> Mesh:
    """Keep the connected surfaces that enclose at least `min_volume` mm³; the largest always stays.

    Folded-over pairs of triangles enclose nothing and go at any limit.
    """
    if not len(mesh.faces):
        return mesh
    start, end = half_edges(mesh.faces)
    start, end = start[start < end], end[start < end]  # the opposite half-edges say the same
    size = len(mesh.points)
    graph = sparse.coo_matrix((np.ones(len(start), np.int8), (start, end)), (size, size))
    count, label = csgraph.connected_components(graph, directed=False)
    face_label = label[mesh.faces[:, 0]]
    volumes = np.abs(np.bincount(face_label, cone_volumes(mesh), minlength=count))
    largest = float(volumes.max())
    keep = volumes >= min(max(min_volume, 1e-6 * largest), largest)
    return compact(Mesh(mesh.points, mesh.faces[keep[face_label]]))
