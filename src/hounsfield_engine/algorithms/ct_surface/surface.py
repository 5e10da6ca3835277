"""From a mask and its HU to a closed surface whose volume is that of the mask."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock

import numpy as np

from hounsfield_engine.algorithms.ct_surface.extraction import (
    Solid,
    coarsening,
    cropped,
    extract,
    signed_field,
)
from hounsfield_engine.algorithms.decimation import simplified
from hounsfield_engine.algorithms.mesh import (
    Defects,
    Faces,
    Mesh,
    Points,
    area,
    compact,
    defects,
    keep_components,
    merged,
    signed_volume,
)
from hounsfield_engine.algorithms.mesh_repair import separate_touching
from hounsfield_engine.algorithms.mesh_smoothing import taubin, with_volume
from hounsfield_engine.algorithms.volume import bounding_box

Simplify = Callable[[Points, Faces, int], tuple[Points, Faces]]

_in_this_process = Lock()

VOLUME_TOLERANCE = 0.01
_DECIMATION_REACH = 2.5  # extracting more than so many times the budget only feeds the decimator


class UnsoundSurface(Exception):
    """No way of making the surface gave a closed mesh of the right volume."""


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
    simplify: Simplify | None = None,
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
    simplify
        Reduces vertices and triangles to about so many triangles; by default `simplified`, in this process.

    Raises
    ------
    UnsoundSurface
        When no recipe gives 0 open and 0 non-manifold edges, outward triangles and the mask's volume within 1 %.
    """
    box = bounding_box(solid.mask)
    if box is None:
        raise UnsoundSurface("the mask is empty")
    solid = cropped(solid, box)
    mask_volume = int(np.count_nonzero(solid.mask)) * abs(float(np.linalg.det(solid.affine[:3, :3])))
    failures = []
    for recipe in _recipes(smoothing):
        mesh = _extracted(solid, recipe, max_triangles, simplify or _simplified_here)
        mesh = separate_touching(mesh)
        mesh = keep_components(mesh, min(min_volume, mask_volume) / 2)
        mesh = with_volume(taubin(mesh, round(20 * recipe.smoothing)), mask_volume)
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


def _extracted(solid: Solid, recipe: _Recipe, max_triangles: int, simplify: Simplify) -> Mesh:
    factors = np.ones(3) if recipe.reach is None else coarsening(solid, recipe.reach * max_triangles)
    mesh = extract(*signed_field(solid, factors, recipe.smoothing, recipe.exact), solid.affine)
    if not recipe.decimate or len(mesh.faces) <= max_triangles:
        return mesh
    centre = mesh.points.mean(axis=0)  # quadrics lose digits far from the origin
    points, faces = simplify(mesh.points - centre, mesh.faces, max_triangles)
    return compact(Mesh(points + centre, faces))


def _simplified_here(points: Points, faces: Faces, triangles: int) -> tuple[Points, Faces]:
    with _in_this_process:
        return simplified(points, faces, triangles)
