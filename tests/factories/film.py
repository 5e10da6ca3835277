"""Two radiographs whose greys are more than a window: one with a table, one with an S, and a presentation state for both."""

from collections.abc import Callable

import numpy as np
from pydicom import Dataset, FileDataset
from tests.factories.overlays import of_study

from hounsfield.dicom.writer import encode, uid

DX_IMAGE, STATE = "1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.11.1"
SIDE, WHITE = 128, 4095
PATIENT = {
    "PatientName": "Roentgen^Anna",
    "PatientID": "P-1895",
    "PatientSex": "F",
    "StudyDate": "20260301",
}
CENTER, WIDTH = 2048, 1024
Gray = Callable[[float], float]


def squared(value: float) -> float:
    """How bright the first film's table makes a value; 1 is white."""
    return (value / WHITE) ** 2


def root(value: float) -> float:
    """How bright the presentation state's table makes a value of the second film."""
    return float(np.sqrt(value / WHITE))


def bend(value: float) -> float:
    """How bright an S around 2048 makes a value (PS3.3 C.11.2.1.3.1)."""
    return float(1 / (1 + np.exp(-4 * (value - CENTER) / WIDTH)))


def films(seed: str) -> tuple[list[bytes], str]:
    """Return both films and the presentation state, and the study's UID."""
    origin = Dataset()
    for keyword, value in PATIENT.items():
        setattr(origin, keyword, value)
    origin.StudyInstanceUID = uid(seed, "study")
    first, second = (_film(origin, seed, number) for number in (1, 2))
    first.VOILUTSequence = [table(squared)]
    second.WindowCenter, second.WindowWidth, second.VOILUTFunction = CENTER, WIDTH, "SIGMOID"
    return [encode(ds) for ds in (first, second, _state(first, second, seed))], str(origin.StudyInstanceUID)


def table(gray: Gray, *, count: int = WHITE + 1, bits: int = 16) -> Dataset:
    ds = Dataset()
    ds.add_new("LUTDescriptor", "US", [count % 0x10000, 0, bits])
    entries = [round(gray(value * WHITE / (count - 1)) * ((1 << bits) - 1)) for value in range(count)]
    ds.add_new("LUTData", "OW", np.asarray(entries, "<u2").tobytes())
    ds.LUTExplanation = "TABLE"
    return ds


def _film(origin: Dataset, seed: str, number: int) -> FileDataset:
    ds = of_study(origin, DX_IMAGE, "DX", f"{seed} {number}")
    ds.SeriesInstanceUID, ds.SeriesNumber, ds.InstanceNumber = uid(seed, "films"), 1, number
    ds.BodyPartExamined, ds.PresentationLUTShape = "CHEST", "IDENTITY"
    ds.Rows = ds.Columns = SIDE
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 12, 11
    ramp = np.linspace(0, WHITE, SIDE).round().astype("<u2")
    ds.PixelData = np.tile(ramp, (SIDE, 1)).tobytes()
    return ds


def _state(first: Dataset, second: Dataset, seed: str) -> FileDataset:
    """Want of the first film the S, and of the second a table."""
    ds = of_study(first, STATE, "PR", f"{seed} state")
    ds.ContentLabel, ds.ContentDescription, ds.ContentCreatorName = "GREYS", "The other way round", "Doe^Jane"
    ds.PresentationCreationDate, ds.PresentationCreationTime = "20260302", "101500"
    references = [_reference(film) for film in (first, second)]
    series = Dataset()
    series.SeriesInstanceUID, series.ReferencedImageSequence = first.SeriesInstanceUID, references
    ds.ReferencedSeriesSequence = [series]
    ds.PresentationLUTShape = "IDENTITY"
    window, tables = Dataset(), Dataset()
    window.ReferencedImageSequence = references[:1]
    window.WindowCenter, window.WindowWidth, window.VOILUTFunction = CENTER, WIDTH, "SIGMOID"
    tables.ReferencedImageSequence, tables.VOILUTSequence = references[1:], [table(root)]
    ds.SoftcopyVOILUTSequence = [window, tables]
    return ds


def _reference(image: Dataset) -> Dataset:
    ds = Dataset()
    ds.ReferencedSOPClassUID, ds.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    return ds
