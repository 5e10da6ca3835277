"""How the images of an export lie in its ZIP: in folders that people can read, or as a DICOM disc with its DICOMDIR."""

import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Protocol

from pydicom import FileDataset, dcmread
from pydicom.fileset import FileSet

from hounsfield.dicom.quiet import quiet_pydicom
from hounsfield.imaging.models import Instance, Series, Study

# what a directory record must say (PS3.3 F.5), where an image leaves it open
_RECORD_NEEDS = {"StudyDate": "19000101", "StudyTime": "000000", "StudyID": "1", "PatientID": "UNKNOWN"}
_NUMBERS = ("SeriesNumber", "InstanceNumber")


class Target(Protocol):
    def add(
        self, study: Study, series: Series, instance: Instance, data: bytes, *, anonymous: bool
    ) -> None: ...
    def close(self) -> None: ...


class Flat:
    """`<study>/<series>/<number>.dcm`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._numbers: dict[str, int] = {}
        self._series: dict[str, int] = {}
        self._studies: dict[str, int] = {}

    def add(self, study: Study, series: Series, instance: Instance, data: bytes, *, anonymous: bool) -> None:
        del instance
        study_no = self._studies.setdefault(study.id, len(self._studies) + 1)
        series_no = self._series.setdefault(series.id, len(self._series) + 1)
        number = self._numbers[series.id] = self._numbers.get(series.id, 0) + 1
        # names are made of what an image says; of one without identity nothing is known but the order
        first = f"study-{study_no:03}" if anonymous else _name(study_no, study.study_date, study.description)
        then = (
            f"series-{series_no:03}" if anonymous else _name(series_no, series.modality, series.description)
        )
        self._archive.writestr(f"{first}/{then}/{number:05}.dcm", data)

    def close(self) -> None:
        """Nothing follows the images."""


class DicomDir:
    """A file set (PS3.10) with its DICOMDIR at the top, as discs for patients have it."""

    def __init__(self, archive: zipfile.ZipFile, folder: Path) -> None:
        self._archive, self._folder = archive, folder
        self._files = FileSet()

    def add(self, study: Study, series: Series, instance: Instance, data: bytes, *, anonymous: bool) -> None:
        del study, series, instance, anonymous
        with quiet_pydicom():
            ds = dcmread(BytesIO(data))
            _complete(ds)
            self._files.add(ds)

    def close(self) -> None:
        disc = self._folder / "disc"
        with quiet_pydicom():
            self._files.write(disc)
        self._files._stage["t"].cleanup()  # what it staged has no public way to go
        for path in sorted(disc.rglob("*")):
            if path.is_file():
                self._archive.write(path, path.relative_to(disc).as_posix())


def _complete(ds: FileDataset) -> None:
    for keyword, value in _RECORD_NEEDS.items():
        if not ds.get(keyword):
            setattr(ds, keyword, value)
    for keyword in _NUMBERS:
        if ds.get(keyword) is None:
            setattr(ds, keyword, 0)


def _name(number: int, *parts: str | None) -> str:
    text = re.sub(r"[^\w.-]+", "-", " ".join(part for part in parts if part)).strip("-.")[:60]
    return f"{number:03}-{text}" if text else f"{number:03}"
