"""Keeping a surface closed and manifold after decimation."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from hounsfield_engine.algorithms.mesh import Faces, Mesh, compact, edge_key, half_edges


def separate_touching(mesh: Mesh) -> Mesh:
    """Make a closed, oriented mesh edge-manifold by cutting it where sheets touch.

    At an edge shared by 2n triangles each triangle is joined to the one it meets first when turning through the solid,
    so that touching solids come apart; every fan of triangles around a vertex then gets a vertex of its own (Guéziec
    et al., "Cutting and Stitching", 2001), drawn a little towards its fan so that no two copies share a place.

    Parameters
    ----------
    mesh
        Each edge is crossed as often in one direction as in the other. Decimators leave such meshes.

    Returns
    -------
    Mesh
        Edge-manifold. Folded-over pairs of triangles become surfaces of their own; see `keep_components`.
    """
    a, b, c = mesh.faces.T
    faces = mesh.faces[(a != b) & (b != c) & (c != a)]
    crowded = _crowded_vertices(faces, len(mesh.points))
    a, b, c = (crowded.take(corner) for corner in faces.T)
    concerned = a | b | c
    if not concerned.any():
        return Mesh(mesh.points, faces)
    around = Mesh(mesh.points, faces[concerned])
    start, end = half_edges(around.faces)
    twin = _twins(around, start, end)
    fan = _fans(twin)
    # only crowded vertices are split: the fans of the others are cut short by the choice of faces
    split = crowded[start]
    fans, copy = np.unique(fan[split], return_inverse=True)
    origin = np.empty(len(fans), np.int64)
    origin[copy] = start[split]
    corners = start.copy()
    corners[split] = len(mesh.points) + copy
    points = np.concatenate((mesh.points, mesh.points[origin]))
    local = Mesh(points, corners.reshape(-1, 3).astype(np.int32))
    local = _with_midpoints(_drawn_apart(local, np.arange(len(points)) >= len(mesh.points)), twin)
    return compact(Mesh(local.points, np.concatenate((faces[~concerned], local.faces))))


def _crowded_vertices(faces: Faces, size: int) -> NDArray[np.bool_]:
    """Ends of the edges that more than two triangles share."""
    start, end = half_edges(faces)
    key = edge_key(start, end)
    key.sort()
    shared = key[2:][key[2:] == key[:-2]]
    crowded = np.zeros(size, bool)
    crowded[shared >> 31] = True
    crowded[shared & 0x7FFFFFFF] = True
    return crowded


def _fans(twin: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each corner the number of its fan: corners at one vertex, joined across paired edges.

    Corner c of a face starts half-edge c: an edge a→b and its twin b→a share a and b across the two faces.
    """
    paired = np.flatnonzero(twin >= 0)
    ones = np.ones(len(paired), np.int8)
    graph = sparse.coo_matrix((ones, (paired, _following(twin[paired]))), (len(twin), len(twin)))
    return np.asarray(csgraph.connected_components(graph, directed=False)[1], np.int64)


def _following(half_edge: NDArray[np.int64]) -> NDArray[np.int64]:
    """The next half-edge around the same face."""
    return half_edge - half_edge % 3 + (half_edge + 1) % 3


