"""Decoding and re-encoding pixel data, by libraries that bear several threads, or one thread at a time."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pydicom import Dataset, FileDataset, dcmread, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.encoders.base import get_encoder
from pydicom.uid import UID

from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicom.quiet import quiet_pydicom
from hounsfield.dicom.syntaxes import DEFLATED_LE, EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE
from hounsfield.dicom.writer import IMPLEMENTATION_CLASS_UID

Array = npt.NDArray[Any]
_PREFIX: Final = "1.2.840.10008.1.2.4."
# GDCM decodes what no other library here does, but its tables do not bear two threads
_GDCM: Final = frozenset({f"{_PREFIX}51", f"{_PREFIX}57", f"{_PREFIX}70"})
_PLUGIN: Final[dict[str, str]] = {
    "1.2.840.10008.1.2.5": "pylibjpeg",
    f"{_PREFIX}50": "pillow",
    f"{_PREFIX}80": "pyjpegls",
    f"{_PREFIX}81": "pyjpegls",
    **{f"{_PREFIX}{number}": "pylibjpeg" for number in (90, 91, 201, 202, 203)},
    **dict.fromkeys(_GDCM, "gdcm"),
}
NATIVE: Final = frozenset({IMPLICIT_LE, EXPLICIT_LE, EXPLICIT_BE, DEFLATED_LE})
_one_at_a_time = threading.Lock()

# what can be written, all of it without loss: an instance that loses something would be another instance
ENCODERS: Final[dict[str, str]] = {
    "1.2.840.10008.1.2.5": "pylibjpeg",
    f"{_PREFIX}80": "pyjpegls",
    f"{_PREFIX}90": "pylibjpeg",
}


def can_decode(syntax: str) -> bool:
    return syntax in NATIVE or syntax in _PLUGIN


def _guard(syntax: str) -> AbstractContextManager[Any]:
    return _one_at_a_time if syntax in _GDCM else nullcontext()


def _attempt(what: Callable[[], Any]) -> Any:
    try:
        return what()
    except InvalidInstance:
        raise
    except Exception as error:  # codecs raise nearly anything on broken data; all of it means the same
        raise InvalidInstance("PIXEL_DATA_BROKEN") from error


def read(path: Path, syntax: str) -> FileDataset:
    """Read a whole file; values are not decoded before they are asked for."""
    with quiet_pydicom():
        dataset: FileDataset = _attempt(lambda: dcmread(path, force=True))
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = UID(syntax)
    return dataset


def decode(dataset: FileDataset, index: int) -> Array:
    """Return a frame as it is meant: shape (rows, columns) or (rows, columns, samples), colours as RGB.

    Raises
    ------
    InvalidInstance
        NOT_AN_IMAGE, PIXEL_DATA_BROKEN, or SYNTAX_UNSUPPORTED.
    """
    syntax = str(dataset.file_meta.TransferSyntaxUID)
    if "PixelData" not in dataset:
        raise InvalidInstance("NOT_AN_IMAGE")
    if not can_decode(syntax):
        raise InvalidInstance("SYNTAX_UNSUPPORTED", syntax=syntax)
    decoder = get_decoder(UID(syntax))
    with _guard(syntax), quiet_pydicom():
        array, _ = _attempt(
            lambda: decoder.as_array(dataset, index=index, decoding_plugin=_plugin(syntax, dataset))
        )
    return array  # pydicom's own annotation is a string


def _plugin(syntax: str, dataset: Dataset) -> str:
    if syntax.endswith(".51") and dataset.get("BitsStored") == 8:
        return "pillow"
    return _PLUGIN.get(syntax, "")


def native_bytes(array: Array) -> bytes:
    """Return a decoded frame as native pixel data: little endian, colour by pixel."""
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()


def transcode(path: Path, syntax: str, target: str) -> bytes:
    """Return the file of an instance in another transfer syntax, without loss.

    Raises
    ------
    InvalidInstance
        SYNTAX_UNSUPPORTED: no such way; PIXEL_DATA_BROKEN.
    """
    dataset = read(path, syntax)
    if target not in ENCODERS and target not in (EXPLICIT_LE, IMPLICIT_LE):
        raise InvalidInstance("SYNTAX_UNSUPPORTED", syntax=target)
    with _guard(syntax), quiet_pydicom():
        if syntax not in NATIVE and "PixelData" in dataset:
            if not can_decode(syntax):
                raise InvalidInstance("SYNTAX_UNSUPPORTED", syntax=syntax)
            plugin = _plugin(syntax, dataset)
            _attempt(lambda: dataset.decompress(decoding_plugin=plugin, generate_instance_uid=False))
        if target in ENCODERS and "PixelData" in dataset:
            _attempt(lambda: _compress(dataset, target))
        else:
            _as_little_endian(dataset)
            dataset.file_meta.TransferSyntaxUID = UID(target)
        return _attempt(lambda: encode(dataset, target))


def _compress(dataset: FileDataset, target: str) -> None:
    _as_little_endian(dataset)
    encoder = get_encoder(UID(target))
    assert encoder.is_available
    dataset.compress(UID(target), encoding_plugin=ENCODERS[target], generate_instance_uid=False)


def _as_little_endian(dataset: FileDataset) -> None:
    if dataset.file_meta.TransferSyntaxUID != EXPLICIT_BE:
        return
    for keyword in ("PixelData", "OverlayData"):
        if keyword in dataset and dataset.get("BitsAllocated", 8) > 8:
            words = np.frombuffer(dataset[keyword].value, f">u{dataset.BitsAllocated // 8}")
            dataset[keyword].value = words.astype(f"<u{dataset.BitsAllocated // 8}").tobytes()
    dataset.file_meta.TransferSyntaxUID = UID(EXPLICIT_LE)


def encode(dataset: FileDataset, syntax: str) -> bytes:
    """Return a data set as the bytes of a complete file (PS3.10), its meta information renewed."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(syntax)
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    plain = Dataset(dataset)
    plain.file_meta = meta
    buffer = BytesIO()
    dcmwrite(buffer, plain, enforce_file_format=True)
    return buffer.getvalue()


def completed(path: Path, syntax: str) -> bytes:
    """Return an instance that was stored without preamble or meta information as a complete file (PS3.10)."""
    dataset = read(path, syntax)
    with quiet_pydicom():
        return _attempt(lambda: encode(dataset, syntax))


def frame_as(path: Path, syntax: str, target: str, index: int) -> bytes:
    """Return one frame, compressed in another transfer syntax."""
    dataset = read(path, syntax)
    array = decode(dataset, index)
    with quiet_pydicom():
        properties = {
            "rows": array.shape[0],
            "columns": array.shape[1],
            "samples_per_pixel": array.shape[2] if array.ndim == 3 else 1,
            "bits_allocated": array.dtype.itemsize * 8,
            "bits_stored": min(int(dataset.BitsStored), array.dtype.itemsize * 8),
            "pixel_representation": int(dataset.PixelRepresentation),
            "photometric_interpretation": "RGB"
            if array.ndim == 3
            else str(dataset.PhotometricInterpretation),
            "number_of_frames": 1,
            "planar_configuration": 0,
        }
        encoder = get_encoder(UID(target))
        return _attempt(lambda: encoder.encode(array, encoding_plugin=ENCODERS[target], **properties))
