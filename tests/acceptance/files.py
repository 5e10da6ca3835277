"""Archives as people bring them: a real CT, and what is wrong with others."""

import zipfile
from collections.abc import Collection
from dataclasses import replace
from importlib.resources import as_file, files
from io import BytesIO
from pathlib import Path

from tests.factories import dicom

from hounsfield.cli import demo
from hounsfield.dicom import nifti, writer
from hounsfield.dicom.volume import Volume

ATTRIBUTES = {
    "PatientName": "Röntgen^Wilhelm",
    "PatientID": "P-1895",
    "PatientSex": "M",
    "StudyDate": "20260105",
    "StudyTime": "090000",
    "StudyDescription": "CT trunk",
    "SeriesDescription": "Trunk 3 mm",
    "BodyPartExamined": "ABDOMEN",
}


def real_ct(seed: str, missing: Collection[int] = (), finer: int = 1) -> bytes:
    """Return the CT that the product ships as a ZIP of DICOM files, under UIDs of its own.

    `finer` splits each voxel along every axis, for tasks that take their time.
    """
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, data in enumerate(real_slices(seed, finer)):
            if number not in missing:
                archive.writestr(f"CT/{number:04d}.dcm", data)
    return buffer.getvalue()


def real_slices(seed: str, finer: int = 1) -> list[bytes]:
    """Return the files of that CT."""
    with as_file(files(demo) / "trunk_ct.nii.gz") as path:
        volume = nifti.read(path)
    if finer > 1:
        volume = _split(volume, finer)
    return [writer.encode(dataset) for dataset in writer.datasets(volume, ATTRIBUTES, seed=seed)]


def _split(volume: Volume, parts: int) -> Volume:
    voxels = volume.voxels
    for axis in range(3):
        voxels = voxels.repeat(parts, axis)
    x, y, z = (step / parts for step in volume.spacing)
    return replace(volume, voxels=voxels, spacing=(x, y, z))


def saved(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def encrypted() -> bytes:
    """Return an archive whose members say that they need a password."""
    return dicom.zip_encrypted(dicom.ct_series(slices=4, rows=16))