def _with_midpoints(mesh: Mesh, twin: NDArray[np.int64]) -> Mesh:
    """Give a vertex in the middle to edges that still join the same two vertices more than once.

    Such an edge lies in a fan that runs through it twice, so no vertex could be split there.
    """
    start, end = half_edges(mesh.faces)
    key = edge_key(start, end)
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.concatenate(([True], np.diff(key[order]) != 0)))
    counts = np.diff(np.append(first, len(order)))
    crowded = [
        edge
        for begin, length in zip(first[counts > 2], counts[counts > 2], strict=True)
        for edge in order[begin : begin + length]
        if edge < twin[edge]
    ]
    if not crowded:
        return mesh
    middles: list[NDArray[np.float64]] = []
    middle_of: dict[int, int] = {}
    for edge in crowded:
        mate = int(twin[edge])
        apexes = mesh.points[mesh.faces.ravel()[_following(_following(np.array([edge, mate])))]]
        middle = mesh.points[[start[edge], end[edge]]].mean(axis=0)
        middle_of[int(edge)] = middle_of[mate] = len(mesh.points) + len(middles)
        middles.append(middle + 0.05 * (apexes.mean(axis=0) - middle))
    touched = sorted({edge // 3 for edge in middle_of})
    cut = [part for face in touched for part in _cut_face(mesh.faces[face].tolist(), face, middle_of)]
    kept = np.delete(mesh.faces, touched, axis=0)
    points = np.concatenate((mesh.points, middles))
    return Mesh(points, np.concatenate((kept, np.array(cut, np.int32))))


def _cut_face(corners: list[int], face: int, middle_of: dict[int, int]) -> list[list[int]]:
    """The triangles that replace a face some of whose edges have a middle vertex."""
    middles = [middle_of.get(3 * face + side) for side in range(3)]
    ring: list[int] = []
    for corner, middle in zip(corners, middles, strict=True):
        ring += [corner] if middle is None else [corner, middle]
    if len(ring) == 6:
        return [[ring[i], ring[i + 1], ring[i - 1]] for i in (0, 2, 4)] + [[ring[1], ring[3], ring[5]]]
    # fan from a middle vertex: from a corner the fan would hold a flat triangle
    begin = next(i for i, vertex in enumerate(ring) if vertex not in corners)
    ring = ring[begin:] + ring[:begin]
    return [[ring[0], ring[i], ring[i + 1]] for i in range(1, len(ring) - 1)]


def _twins(mesh: Mesh, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each half-edge the opposite one its face is joined to, or −1."""
    key = edge_key(start, end)
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    first = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    counts = np.diff(np.append(first, len(ordered)))
    twin = np.full(len(start), -1, np.int64)
    simple = first[counts == 2]
    one, other = order[simple], order[simple + 1]
    opposite = start[one] == end[other]
    one, other = one[opposite], other[opposite]
    twin[one], twin[other] = other, one
    for begin, length in zip(first[counts > 2], counts[counts > 2], strict=True):
        _pair_around_edge(mesh, order[begin : begin + length], start, end, twin)
    return twin


def _pair_around_edge(
    mesh: Mesh,
    half_edges: NDArray[np.int64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    twin: NDArray[np.int64],
) -> None:
    low = min(start[half_edges[0]], end[half_edges[0]])
    high = max(start[half_edges[0]], end[half_edges[0]])
    axis = mesh.points[high] - mesh.points[low]
    axis = axis / max(float(np.linalg.norm(axis)), 1e-30)
    helper = np.eye(3)[np.argmin(np.abs(axis))]
    u = np.cross(axis, helper)
    u /= np.linalg.norm(u)
    v = np.cross(axis, u)
    apex = mesh.faces[half_edges // 3, (half_edges % 3 + 2) % 3]
    rays = mesh.points[apex] - mesh.points[low]
    angle = np.arctan2(rays @ v, rays @ u)
    forward = half_edges[start[half_edges] == low]
    backward = list(half_edges[start[half_edges] == high])
    angle_of = dict(zip(half_edges.tolist(), angle.tolist(), strict=True))
    for edge in forward:
        if not backward:
            return
        # a face low→high has the solid on the side of falling angle around the edge
        turn = [(angle_of[int(edge)] - angle_of[int(mate)]) % (2 * np.pi) for mate in backward]
        mate = backward.pop(int(np.argmin(turn)))
        twin[edge], twin[mate] = mate, edge


def _drawn_apart(mesh: Mesh, which: NDArray[np.bool_]) -> Mesh:
    """Move the chosen vertices a twentieth of the way to the middle of their neighbours."""
    if not which.any():
        return mesh
    faces = mesh.faces[which[mesh.faces].any(axis=1)]
    centroids = mesh.points[faces].mean(axis=1)
    flat = faces.ravel()
    weight = np.maximum(np.bincount(flat, minlength=len(mesh.points)), 1)[which]
    points = mesh.points.copy()
    for axis in range(3):
        middle = (
            np.bincount(flat, np.repeat(centroids[:, axis], 3), minlength=len(mesh.points))[which] / weight
        )
        points[which, axis] += 0.05 * (middle - points[which, axis])
    return Mesh(points, mesh.faces)
