"""One attempt of `ct_surface`: series in, meshes and a thumbnail out."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from pydantic import ValidationError

from hounsfield_engine.algorithms.ct_series import read_ct_series
from hounsfield_engine.algorithms.ct_surface.extraction import Solid
from hounsfield_engine.algorithms.ct_surface.masks import body_mask, bone_mask
from hounsfield_engine.algorithms.ct_surface.parameters import Parameters, Tissue
from hounsfield_engine.algorithms.ct_surface.surface import (
    Simplify,
    Surface,
    UnsoundSurface,
    build_surface,
)
from hounsfield_engine.algorithms.ct_surface.thorax import find_airway, find_lungs, without_airway
from hounsfield_engine.algorithms.decimation import Decimators
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
    slices = len(volume.voxels)
    volume = volume.canonical()  # another order of the axes is a copy: the first one is given back
    surfaces, artifacts = make_models(volume, parameters, job.output_dir, job.report)
    job.report(100, "Done")
    return Outcome(artifacts, {"slices": slices, "tissues": list(surfaces)})


def make_models(
    volume: Volume, parameters: Parameters, folder: Path, report: Callable[[float, str], None]
) -> tuple[dict[Tissue, Surface], list[Artifact]]:
    """Find the tissues, make their surfaces two at a time, write and draw them.

    Parameters
    ----------
    volume
        In canonical axes.
    folder
        Where STL and GLB files and the thumbnail go.
    report
        Called with 30–92 per cent.

    Raises
    ------
    UserFacing
        There is no body, a tissue asked for by name is not in view, or a surface cannot be made sound.
    """
    report(30, "Finding the body")
    wanted = parameters.wanted
    with Decimators(min(2, len(wanted))) as decimators, ThreadPoolExecutor(2) as pool:
        body = body_mask(volume, parameters.hu_ranges.skin)
        if body is None:
            raise UserFacing("NO_BODY", "no body was found in the series at the skin's HU range")
        masks = _start_masks(pool, volume, body, parameters)
        models = {
            tissue: pool.submit(_model, tissue, masks[tissue], volume, parameters, decimators.simplified)
            for tissue in wanted
        }
        surfaces: dict[Tissue, Surface] = {}
        files: list[Future[list[Artifact]]] = []
        for done, (tissue, model) in enumerate(models.items(), start=1):
            surface = model.result()
            if surface is not None:
                surfaces[tissue] = surface
                files.append(pool.submit(_deliver, tissue, surface, folder))
            elif parameters.tissues != "auto":
                raise UserFacing(
                    "TISSUE_NOT_FOUND", f"{tissue} was asked for, but none was found in the series"
                )
            report(
                35 + 55 * done / len(wanted), f"{tissue.capitalize()} {'done' if surface else 'not in view'}"
            )
        if not surfaces:
            raise UserFacing("TISSUE_NOT_FOUND", "none of the tissues was found in the series")
        report(92, "Drawing the preview")
        thumbnail = _thumbnail(surfaces, folder)  # while the files are being written
        artifacts = [artifact for written in files for artifact in written.result()]
    return surfaces, [*artifacts, thumbnail]


def _start_masks(
    pool: ThreadPoolExecutor, volume: Volume, body: Mask, parameters: Parameters
) -> dict[Tissue, Callable[[], Mask | None]]:
    """What gives the mask of each tissue. Lungs and airway are found together, before anything waits for them."""
    ranges = parameters.hu_ranges
    masks: dict[Tissue, Callable[[], Mask | None]] = {
        "skin": lambda: body,
        "bone": lambda: bone_mask(volume, body, ranges.bone, parameters.min_component_ml),
    }
    if {"lungs", "airway"} & set(parameters.wanted):
        thorax = pool.submit(_thorax, volume, body, parameters)
        masks["lungs"] = lambda: thorax.result()[0]
        masks["airway"] = lambda: thorax.result()[1]
    return masks


def _thorax(volume: Volume, body: Mask, parameters: Parameters) -> tuple[Mask | None, Mask | None]:
    ranges = parameters.hu_ranges
    lungs = find_lungs(volume, body, ranges.lungs)
    if lungs is None:
        return None, None
    airway = find_airway(volume, body, lungs, ranges.airway)
    if airway is not None:
        lungs = without_airway(lungs, airway, volume.voxel_ml)
    return lungs, airway


def _model(
    tissue: Tissue,
    find_mask: Callable[[], Mask | None],
    volume: Volume,
    parameters: Parameters,
    simplify: Simplify,
) -> Surface | None:
    mask = find_mask()
    if mask is None or not mask.any():
        return None
    low, high = getattr(parameters.hu_ranges, tissue)
    # a half integer never meets a voxel value, so no triangle degenerates
    level = low - 0.5 if tissue in ("bone", "skin") else high + 0.5
    solid = Solid(mask, volume.voxels, volume.affine, level)
    floor = parameters.min_component_ml * 1000
    try:
        return build_surface(solid, parameters.smoothing, parameters.max_triangles, floor, simplify)
    except UnsoundSurface as error:
        raise UserFacing(
            "UNSOUND_SURFACE", f"no closed surface of {tissue} with the right volume could be made: {error}"
        ) from error


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
    picture.save(folder / "thumbnail.png")
    return Artifact(
        "thumbnail.png",
        "thumbnail",
        "image/png",
        {"width": picture.width, "height": picture.height, "view": "anterior"},
    )
