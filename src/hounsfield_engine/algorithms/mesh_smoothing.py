"""Smoothing that keeps the volume."""

import numpy as np
from scipy import sparse

from hounsfield_engine.algorithms.mesh import Mesh, centred, vertex_vectors


def taubin(mesh: Mesh, iterations: int) -> Mesh:
    """Smooth without shrinking: alternate a Laplacian step and a slightly larger step back (Taubin 1995)."""
    if not iterations or not len(mesh.faces):
        return mesh
    size = len(mesh.points)
    start, end = mesh.faces.ravel(), mesh.faces[:, [1, 2, 0]].ravel()
    ones = np.ones(len(start), np.float32)
    links = sparse.coo_matrix((ones, (start, end)), (size, size)).tocsr()
    links = sparse.diags_array(1 / np.maximum(np.asarray(links.sum(axis=1)).ravel(), 1)) @ links
    centre = mesh.points.mean(axis=0)
    points = (mesh.points - centre).astype(np.float32)
    links = links.astype(np.float32)
    for _ in range(iterations):
        for weight in (np.float32(0.5), np.float32(-0.53)):
            points += weight * (links @ points - points)
    return Mesh(points.astype(np.float64) + centre, mesh.faces)


def with_volume(mesh: Mesh, volume: float) -> Mesh:
    """Shift the surface along its normals by the one distance that makes it enclose `volume` mm³."""
    for _ in range(4):
        if not len(mesh.faces):
            break
        # dV/dx of a vertex is a sixth of its summed (doubled) area vector, and V is homogeneous of degree three
        vectors = vertex_vectors(mesh)
        missing = volume - float(np.einsum("ij,ij->", centred(mesh), vectors)) / 18
        if abs(missing) < 1e-4 * volume:
            break
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
        distance = missing / max(float(lengths.sum()) / 6, 1e-30)
        mesh = Mesh(mesh.points + distance * vectors / np.maximum(lengths, 1e-30), mesh.faces)
    return mesh
