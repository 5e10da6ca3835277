"""Thousands of damaged reports, selections, segmentations, structure sets and presentation states: refused, or read."""

import os
import random
import struct
from collections.abc import Callable

import numpy as np
import pytest
from tests.factories.dicom import ct_datasets
from tests.factories.overlays import AUTHOR, presentation_state, segmentation, structure_set

from hounsfield.dicom import codes, content
from hounsfield.dicom.errors import InvalidObject
from hounsfield.dicom.grids import grid_of
from hounsfield.dicom.header import read_header
from hounsfield.dicom.key_objects import KeyReference, read_key_objects, write_key_objects
from hounsfield.dicom.label_volumes import label_volumes
from hounsfield.dicom.marks import Mark
from hounsfield.dicom.presentations import read_presentation
from hounsfield.dicom.report_reading import read_report
from hounsfield.dicom.reports import write_report
from hounsfield.dicom.segmentations import describe
from hounsfield.dicom.structures import read_structures
from hounsfield.dicom.writer import encode, uid

IMAGES = ct_datasets(slices=4, rows=16, columns=16)
HEADERS = [read_header(encode(image)) for image in IMAGES]
BY_UID = {header.SOPInstanceUID: header for header in HEADERS}
TIMES = int(os.environ.get("HOUNSFIELD_TEST_MUTATIONS", "400"))


def report() -> bytes:
    first = HEADERS[0]
    marks = [
        Mark(
            "length", ((0, 0, -100), (9, 0, -100)), uid("a"), first.SeriesInstanceUID, first.SOPInstanceUID, 1
        ),
        Mark(
            "area",
            ((0, 0, 0), (9, 0, 5), (9, 9, 0)),
            uid("b"),
            frame_of_reference_uid=first.FrameOfReferenceUID,
        ),
        Mark("text", ((0, 0, -100),), uid("c"), sop_uid=first.SOPInstanceUID, text="words"),
    ]
    return encode(write_report(marks, BY_UID, AUTHOR, seed="broken"))


def selection() -> bytes:
    keys = [KeyReference(HEADERS[0].SOPInstanceUID, 1)]
    return encode(write_key_objects(keys, BY_UID, AUTHOR, seed="k", title=codes.KEY_TITLES["of_interest"]))


def labels(data: bytes) -> object:
    with content.reading():
        ds = content.parsed(data)
        return label_volumes(ds, describe(ds), grid_of(HEADERS)[0])


def mask() -> np.ndarray:
    return np.pad(np.ones((2, 8, 8), np.uint8), ((1, 1), (4, 4), (4, 4)))


CASES: dict[str, tuple[Callable[[], bytes], Callable[[bytes], object]]] = {
    "report": (report, lambda data: read_report(data, BY_UID.get)),
    "selection": (selection, read_key_objects),
    "segmentation": (lambda: segmentation(IMAGES, mask()), labels),
    "label map": (lambda: segmentation(IMAGES, mask(), "LABELMAP"), labels),
    "structure set": (lambda: structure_set(IMAGES), read_structures),
    "presentation state": (lambda: presentation_state(IMAGES), read_presentation),
}


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return the same with something wrong after the preamble."""
    broken = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        at = chance.randrange(132, len(broken))
        match chance.randrange(6):
            case 0:
                broken[at] = chance.randrange(256)
            case 1:
                del broken[at : at + chance.randrange(1, 40)]
            case 2:
                broken[at:at] = chance.randbytes(chance.randrange(1, 40))
            case 3:
                del broken[at:]
            case 4:
                broken[at : at + 4] = struct.pack("<L", chance.choice((0, 0xFFFFFFFF, 0x7FFFFFFF, 0xFFFF)))
            case _:
                part = broken[at : at + 24]
                broken[at:at] = part
        if len(broken) < 140:
            break
    return bytes(broken)


@pytest.mark.parametrize("name", CASES)
def test_damaged_ones_are_refused_or_read(name: str) -> None:
    make, use = CASES[name]
    whole = make()
    use(whole)
    chance, refused = random.Random(name), 0
    for _ in range(TIMES):
        try:
            use(damaged(whole, chance))
        except InvalidObject:
            refused += 1
    assert refused > TIMES // 20


@pytest.mark.parametrize("name", CASES)
def test_an_object_of_another_kind_is_refused(name: str) -> None:
    for data in (encode(IMAGES[0]), b"", b"no DICOM at all" * 20):
        with pytest.raises(InvalidObject):
            CASES[name][1](data)
