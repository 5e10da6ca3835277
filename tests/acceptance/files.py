"""Archives as people bring them: a real CT, and what is wrong with others."""

import zipfile
from collections.abc import Collection
from importlib.resources import as_file, files
from io import BytesIO
from pathlib import Path

from tests.factories import dicom

from hounsfield.cli import demo
from hounsfield.dicom import nifti, writer

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


def real_ct(seed: str, missing: Collection[int] = ()) -> bytes:
    """Return the CT that the product ships as a ZIP of DICOM files, under UIDs of its own."""
    with as_file(files(demo) / "trunk_ct.nii.gz") as path:
        volume = nifti.read(path)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, dataset in enumerate(writer.datasets(volume, ATTRIBUTES, seed=seed)):
            if number not in missing:
                archive.writestr(f"CT/{number:04d}.dcm", writer.encode(dataset))
    return buffer.getvalue()


def saved(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def encrypted() -> bytes:
    """Return an archive whose members say that they need a password."""
    return dicom.zip_encrypted(dicom.ct_series(slices=4, rows=16))
