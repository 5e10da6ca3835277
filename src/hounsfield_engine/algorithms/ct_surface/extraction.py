"""From a mask and its HU to triangles: a signed field on a grid that suits the budget, and its zero level."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from vtkmodules.util import numpy_support
from vtkmodules.vtkCommonCore import vtkSMPTools
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

from hounsfield_engine.algorithms.mesh import Mesh
from hounsfield_engine.algorithms.volume import Affine, Box, Mask

vtkSMPTools.SetBackend("STDThread")

_vtk: Any = numpy_support  # has no types

_WINDOW_HU = 299.5  # HU beyond this far from the level say nothing about where the surface lies


@dataclass(frozen=True)
class Solid:
    """What is to become a surface.

    Attributes
    ----------
    mask : (z, y, x) bool array
        Decides what is inside.
    voxels : (z, y, x) int16 array
        HU; they place the surface between voxels, where they agree with the mask.
    affine : (4, 4) array
        Index (x, y, z) → LPS mm.
    level : float
        HU at the surface, on a half integer.
    """

    mask: Mask
    voxels: NDArray[np.int16]
    affine: Affine
    level: float


def cropped(solid: Solid, box: Box) -> Solid:
    affine = solid.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ np.array([box[2].start, box[1].start, box[0].start], float)
    return Solid(solid.mask[box], solid.voxels[box], affine, solid.level)


def coarsening(solid: Solid, triangles: float) -> NDArray[np.float64]:
    """(3,) factors along z, y, x by which to widen the grid so that about so many triangles come out.

    A surface has one vertex per grid edge it crosses, two triangles per vertex; finest axes are widened first.
    """
    spacing = np.linalg.norm(solid.affine[:3, :3], axis=0)[::-1]
    crossings = _crossings(solid.mask)
    if 2 * crossings.sum() <= triangles:
        return np.ones(3)
    low, high = float(spacing.min()), float(spacing.max()) * float(np.sqrt(2 * crossings.sum()))
    for _ in range(40):
        middle = (low + high) / 2
        factors = np.maximum(spacing, middle) / spacing
        # as many fewer edges run along an axis as there are fewer rows across the two others
        if 2 * (crossings * factors).sum() / factors.prod() > triangles:
            low = middle
        else:
            high = middle
    return np.maximum(spacing, high) / spacing


def _crossings(mask: Mask) -> NDArray[np.int64]:
    """(3,) how many grid edges along z, y, x have one end inside; beyond the box is outside."""
    # plane by plane: comparing the whole volume at once is mostly spent on fresh memory
    inner = np.array(
        [
            sum(np.count_nonzero(below != above) for below, above in pairwise(mask)),
            sum(np.count_nonzero(plane[1:] != plane[:-1]) for plane in mask),
            sum(np.count_nonzero(plane[:, 1:] != plane[:, :-1]) for plane in mask),
        ]
    )
    rim = [np.count_nonzero(np.moveaxis(mask, axis, 0)[[0, -1]]) for axis in range(3)]
    return inner + rim


def signed_field(
    solid: Solid, factors: NDArray[np.float64], smoothing: float, exact: bool
) -> tuple[NDArray[np.float32], Affine]:
    """Signed field, positive inside, smoothed and resampled by one Gaussian per axis.

    Parameters
    ----------
    factors : (3,) array
        How much wider the field's grid is, along z, y, x.
    smoothing
        0 none to 1 strong.
    exact
        From the mask alone, without HU.

    Returns
    -------
    field : (z, y, x) float32 array
        Its outermost layer is outside, so that every surface in it is closed.
    to_index : (4, 4) array
        Index (x, y, z) in the field → index (x, y, z) in the solid.
    """
    spacing = np.linalg.norm(solid.affine[:3, :3], axis=0)[::-1]
    blur = 0.8 * smoothing * float((factors * spacing).min()) / spacing  # one width in mm on every axis
    weights_z, weights_y, weights_x = map(_gaussian_rows, solid.mask.shape, factors, blur)
    planes = np.empty((len(solid.mask), weights_y.shape[0], weights_x.shape[0]), np.float32)
    for z, (mask, voxels) in enumerate(zip(solid.mask, solid.voxels, strict=True)):
        narrow = weights_y @ _signed(mask, voxels, solid.level, exact)
        planes[z] = (weights_x @ np.ascontiguousarray(narrow.T)).T
    field = (weights_z @ planes.reshape(len(planes), -1)).reshape(-1, *planes.shape[1:])
    # what lies beyond the box is outside: weights of rows at its rim lack that part
    inside_z, inside_y, inside_x = (
        np.asarray(weights.sum(axis=1)).ravel() for weights in (weights_z, weights_y, weights_x)
    )
    inside_plane = np.outer(inside_y, inside_x)
    for plane, share in zip(field, inside_z, strict=True):
        plane -= np.float32(_WINDOW_HU) * (1 - share * inside_plane)
    for axis in range(3):
        edge = np.moveaxis(field, axis, 0)
        edge[0] = edge[-1] = -_WINDOW_HU
    to_index = np.diag([*factors[::-1], 1.0])
    to_index[:3, 3] = [
        _first_sample(size, f) for size, f in zip(solid.mask.shape[::-1], factors[::-1], strict=True)
    ]
    return field, to_index


def _signed(mask: Mask, voxels: NDArray[np.int16], level: float, exact: bool) -> NDArray[np.float32]:
    """Distance of the HU from the level, with the sign of the mask: where they disagree the mask is right."""
    sign = mask.view(np.int8) * np.int8(2) - np.int8(1)
    if exact:
        return sign * np.float32(_WINDOW_HU)
    # in halves of a HU, which fit: float32 would cost three times as long
    below, reach = int(np.floor(level)), int(_WINDOW_HU)
    halves = np.clip(voxels, below - reach, min(below + 1 + reach, 32767)) - np.int16(below)
    halves = np.abs(2 * halves - np.int16(1))
    halves *= sign
    return halves * np.float32(0.5)


def _samples(size: int, factor: float) -> int:
    return int(np.ceil((size - 1) / factor)) + 5


def _first_sample(size: int, factor: float) -> float:
    return (size - 1) / 2 - (_samples(size, factor) - 1) / 2 * factor


def _gaussian_rows(size: int, factor: float, blur: float) -> sparse.csr_array:
    """(samples, size) float32 weights: a row gives one sample of the widened, centred grid from the voxels of an axis.

    Rows at the rim sum to less than one: the rest of their weight falls outside the box.
    """
    sigma = max(blur, 0.6 * np.sqrt(max(factor**2 - 1, 0.0)))  # the second keeps a wider grid from aliasing
    at = _first_sample(size, factor) + factor * np.arange(_samples(size, factor))
    reach = int(np.ceil(max(3 * sigma, 1))) + int(np.ceil(3 * factor)) + 1
    positions = np.arange(-reach, size + reach)
    distance = np.abs(at[:, None] - positions[None, :])
    weights = np.maximum(0, 1 - distance) if sigma < 0.3 else np.exp(-0.5 * (distance / sigma) ** 2)
    weights[weights < 0.005] = 0  # a hundredth of the peak: beyond 3 sigma
    weights /= weights.sum(axis=1, keepdims=True)
    # sparse, not BLAS: its threads spin against each other on many small products
    return sparse.csr_array(weights[:, reach : reach + size].astype(np.float32))


def extract(field: NDArray[np.float32], to_index: Affine, affine: Affine) -> Mesh:
    image = vtkImageData()
    image.SetDimensions(*field.shape[::-1])
    image.GetPointData().SetScalars(_vtk.numpy_to_vtk(field.ravel()))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, 0.0)
    edges.ComputeNormalsOff()
    edges.ComputeScalarsOff()
    edges.Update()
    output = edges.GetOutput()
    if not output.GetNumberOfPolys():
        return Mesh(np.empty((0, 3)), np.empty((0, 3), np.int32))
    points = _vtk.vtk_to_numpy(output.GetPoints().GetData()).astype(np.float64)
    faces = _vtk.vtk_to_numpy(output.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int32)
    place = affine @ to_index
    mesh = Mesh(points @ place[:3, :3].T + place[:3, 3], faces)
    # VTK's triangles face down the gradient, outwards, in a right-handed space only
    return (
        mesh if np.linalg.det(place[:3, :3]) > 0 else Mesh(mesh.points, np.ascontiguousarray(faces[:, ::-1]))
    )
