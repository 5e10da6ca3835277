"""Areas of images in which scanners and people write names are made blank, in every frame."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels.utils import pixel_array
from pydicom.uid import ExplicitVRLittleEndian

from hounsfield.dicom.errors import NotDeidentifiable

_ONE_COLOUR: Final = frozenset({"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"})


@dataclass(frozen=True, slots=True)
class Region:
    """An area to blank, in pixels from the upper left corner, of the images that fit what is said of them."""

    x: int
    y: int
    width: int
    height: int
    modality: str = ""
    manufacturer: str = ""
    model: str = ""
    rows: int = 0
    columns: int = 0

    def fits(self, ds: Dataset) -> bool:
        said = (
            (self.modality, ds.get("Modality")),
            (self.manufacturer, ds.get("Manufacturer")),
            (self.model, ds.get("ManufacturerModelName")),
            (self.rows, ds.get("Rows")),
            (self.columns, ds.get("Columns")),
        )
        return all(not wanted or wanted == found for wanted, found in said)


def blank(ds: Dataset, regions: Collection[Region]) -> bool:
    """Blank the regions that fit an image, and tell whether there were any. Compressed pixel data become native.

    Raises
    ------
    NotDeidentifiable
        PIXELS_UNREADABLE: the pixel data cannot be decoded here.
    """
    fitting = [region for region in regions if region.fits(ds)]
    if not fitting or "PixelData" not in ds:
        return False
    pixels = _decoded(ds)
    colour = int(ds.get("SamplesPerPixel", 1)) > 1
    # (frames, rows, columns[, samples]), whatever pydicom made of a single frame
    frames = pixels if pixels.ndim == (4 if colour else 3) else pixels[np.newaxis]
    ink = _ink(ds, frames)
    for region in fitting:
        frames[:, region.y : region.y + region.height, region.x : region.x + region.width] = ink
    _put_back(ds, frames, colour)
    return True


def _decoded(ds: Dataset) -> NDArray[Any]:
    try:
        # colour models that share samples between pixels are turned into RGB
        return np.array(pixel_array(ds))
    except (AttributeError, NotImplementedError, RuntimeError, TypeError, ValueError) as error:
        syntax = str(ds.file_meta.TransferSyntaxUID)
        raise NotDeidentifiable("PIXELS_UNREADABLE", syntax=syntax) from error


def _ink(ds: Dataset, frames: NDArray[Any]) -> int:
    if ds.get("PhotometricInterpretation") not in _ONE_COLOUR:
        return 0
    return int(frames.max() if ds.PhotometricInterpretation == "MONOCHROME1" else frames.min())


def _put_back(ds: Dataset, frames: NDArray[Any], colour: bool) -> None:
    if int(ds.BitsAllocated) == 1:
        data = np.packbits(frames.astype(bool).ravel(), bitorder="little").tobytes()
    else:
        data = frames.astype(frames.dtype.newbyteorder("<")).tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)
    ds["PixelData"].VR = "OW" if int(ds.BitsAllocated) > 8 else "OB"
    ds["PixelData"].is_undefined_length = False
    if colour:
        ds.PlanarConfiguration = 0
        if str(ds.PhotometricInterpretation).startswith("YBR"):
            ds.PhotometricInterpretation = "RGB"
    for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if keyword in ds:
            delattr(ds, keyword)
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
