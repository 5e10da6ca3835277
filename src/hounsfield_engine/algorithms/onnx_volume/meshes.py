"""Closed surfaces of labels, as files, and a picture of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hounsfield_engine.algorithms.ct_surface.extraction import Solid
from hounsfield_engine.algorithms.ct_surface.surface import Surface, UnsoundSurface, build_surface
from hounsfield_engine.algorithms.mesh_files import write_glb, write_stl
from hounsfield_engine.algorithms.onnx_volume.manifest import Label
from hounsfield_engine.algorithms.render import Look, render_anterior
from hounsfield_engine.algorithms.volume import Affine, Box
from hounsfield_engine.sdk import Artifact, Job

_SMOOTHING = 0.5
_TRIANGLES = 200_000
_CONTRAST = 300  # any: the surface lies where label and rest meet


def make_meshes(
    labels: NDArray[np.uint8], boxes: dict[str, Box], affine: Affine, wanted: Sequence[Label], job: Job
) -> tuple[list[Artifact], list[str]]:
    """Write the mesh of each label that was found, and a thumbnail.

    Returns
    -------
    artifacts, unsound
        The files; and the labels of which no closed surface with their volume could be made. Those are still in the map.
    """
    artifacts: list[Artifact] = []
    unsound: list[str] = []
    drawn: list[tuple[Surface, Look]] = []
    for done, (value, label) in enumerate(enumerate(wanted, start=1)):
        box = boxes.get(label.name)
        job.report(87 + 10 * done / len(wanted), f"Surface of {label.name}")
        if box is None:
            continue
        try:
            surface = _surface(labels[box] == value, _moved(affine, box))
        except UnsoundSurface:
            unsound.append(label.name)
            continue
        colour = _rgb(label.color)
        drawn.append((surface, Look(colour)))
        artifacts += _files(label, surface, colour, job)
    if drawn:
        artifacts.append(_thumbnail(drawn, job))
    return artifacts, unsound


def _moved(affine: Affine, box: Box) -> Affine:
    moved = affine.copy()
    moved[:3, 3] += affine[:3, :3] @ np.array([box[2].start, box[1].start, box[0].start], float)
    return moved


def _surface(mask: NDArray[np.bool_], affine: Affine) -> Surface:
    voxels = np.where(mask, np.int16(_CONTRAST), np.int16(-_CONTRAST))
    return build_surface(Solid(mask, voxels, affine, 0.0), _SMOOTHING, _TRIANGLES, 0.0)


def _files(label: Label, surface: Surface, colour: tuple[float, float, float], job: Job) -> list[Artifact]:
    metadata = {
        "tissue": label.name,
        "color": label.color,
        "triangles": len(surface.mesh.faces),
        "volume_ml": round(surface.volume / 1000, 3),
        "area_cm2": round(surface.area / 100, 2),
        "watertight": True,
        "mask_volume_ml": round(surface.mask_volume / 1000, 3),
    }
    write_stl(surface.mesh, job.output_dir / f"{label.name}.stl", label.name)
    write_glb(surface.mesh, job.output_dir / f"{label.name}.glb", label.name, (*colour, 1.0))
    return [
        Artifact(f"{label.name}.stl", "mesh_stl", "model/stl", metadata),
        Artifact(f"{label.name}.glb", "mesh_glb", "model/gltf-binary", metadata),
    ]


def _thumbnail(drawn: list[tuple[Surface, Look]], job: Job) -> Artifact:
    picture = render_anterior([(surface.mesh, look) for surface, look in drawn])
    picture.save(job.output_dir / "thumbnail.png", optimize=True)
    about = {"width": picture.width, "height": picture.height, "view": "anterior"}
    return Artifact("thumbnail.png", "thumbnail", "image/png", about)


def _rgb(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue
