"""Big endian objects are seen, described and transcoded like the same ones in little endian."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import dcmread, dcmwrite

from hounsfield.dicom import pixels, render
from hounsfield.dicom.bulk import value
from hounsfield.dicom.byte_order import swapped
from hounsfield.dicom.header import read_header
from hounsfield.dicom.json_model import read_json
from hounsfield.dicom.syntaxes import EXPLICIT_BE, EXPLICIT_LE

PACKAGED = Path(pydicom.__file__).parent / "data" / "test_files"
PALETTE = "RedPaletteColorLookupTableData"


@pytest.fixture
def both(tmp_path: Path) -> tuple[Path, Path]:
    """One image with a palette, in both orders."""
    little, big = tmp_path / "little.dcm", tmp_path / "big.dcm"
    ds = dcmread(PACKAGED / "examples_palette.dcm")
    ds.save_as(little)
    for color in ("Red", "Green", "Blue"):
        element = ds[f"{color}PaletteColorLookupTableData"]
        element.value = swapped(element.value, 2)
    ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRBigEndian
    with big.open("wb") as file:
        dcmwrite(file, ds, little_endian=False, implicit_vr=False, force_encoding=True)
    return little, big


def test_they_look_the_same(both: tuple[Path, Path]) -> None:
    shown = []
    for path in both:
        header = read_header(path.read_bytes())
        syntax = str(header.TransferSyntaxUID)
        shape = pixels._shape_of(dcmread(path))
        shown.append(render.picture(pixels.Image.open(path, syntax, shape), 0))
    assert np.ptp(shown[0]) > 100
    np.testing.assert_array_equal(*shown)


def test_they_are_described_the_same(both: tuple[Path, Path]) -> None:
    little, big = (read_json(path, lambda way: way, 1) for path in both)
    assert {tag: one for tag, one in big.items() if little.get(tag) != one} == {}
    for way, one in little.items():
        if one.get("BulkDataURI") and way != "7FE00010":
            assert value(both[0], EXPLICIT_LE, way) == value(both[1], EXPLICIT_BE, way)


def test_they_are_transcoded_to_the_same(both: tuple[Path, Path], tmp_path: Path) -> None:
    made = tmp_path / "made.dcm"
    made.write_bytes(pixels.transcode(both[1], EXPLICIT_BE, EXPLICIT_LE))
    found, wanted = dcmread(made), dcmread(both[0])
    assert found[PALETTE].value == wanted[PALETTE].value
    np.testing.assert_array_equal(found.pixel_array, wanted.pixel_array)


def test_a_cut_value_stays() -> None:
    assert swapped(b"\0\1\2", 2) == b"\0\1\2"
    assert swapped(b"\0\1\2\3", 2) == b"\1\0\3\2"
