"""What the short way shows is what the general one shows; what it does not know for certain it leaves alone."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, FileDataset, Sequence, dcmread
from pydicom.data import get_testdata_file
from pydicom.uid import ImplicitVRLittleEndian

from hounsfield.dicom import plain, render
from hounsfield.dicom.frames import Shape
from hounsfield.dicom.header import read_header
from hounsfield.dicom.pixels import Image
from hounsfield.dicom.shades import Picture, Window

Change = Callable[[FileDataset], Any]


def both(folder: Path, name: str, change: Change, window: Window | None) -> tuple[Picture | None, Picture]:
    dataset = dcmread(get_testdata_file(name))
    change(dataset)
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    path = folder / "one.dcm"
    path.write_bytes(buffer.getvalue())
    header = read_header(buffer.getvalue())

    def kept(keyword: str) -> Any:
        return getattr(header, keyword, None)

    syntax = header.TransferSyntaxUID
    general = render.picture(Image.open(path, syntax, Shape.of(kept)), 0, window)
    return plain.picture(path, syntax, kept, 0, window), general


def _nothing(_dataset: FileDataset) -> None:
    pass


def _implicit(dataset: FileDataset) -> None:
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian


def _inverted(dataset: FileDataset) -> None:
    dataset.PhotometricInterpretation = "MONOCHROME1"


def _no_window(dataset: FileDataset) -> None:
    for keyword in ("WindowCenter", "WindowWidth"):
        if keyword in dataset:
            del dataset[keyword]


def _two_windows(dataset: FileDataset) -> None:
    dataset.WindowCenter, dataset.WindowWidth = [100, 900], [300, 50]


def _bits_above(dataset: FileDataset) -> None:
    words = np.frombuffer(dataset.PixelData, "<u2")
    dataset.PixelData = (words | 0xF000).tobytes()
    dataset.BitsStored, dataset.HighBit = 12, 11


def _steep(dataset: FileDataset) -> None:
    dataset.RescaleSlope, dataset.RescaleIntercept = "-1.7", "12.25"


def _eight_bits(dataset: FileDataset) -> None:
    dataset.PixelData = (np.frombuffer(dataset.PixelData, "<u2") >> 4).astype(np.uint8).tobytes()
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    for keyword in ("SmallestImagePixelValue", "LargestImagePixelValue", "PixelPaddingValue"):
        if keyword in dataset:
            del dataset[keyword]


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small.dcm"])
@pytest.mark.parametrize(
    "change",
    [_nothing, _implicit, _inverted, _no_window, _two_windows, _bits_above, _steep, _eight_bits],
)
@pytest.mark.parametrize(
    "window", [None, Window(40, 400), Window(300, 1, "LINEAR_EXACT"), Window(100, 200, "SIGMOID")]
)
def test_both_ways_show_the_same(tmp_path: Path, name: str, change: Change, window: Window | None) -> None:
    short, general = both(tmp_path, name, change, window)
    assert short is not None
    np.testing.assert_array_equal(short, general)


def _sigmoid(dataset: FileDataset) -> None:
    dataset.VOILUTFunction = "SIGMOID"


def _table(*, undefined: bool) -> Change:
    def change(dataset: FileDataset) -> None:
        item = Dataset()
        item.LUTDescriptor, item.ModalityLUTType, item.LUTData = [256, 0, 16], "US", list(range(256))
        item["LUTDescriptor"].VR = item["LUTData"].VR = "US"
        dataset.ModalityLUTSequence = Sequence([item])
        dataset["ModalityLUTSequence"].is_undefined_length = undefined
        for keyword in ("RescaleSlope", "RescaleIntercept"):
            if keyword in dataset:
                del dataset[keyword]

    return change


@pytest.mark.parametrize(
    "change", [_sigmoid, _table(undefined=True), _table(undefined=False)], ids=["sigmoid", "open", "closed"]
)
def test_what_asks_for_more_is_left_to_the_general_way(tmp_path: Path, change: Change) -> None:
    short, _ = both(tmp_path, "CT_small.dcm", change, None)
    assert short is None


@pytest.mark.parametrize("name", ["examples_rgb_color.dcm", "MR_small_RLE.dcm", "MR_small_bigendian.dcm"])
def test_other_kinds_are_left_to_the_general_way(tmp_path: Path, name: str) -> None:
    path = tmp_path / "one.dcm"
    path.write_bytes(Path(str(get_testdata_file(name))).read_bytes())
    header = read_header(path.read_bytes())
    kept = {name: getattr(header, name) for name in type(header).__slots__}.get
    assert plain.picture(path, header.TransferSyntaxUID, kept, 0) is None
