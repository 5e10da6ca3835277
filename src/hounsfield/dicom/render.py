"""From a decoded frame to a picture for people: modality and VOI transformation, then eight bits (PS3.4 annex N)."""

import importlib
import importlib.util
import struct
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from pydicom import Dataset
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi

from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicom.pixels import Image
from hounsfield.dicom.quiet import quiet_pydicom
from hounsfield.dicom.shades import Function, Picture, Rescale, Window, shades, whole, windowed

__all__ = ["QUALITY", "Function", "Picture", "Viewport", "Window", "as_jpeg", "as_png", "fit", "picture"]

QUALITY: Final = 90  # of JPEG where nobody asks for another
_LARGEST: Final = 8192  # pixels along a side of a picture that is scaled up
# an eighth of the time for the same size, where there is such a library
_deflate: Any = importlib.import_module("isal.isal_zlib" if importlib.util.find_spec("isal") else "zlib")


@dataclass(frozen=True, slots=True)
class Viewport:
    """The size of a picture, and the region of the image that fills it: x, y, width, height; negative sizes flip."""

    width: int
    height: int
    region: tuple[float, float, float, float] | None = None


def picture(image: Image, index: int, window: Window | None = None) -> Picture:
    """Return a frame as a person should see it.

    Raises
    ------
    InvalidInstance
        As `Image.frame`.
    """
    array, dataset = image.frame(index), image.dataset
    if array.ndim == 3:
        return _eight_bits(array, dataset)
    if dataset.get("PhotometricInterpretation") == "PALETTE COLOR":
        with quiet_pydicom():
            coloured = apply_color_lut(array, dataset)
        return (coloured >> 8 if coloured.dtype == np.uint16 else coloured).astype(np.uint8)
    shown = _grey(array, dataset, window)
    return 255 - shown if dataset.get("PhotometricInterpretation") == "MONOCHROME1" else shown


def _grey(array: npt.NDArray[Any], dataset: Dataset, window: Window | None) -> Picture:
    """Show values by a window, without one as the instance itself asks for, else all of them."""
    if "ModalityLUTSequence" in dataset:
        with quiet_pydicom():
            array, rescale = np.asarray(apply_modality_lut(array, dataset), dtype=np.float32), Rescale()
    else:
        rescale = _rescale(dataset)
    if window is None and "VOILUTSequence" in dataset and "WindowCenter" not in dataset:
        with quiet_pydicom():
            looked_up = np.asarray(apply_voi(rescale(array).astype(np.int32), dataset), dtype=np.float32)
        return windowed(looked_up, whole(looked_up))
    return shades(array, rescale, window or _preset(dataset))


def _eight_bits(array: npt.NDArray[Any], dataset: Dataset) -> Picture:
    if array.dtype == np.uint8:
        return array
    stored = int(dataset.get("BitsStored") or 16)
    return (array.astype(np.float32) * (255.0 / ((1 << stored) - 1))).clip(0, 255).astype(np.uint8)


def _functional(dataset: Dataset, sequence: str, keyword: str, default: Any) -> Any:
    """Return a value of the data set, or of its shared functional groups where it is enhanced (PS3.3 C.7.6.16)."""
    if keyword in dataset:
        return dataset.get(keyword)
    for group in dataset.get("SharedFunctionalGroupsSequence") or []:
        for item in group.get(sequence) or []:
            return item.get(keyword, default)
    return default


def _rescale(dataset: Dataset) -> Rescale:
    slope = _number(_functional(dataset, "PixelValueTransformationSequence", "RescaleSlope", 1), 1.0)
    intercept = _number(_functional(dataset, "PixelValueTransformationSequence", "RescaleIntercept", 0), 0.0)
    return Rescale(slope, intercept)


def _number(value: Any, default: float) -> float:
    if isinstance(value, MultiValue):
        value = value[0] if value else None
    try:
        return float(value)
    except (TypeError, ValueError):
        return default


def _preset(dataset: Dataset) -> Window | None:
    """Return the window that the instance itself asks for."""
    center = _number(_functional(dataset, "FrameVOILUTSequence", "WindowCenter", None), float("nan"))
    width = _number(_functional(dataset, "FrameVOILUTSequence", "WindowWidth", None), float("nan"))
    if not (np.isfinite(center) and width >= 1):
        return None
    function = str(_functional(dataset, "FrameVOILUTSequence", "VOILUTFunction", "LINEAR") or "LINEAR")
    known: Function = function if function in ("LINEAR_EXACT", "SIGMOID") else "LINEAR"  # type: ignore[assignment]
    return Window(center, width, known)


def fit(shown: Picture, viewport: Viewport) -> Picture:
    """Scale a picture into a viewport without distorting it; the picture itself may be smaller than the viewport."""
    rows, columns = shown.shape[:2]
    x, y, width, height = viewport.region or (0.0, 0.0, float(columns), float(rows))
    flip_x, flip_y, width, height = width < 0, height < 0, abs(width), abs(height)
    box = (max(x, 0.0), max(y, 0.0), min(x + width, columns), min(y + height, rows))
    if box[2] - box[0] < 1 or box[3] - box[1] < 1:
        raise InvalidInstance("NOT_AN_IMAGE")
    scale = min(viewport.width / (box[2] - box[0]), viewport.height / (box[3] - box[1]))
    size = tuple(min(max(round(side * scale), 1), _LARGEST) for side in (box[2] - box[0], box[3] - box[1]))
    scaled = Pillow.fromarray(shown).resize(
        (size[0], size[1]), Pillow.Resampling.BILINEAR, box=box, reducing_gap=2.0
    )
    found = np.asarray(scaled)
    return found[:: -1 if flip_y else 1, :: -1 if flip_x else 1]


def as_png(shown: Picture) -> bytes:
    """Return a picture as PNG. Rows are written as differences to the one above, which suits images of patients."""
    rows, columns = shown.shape[:2]
    plain = np.ascontiguousarray(shown).reshape(rows, -1)
    lines = np.empty((rows, plain.shape[1] + 1), np.uint8)
    lines[:, 0] = 2  # filter "up" (PNG 9.2)
    lines[0, 1:] = plain[0]
    np.subtract(plain[1:], plain[:-1], out=lines[1:, 1:])
    head = struct.pack(">IIBBBBB", columns, rows, 8, 2 if shown.ndim == 3 else 0, 0, 0, 0)
    body = bytes(_deflate.compress(lines.data, 1))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return (
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", _deflate.crc32(data, _deflate.crc32(kind)))
    )


def as_jpeg(shown: Picture, quality: int = QUALITY) -> bytes:
    """Return a picture as JPEG of a quality between 1 and 100."""
    buffer = BytesIO()
    Pillow.fromarray(np.ascontiguousarray(shown)).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
