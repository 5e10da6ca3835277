"""One tissue from its mask to an STL of the same budget, by `ct_surface` and by scikit-image + VTK."""

import time
from pathlib import Path
from typing import Any

import numpy as np

from stages import Stages, cpu_seconds

LEVELS = {"bone": 199.5, "skin": -300.5}
MIN_VOLUME = 1000.0  # mm³
STL_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def masks(series: Path, output: Path, tissue: str) -> dict[str, Any]:
    """Leave the mask of a tissue, cropped, with its HU, for both sides."""
    from hounsfield_engine.algorithms.ct_series import read_ct_series
    from hounsfield_engine.algorithms.ct_surface.extraction import Solid, cropped
    from hounsfield_engine.algorithms.ct_surface.masks import body_mask, bone_mask
    from hounsfield_engine.algorithms.ct_surface.parameters import Parameters
    from hounsfield_engine.algorithms.volume import bounding_box

    volume = read_ct_series(series).canonical()
    ranges = Parameters().hu_ranges
    mask = body_mask(volume, ranges.skin)
    assert mask is not None
    if tissue == "bone":
        mask = bone_mask(volume, mask, ranges.bone, MIN_VOLUME / 1000)
    box = bounding_box(mask)
    assert box is not None
    solid = cropped(Solid(mask, volume.voxels, volume.affine, LEVELS[tissue]), box)
    np.savez(output / "solid.npz", mask=solid.mask, voxels=solid.voxels, affine=solid.affine)
    return {}


def _ours(solid: Any, tissue: str, budget: int, stl: Path) -> tuple[float, float, dict[str, float]]:
    from hounsfield_engine.algorithms.ct_surface import surface as module
    from hounsfield_engine.algorithms.ct_surface.extraction import Solid
    from hounsfield_engine.algorithms.ct_surface.surface import build_surface
    from hounsfield_engine.algorithms.mesh_files import write_stl

    stages = Stages()
    for name in ("signed_field", "extract", "_simplified_here"):
        stages.watch(module, name)
    begin, cpu = time.monotonic(), cpu_seconds()
    found = build_surface(
        Solid(solid["mask"], solid["voxels"], solid["affine"], LEVELS[tissue]), 0.5, budget, MIN_VOLUME
    )
    write_stl(found.mesh, stl, tissue)
    spent = time.monotonic() - begin, cpu_seconds() - cpu
    return *spent, {stage.name: stage.end - stage.begin for stage in stages.noted}


def _peers(solid: Any, tissue: str, budget: int, stl: Path) -> tuple[float, float, dict[str, float]]:
    # its libraries belong to its process alone: they would add to our memory
    from skimage.measure import marching_cubes
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
    from vtkmodules.vtkFiltersCore import vtkQuadricDecimation
    from vtkmodules.vtkIOGeometry import vtkSTLWriter

    spacing = np.linalg.norm(solid["affine"][:3, :3], axis=0)
    mask = solid["mask"]
    begin, cpu = time.monotonic(), cpu_seconds()
    points, faces, _, _ = marching_cubes(np.pad(mask, 1), 0.5, spacing=tuple(spacing[::-1]))
    extracted = time.monotonic()
    mesh, holder, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
    holder.SetData(numpy_to_vtk(np.ascontiguousarray(points[:, ::-1]), deep=True))
    mesh.SetPoints(holder)
    cells.SetData(3, numpy_to_vtkIdTypeArray(faces.ravel().astype(np.int64), deep=True))
    mesh.SetPolys(cells)
    decimation = vtkQuadricDecimation()
    decimation.SetInputData(mesh)
    decimation.SetTargetReduction(max(0.0, 1 - budget / len(faces)))
    decimation.Update()
    decimated = time.monotonic()
    writer = vtkSTLWriter()
    writer.SetFileTypeToBinary()
    writer.SetFileName(str(stl))
    writer.SetInputData(decimation.GetOutput())
    writer.Write()
    spent = time.monotonic() - begin, cpu_seconds() - cpu
    return (
        *spent,
        {
            f"marching cubes, {len(faces):,} triangles": extracted - begin,
            "quadric decimation": decimated - extracted,
        },
    )


def one_tissue(side: str, folder: Path, output: Path, tissue: str) -> dict[str, Any]:
    """From the mask to an STL, and what that STL is worth."""
    from hounsfield_engine.algorithms.ct_surface.parameters import Parameters
    from hounsfield_engine.algorithms.mesh import Mesh, defects, merged, signed_volume

    with np.load(folder / "solid.npz") as stored:
        solid = dict(stored)
    sides = {"ours": _ours, "peer": _peers}
    wall, cpu, parts = sides[side](solid, tissue, Parameters().max_triangles, output / "mesh.stl")
    corners = np.fromfile(output / "mesh.stl", STL_TRIANGLE, offset=84)["corners"]
    mesh = merged(Mesh(corners.reshape(-1, 3), np.arange(3 * len(corners), dtype=np.int32).reshape(-1, 3)))
    volume = int(solid["mask"].sum()) * abs(float(np.linalg.det(solid["affine"][:3, :3])))
    return {
        "wall": wall,
        "cpu": cpu,
        "parts": {name: round(seconds, 2) for name, seconds in parts.items()},
        "triangles": len(mesh.faces),
        "off": round(100 * abs(signed_volume(mesh) / volume - 1), 3),
        "defects": str(defects(mesh)),
    }
