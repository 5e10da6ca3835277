"""One attempt of `ct_surface`: series in, meshes and a thumbnail out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from hounsfield_engine.algorithms.ct_series import read_ct_series
from hounsfield_engine.algorithms.ct_surface.masks import body_mask, bone_mask
from hounsfield_engine.algorithms.ct_surface.parameters import Parameters, Tissue
from hounsfield_engine.algorithms.ct_surface.surface import Solid, Surface, UnsoundSurface, build_surface
from hounsfield_engine.algorithms.ct_surface.thorax import find_airway, find_lungs
from hounsfield_engine.algorithms.mesh_files import write_glb, write_stl
from hounsfield_engine.algorithms.render import Look, render_anterior
from hounsfield_engine.algorithms.volume import Mask, Volume
from hounsfield_engine.sdk import Artifact, Job, Outcome, UserFacing

LOOKS: dict[Tissue, Look] = {
    "bone": Look((0.93, 0.87, 0.74)),
    "lungs": Look((0.86, 0.55, 0.55), 0.55, 0.9),
    "airway": Look((0.55, 0.78, 0.90)),
    "skin": Look((0.88, 0.68, 0.57), 0.12, 0.75),
}


def run(job: Job) -> Outcome:
    """Make the surfaces a task asks for.

    Raises
    ------
    UserFacing
        The series or the parameters cannot work, a tissue asked for by name is not in view, or its surface cannot be
        made sound.
    """
    parameters = _parameters(job)
    job.report(1, "Reading the series")
    volume = read_ct_series(
        job.input_dir / "series", lambda share: job.report(1 + 29 * share, "Reading the series")
    )
    solids = find_solids(volume.canonical(), parameters, lambda text: job.report(32, text))
    surfaces = build_surfaces(solids, parameters, lambda share, text: job.report(35 + 50 * share, text))
    job.report(86, "Writing the models")
    artifacts = [
        artifact
        for tissue, surface in surfaces.items()
        for artifact in _deliver(tissue, surface, job.output_dir)
    ]
    job.report(95, "Drawing the preview")
    artifacts.append(_thumbnail(surfaces, job.output_dir))
    job.report(100, "Done")
    return Outcome(artifacts, {"slices": volume.voxels.shape[0], "tissues": list(surfaces)})


def find_solids(volume: Volume, parameters: Parameters, report: Callable[[str], None]) -> dict[Tissue, Solid]:
    """Find the tissues in a canonical volume.

    Raises
    ------
    UserFacing
        There is no body, or a tissue asked for by name is not in view.
    """
    ranges = parameters.hu_ranges
    report("Finding the body")
    body = body_mask(volume, ranges.skin)
    if body is None:
        raise UserFacing("NO_BODY", "no body was found in the series at the skin's HU range")
    masks: dict[Tissue, Mask | None] = {"skin": body}
    if "bone" in parameters.wanted:
        report("Finding bone")
        masks["bone"] = bone_mask(volume, body, ranges.bone, parameters.min_component_ml)
    if {"lungs", "airway"} & set(parameters.wanted):
        report("Finding lungs and airway")
        masks["lungs"], masks["airway"] = _thorax(volume, body, parameters)
    solids: dict[Tissue, Solid] = {}
    for tissue in parameters.wanted:
        mask = masks[tissue]
        if mask is not None and mask.any():
            solids[tissue] = _solid(volume, mask, tissue, parameters)
        elif parameters.tissues != "auto":
            raise UserFacing("TISSUE_NOT_FOUND", f"{tissue} was asked for, but none was found in the series")
    return solids


def _thorax(volume: Volume, body: Mask, parameters: Parameters) -> tuple[Mask | None, Mask | None]:
    ranges = parameters.hu_ranges
    lungs = find_lungs(volume, body, None, ranges.lungs)
    if lungs is None:
        return None, None
    airway = find_airway(volume, body, lungs, ranges.airway)
    if airway is not None:
        lungs = find_lungs(volume, body, airway, ranges.lungs)
    return lungs, airway


def _solid(volume: Volume, mask: Mask, tissue: Tissue, parameters: Parameters) -> Solid:
    low, high = getattr(parameters.hu_ranges, tissue)
    # a half integer never meets a voxel value, so no triangle degenerates
    level = low - 0.5 if tissue in ("bone", "skin") else high + 0.5
    return Solid(mask, volume.voxels, volume.affine, level)


def build_surfaces(
    solids: dict[Tissue, Solid], parameters: Parameters, report: Callable[[float, str], None]
) -> dict[Tissue, Surface]:
    """Make the surfaces, two at a time.

    Raises
    ------
    UserFacing
        A surface cannot be made closed and true to its volume; none is delivered then.
    """

    def build(tissue: Tissue) -> Surface:
        floor = parameters.min_component_ml * 1000
        try:
            return build_surface(solids[tissue], parameters.smoothing, parameters.max_triangles, floor)
        except UnsoundSurface as error:
            raise UserFacing(
                "UNSOUND_SURFACE",
                f"no closed surface of {tissue} with the right volume could be made: {error}",
            ) from error

    surfaces: dict[Tissue, Surface] = {}
    with ThreadPoolExecutor(2) as pool:
        for tissue, surface in zip(solids, pool.map(build, solids), strict=True):
            surfaces[tissue] = surface
            report(len(surfaces) / len(solids), f"Surface of {tissue} done")
    return surfaces


def _parameters(job: Job) -> Parameters:
    try:
        return Parameters.model_validate(dict(job.parameters))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UserFacing("INVALID_PARAMETERS", f"{where}: {first['msg']}") from error


def _deliver(tissue: Tissue, surface: Surface, folder: Path) -> list[Artifact]:
    metadata = {
        "tissue": tissue,
        "triangles": len(surface.mesh.faces),
        "volume_ml": round(surface.volume / 1000, 3),
        "area_cm2": round(surface.area / 100, 2),
        "watertight": True,
        "mask_volume_ml": round(surface.mask_volume / 1000, 3),
    }
    look = LOOKS[tissue]
    write_stl(surface.mesh, folder / f"{tissue}.stl", tissue)
    write_glb(
        surface.mesh, folder / f"{tissue}.glb", tissue, (*look.colour, 0.4 if tissue == "skin" else 1.0)
    )
    return [
        Artifact(f"{tissue}.stl", "mesh_stl", "model/stl", metadata),
        Artifact(f"{tissue}.glb", "mesh_glb", "model/gltf-binary", metadata),
    ]


def _thumbnail(surfaces: dict[Tissue, Surface], folder: Path) -> Artifact:
    picture = render_anterior(
        [(surfaces[tissue].mesh, look) for tissue, look in LOOKS.items() if tissue in surfaces]
    )
    picture.save(folder / "thumbnail.png", optimize=True)
    return Artifact(
        "thumbnail.png",
        "thumbnail",
        "image/png",
        {"width": picture.width, "height": picture.height, "view": "anterior"},
    )
