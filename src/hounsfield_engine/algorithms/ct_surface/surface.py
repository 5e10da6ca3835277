"""From a mask and its HU to a closed surface whose volume is that of the mask."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any

import fast_simplification
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from vtkmodules.util import numpy_support
from vtkmodules.vtkCommonCore import vtkSMPTools
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

from hounsfield_engine.algorithms.mesh import (
    Defects,
    Mesh,
    area,
    compact,
    defects,
    keep_components,
    merged,
    signed_volume,
    vertex_vectors,
)
from hounsfield_engine.algorithms.mesh_repair import separate_touching
from hounsfield_engine.algorithms.volume import Affine, Mask, bounding_box

vtkSMPTools.SetBackend("STDThread")

_vtk: Any = numpy_support  # has no types
_decimator = Lock()  # fast_simplification works on one global mesh

VOLUME_TOLERANCE = 0.01
_WINDOW_HU = 300.0  # HU beyond this far from the level say nothing about where the surface lies
_DECIMATION_REACH = 2.0  # extracting more than so many times the budget only feeds the decimator


class UnsoundSurface(Exception):
    """No way of making the surface gave a closed mesh of the right volume."""


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


@dataclass(frozen=True)
class Surface:
    """A delivered surface; volumes in mm³, area in mm²."""

    mesh: Mesh
    volume: float
    mask_volume: float
    area: float


@dataclass(frozen=True)
class _Recipe:
    smoothing: float
    reach: float | None  # extraction grid as a multiple of the budget; None: the grid of the scan
    decimate: bool
    exact: bool = False  # from the mask alone, without HU


def build_surface(
    solid: Solid,
    smoothing: float,
    max_triangles: int,
    min_volume: float,
    stage: Callable[[str], None] = lambda _: None,
) -> Surface:
    """Make the surface of a solid, falling back to plainer recipes until one is sound.

    Parameters
    ----------
    solid
        At least one voxel is inside.
    smoothing
        0 none to 1 strong.
    max_triangles
        Budget; an unsound decimation is answered by an undecimated surface above it.
    min_volume
        Surfaces enclosing less, in mm³, are dropped.
    stage
        Told what is done next.

    Raises
    ------
    UnsoundSurface
        When no recipe gives 0 open and 0 non-manifold edges, outward triangles and the mask's volume within 1 %.
    """
    box = bounding_box(solid.mask)
    if box is None:
        raise UnsoundSurface("the mask is empty")
    cropped = _cropped(solid, box)
    mask_volume = int(np.count_nonzero(cropped.mask)) * abs(float(np.linalg.det(solid.affine[:3, :3])))
    failures = []
    for recipe in _recipes(smoothing):
        mesh = _attempt(cropped, recipe, max_triangles, min_volume, mask_volume, stage)
        faults, volume = verdict(mesh, mask_volume)
        if not faults:
            return Surface(mesh, volume, mask_volume, area(mesh))
        failures.append(faults)
    raise UnsoundSurface("; ".join(failures))


def verdict(mesh: Mesh, mask_volume: float) -> tuple[str, float]:
    """What is wrong with a mesh, as its STL will be read (empty when nothing is), and its volume in mm³."""
    seen = merged(mesh)
    volume = signed_volume(seen)
    found: Defects = defects(seen)
    if not len(seen.faces):
        return "no triangles", volume
    if found:
        return str(found), volume
    if abs(volume - mask_volume) > VOLUME_TOLERANCE * mask_volume:
        return f"encloses {volume / 1000:.2f} ml instead of {mask_volume / 1000:.2f} ml", volume
    return "", volume


def _recipes(smoothing: float) -> Iterator[_Recipe]:
    yield _Recipe(smoothing, _DECIMATION_REACH, decimate=True)
    yield _Recipe(smoothing / 2, None, decimate=True)
    yield _Recipe(smoothing / 2, None, decimate=False)
    yield _Recipe(0.0, None, decimate=False)
    yield _Recipe(0.0, None, decimate=False, exact=True)


def _cropped(solid: Solid, box: tuple[slice, slice, slice]) -> Solid:
    affine = solid.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ np.array([box[2].start, box[1].start, box[0].start], float)
    return Solid(solid.mask[box], solid.voxels[box], affine, solid.level)


def _attempt(
    solid: Solid,
    recipe: _Recipe,
    max_triangles: int,
    min_volume: float,
    mask_volume: float,
    stage: Callable[[str], None],
) -> Mesh:
    stage("extracting")
    factors = np.ones(3) if recipe.reach is None else _coarsening(solid, recipe.reach * max_triangles)
    field, to_index = _field(solid, factors, recipe)
    mesh = _extract(field, to_index, solid.affine)
    del field
    if recipe.decimate and len(mesh.faces) > max_triangles:
        stage("decimating")
        mesh = _decimated(mesh, max_triangles)
    stage("smoothing")
    mesh = separate_touching(mesh)
    mesh = keep_components(mesh, min(min_volume, mask_volume) / 2)
    mesh = taubin(mesh, round(20 * recipe.smoothing))
    return with_volume(mesh, mask_volume)


def _coarsening(solid: Solid, triangles: float) -> NDArray[np.float64]:
    """(3,) factors along z, y, x by which to widen the grid so that about so many triangles come out.

    A surface has one vertex per grid edge it crosses, two triangles per vertex; finest axes are widened first.
    """
    mask = solid.mask
    spacing = np.linalg.norm(solid.affine[:3, :3], axis=0)[::-1]
    crossings = sum(
        int(np.count_nonzero(near != far))
        for near, far in ((mask[1:], mask[:-1]), (mask[:, 1:], mask[:, :-1]), (mask[..., 1:], mask[..., :-1]))
    )
    if 2 * crossings <= triangles:
        return np.ones(3)
    # surface area is fixed: triangles go with the inverse square of the mean spacing
    wanted = np.sqrt(2 * crossings / triangles) * np.cbrt(spacing.prod())
    low, high = float(spacing.min()), float(spacing.max() * wanted)
    for _ in range(30):
        middle = (low + high) / 2
        if np.cbrt(np.maximum(spacing, middle).prod()) < wanted:
            low = middle
        else:
            high = middle
    return np.maximum(spacing, high) / spacing


def _field(solid: Solid, factors: NDArray[np.float64], recipe: _Recipe) -> tuple[NDArray[np.float32], Affine]:
    """Signed field, positive inside, smoothed and resampled by one Gaussian per axis.

    Returns
    -------
    field : (z, y, x) float32 array
        Its outermost layer is outside, so that every surface in it is closed.
    to_index : (4, 4) array
        Index (x, y, z) in the field → index (x, y, z) in the solid.
    """
    spacing = np.linalg.norm(solid.affine[:3, :3], axis=0)[::-1]
    blur = (
        0.8 * recipe.smoothing * float((factors * spacing).min()) / spacing
    )  # one width in mm on every axis
    weights_z, weights_y, weights_x = map(_gaussian_rows, solid.mask.shape, factors, blur)
    planes = np.empty((len(solid.mask), weights_y.shape[0], weights_x.shape[0]), np.float32)
    for z, (mask, voxels) in enumerate(zip(solid.mask, solid.voxels, strict=True)):
        narrow = weights_y @ _signed(mask, voxels, solid, recipe.exact)
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


def _signed(mask: Mask, voxels: NDArray[np.int16], solid: Solid, exact: bool) -> NDArray[np.float32]:
    """Distance of the HU from the level, with the sign of the mask: where they disagree the mask is right."""
    if exact:
        return np.where(mask, np.float32(_WINDOW_HU), np.float32(-_WINDOW_HU))
    field = np.subtract(voxels, np.float32(solid.level), dtype=np.float32)
    np.abs(field, out=field)
    np.minimum(field, np.float32(_WINDOW_HU), out=field)
    return np.where(mask, field, -field)


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


def _extract(field: NDArray[np.float32], to_index: Affine, affine: Affine) -> Mesh:
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


def _decimated(mesh: Mesh, triangles: int) -> Mesh:
    centre = mesh.points.mean(axis=0)  # quadrics lose digits far from the origin
    with _decimator:
        points, faces = fast_simplification.simplify(mesh.points - centre, mesh.faces, target_count=triangles)
    return compact(Mesh(np.asarray(points, np.float64) + centre, np.asarray(faces, np.int32)))


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
        missing = volume - signed_volume(mesh)
        if abs(missing) < 1e-4 * volume:
            break
        vectors = vertex_vectors(mesh)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        # dV/dx of a vertex is a sixth of its summed (doubled) area vector
        distance = missing / max(float(lengths.sum()) / 6, 1e-30)
        mesh = Mesh(mesh.points + distance * vectors / np.maximum(lengths, 1e-30), mesh.faces)
    return mesh
