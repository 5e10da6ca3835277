"""One attempt of a model: series in; label map, volumes and, where the manifest wants them, meshes out."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hounsfield_engine.algorithms.ct_series import read_ct_series
from hounsfield_engine.algorithms.nifti import write_labels
from hounsfield_engine.algorithms.onnx_volume.grid import grid_of, oriented
from hounsfield_engine.algorithms.onnx_volume.manifest import Input, ModelManifest, read_manifest
from hounsfield_engine.algorithms.onnx_volume.meshes import make_meshes
from hounsfield_engine.algorithms.onnx_volume.network import Network
from hounsfield_engine.algorithms.onnx_volume.restore import restore
from hounsfield_engine.algorithms.onnx_volume.structures import decide, tidy
from hounsfield_engine.algorithms.onnx_volume.windows import arrange, slide
from hounsfield_engine.algorithms.volume import Box, Volume
from hounsfield_engine.sdk import Artifact, Job, Outcome, Poison

Labels = NDArray[np.uint8]


def run(job: Job) -> Outcome:
    """Find what a model finds.

    Raises
    ------
    UserFacing
        The series is not one regular CT volume.
    RetryElsewhere
        This engine's runtime cannot load the model, or does not understand its manifest.
    Poison
        There is no model, or its output is not what its manifest says.
    """
    if job.model is None:
        raise Poison("MODEL_MISSING", "the task came without a model")
    manifest = read_manifest(job.model.manifest)
    job.report(1, "Loading the model")
    network = Network(job.model.path)
    volume = read_ct_series(
        job.input_dir / "series", lambda share: job.report(2 + 8 * share, "Reading the series")
    ).canonical()
    labels, windows = find(volume, manifest, network, job.report)
    job.report(85, "Measuring")
    boxes = tidy(labels, manifest.labels, volume.voxel_ml)
    metrics: dict[str, object] = {
        "model": {"name": manifest.name, "version": manifest.version, "sha256": job.model.sha256},
        "runtime": network.runtime,
        "windows": windows,
        "labels": _measured(labels, boxes, manifest, volume.voxel_ml),
    }
    path = job.output_dir / "labels.nii.gz"
    write_labels(labels, volume.affine, path, f"{manifest.name} {manifest.version}")
    about = {"labels": {str(i): label.name for i, label in enumerate(manifest.labels, 1)}}
    artifacts = [Artifact(path.name, "label_map", "application/gzip", about)]
    if manifest.surfaces:
        meshes, unsound = make_meshes(labels, boxes, volume.affine, manifest.labels, job)
        artifacts += meshes
        metrics["labels_without_surface"] = unsound
    job.report(100, "Done")
    return Outcome(artifacts, metrics)


def find(
    volume: Volume,
    manifest: ModelManifest,
    predict: Callable[[NDArray[np.float32], int], NDArray[np.float32]],
    report: Callable[[float, str], None] = lambda *_: None,
) -> tuple[Labels, int]:
    """Label a scan.

    Parameters
    ----------
    volume
        In canonical axes.
    predict
        From a window in the model's axes and a number of channels to (channels, *window) scores.
    report
        Called with 10–85 per cent.

    Returns
    -------
    labels : (z, y, x) uint8 array
        On the grid of `volume`.
    windows : int
        How many there were.
    """
    order = _deep_first(volume, manifest)
    grid = grid_of(volume, _reordered(manifest.input, order))
    first, second, third = (manifest.patch.size[axis] for axis in order)
    windows = arrange(grid.shape, (first, second, third), manifest.patch.overlap, manifest.patch.blending)
    home = np.argsort(order)

    def scores(window: NDArray[np.float32]) -> NDArray[np.float32]:
        found = predict(window.transpose(home), manifest.channels)
        return found.transpose([0, *(axis + 1 for axis in order)])

    planes = slide(
        windows,
        manifest.channels,
        lambda begin, end: grid.planes(begin, end, windows.padded),
        scores,
        lambda done: report(10 + 75 * done / windows.count, f"Window {done} of {windows.count}"),
    )
    labels = np.empty(volume.voxels.shape, np.uint8)
    view = oriented(labels, "".join(manifest.input.axes[axis] for axis in order))
    restore(grid, planes, lambda found: decide(found, manifest.output), view)
    return labels, windows.count


def _deep_first(volume: Volume, manifest: ModelManifest) -> list[int]:
    """The network's axes, first the one along which a window covers the least: so the fewest scores are held at once."""
    grid = grid_of(volume, manifest.input)
    share = [side / size for side, size in zip(manifest.patch.size, grid.shape, strict=True)]
    first = int(np.argmin(share))
    return [first, *(axis for axis in range(3) if axis != first)]


def _reordered(wanted: Input, order: list[int]) -> Input:
    spacing = wanted.spacing_mm and tuple(wanted.spacing_mm[axis] for axis in order)
    return wanted.model_copy(
        update={"axes": "".join(wanted.axes[axis] for axis in order), "spacing_mm": spacing}
    )


def _measured(
    labels: Labels, boxes: dict[str, Box], manifest: ModelManifest, voxel_ml: float
) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for value, label in enumerate(manifest.labels, start=1):
        box = boxes.get(label.name)
        voxels = int(np.count_nonzero(labels[box] == value)) if box else 0
        found[label.name] = {"value": value, "voxels": voxels, "volume_ml": round(voxels * voxel_ml, 3)}
    return found
