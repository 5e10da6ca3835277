"""Decoding and re-encoding pixel data, by libraries that bear several threads, or one thread at a time."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pydicom import Dataset, FileDataset, dcmread, dcmwrite, encaps
from pydicom.dataset import FileMetaDataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.encoders.base import get_encoder
from pydicom.uid import UID

from hounsfield.dicom.byte_order import in_little_endian
from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicom.frames import Shape, read_frame
from hounsfield.dicom.json_model import read_dataset
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


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """A stored image: its file, and its data set without the pixels."""

    path: Path
    syntax: str
    shape: Shape
    dataset: FileDataset

    @classmethod
    def open(cls, path: Path, syntax: str, shape: Shape) -> "Image":
        """Read all but the pixels.

        Raises
        ------
        InvalidInstance
            SYNTAX_UNSUPPORTED, where the pixels cannot be decoded; UNREADABLE_DICOM.
        """
        if not can_decode(syntax):
            raise InvalidInstance("SYNTAX_UNSUPPORTED", syntax=syntax)
        with quiet_pydicom():
            return cls(path, syntax, shape, read_dataset(path))

    def frame(self, index: int) -> Array:
        """Return a frame as it is meant: (rows, columns) or (rows, columns, samples), colours as RGB.

        Raises
        ------
        InvalidInstance
            NOT_AN_IMAGE, PIXEL_DATA_BROKEN.
        """
        stored = read_frame(self.path, self.syntax, self.shape, index)
        encapsulated = self.syntax not in NATIVE
        syntax = self.syntax if encapsulated else EXPLICIT_LE
        source = encaps.encapsulate([stored], has_bot=False) if encapsulated else stored
        with _guard(syntax), quiet_pydicom():
            return _attempt(lambda: self._decoded(source, syntax))

    def _decoded(self, source: bytes, syntax: str) -> Array:
        dataset, shape = self.dataset, self.shape
        options: Any = {
            "rows": shape.rows,
            "columns": shape.columns,
            "samples_per_pixel": shape.samples,
            "bits_allocated": shape.bits,
            "bits_stored": int(dataset.get("BitsStored") or shape.bits),
            "pixel_representation": int(dataset.get("PixelRepresentation") or 0),
            "photometric_interpretation": str(dataset.get("PhotometricInterpretation") or "MONOCHROME2"),
            "planar_configuration": int(dataset.get("PlanarConfiguration") or 0),
            "number_of_frames": 1,
            "pixel_keyword": "PixelData",
        }
        decoder = get_decoder(UID(syntax))
        array, _ = decoder.as_array(source, index=0, decoding_plugin=_plugin(syntax, dataset), **options)
        return array


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
    if target not in ENCODERS and target not in (EXPLICIT_LE, IMPLICIT_LE):
        raise InvalidInstance("SYNTAX_UNSUPPORTED", syntax=target)
    dataset = _whole(path, syntax)
    with _guard(syntax), quiet_pydicom():
        if syntax not in NATIVE and "PixelData" in dataset:
            plugin = _plugin(syntax, dataset)
            _attempt(lambda: dataset.decompress(decoding_plugin=plugin, generate_instance_uid=False))
        if target in ENCODERS and "PixelData" in dataset:
            _attempt(lambda: _compress(dataset, target))
        else:
            in_little_endian(dataset)
            dataset.file_meta.TransferSyntaxUID = UID(target)
        return _attempt(lambda: encode(dataset, target))


def _whole(path: Path, syntax: str) -> FileDataset:
    """Read a file with its pixels; compressed ones item by item, whatever bytes are in them."""
    if syntax in NATIVE:
        with quiet_pydicom():
            dataset: FileDataset = _attempt(lambda: dcmread(path, force=True))
    else:
        if not can_decode(syntax):
            raise InvalidInstance("SYNTAX_UNSUPPORTED", syntax=syntax)
        with quiet_pydicom():
            dataset = read_dataset(path)
            shape: Shape = _attempt(lambda: _shape_of(dataset))
            if "Rows" in dataset:
                stored = [read_frame(path, syntax, shape, index) for index in range(shape.frames)]
                dataset.PixelData = encaps.encapsulate(stored, has_bot=False)
                dataset["PixelData"].is_undefined_length = True
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = UID(syntax)
    return dataset


def _shape_of(dataset: Dataset) -> Shape:
    names = ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "NumberOfFrames")
    rows, columns, samples, bits, frames = (int(dataset.get(name) or 1) for name in names)
    return Shape(rows, columns, samples, bits, frames)


def _compress(dataset: FileDataset, target: str) -> None:
    in_little_endian(dataset)
    encoder = get_encoder(UID(target))
    assert encoder.is_available
    dataset.compress(UID(target), encoding_plugin=ENCODERS[target], generate_instance_uid=False)


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
    with quiet_pydicom():
        dataset: FileDataset = _attempt(lambda: dcmread(path, force=True))
        return _attempt(lambda: encode(dataset, syntax))


def frame_as(image: Image, target: str, index: int) -> bytes:
    """Return one frame, compressed in another transfer syntax."""
    array, dataset = image.frame(index), image.dataset
    bits = array.dtype.itemsize * 8
    colour = array.ndim == 3
    with quiet_pydicom():
        encoder = get_encoder(UID(target))
        return _attempt(
            lambda: encoder.encode(
                array,
                encoding_plugin=ENCODERS[target],
                rows=array.shape[0],
                columns=array.shape[1],
                samples_per_pixel=array.shape[2] if colour else 1,
                bits_allocated=bits,
                bits_stored=min(int(dataset.get("BitsStored") or bits), bits),
                pixel_representation=int(dataset.get("PixelRepresentation") or 0),
                photometric_interpretation="RGB"
                if colour
                else str(dataset.get("PhotometricInterpretation") or "MONOCHROME2"),
                number_of_frames=1,
                planar_configuration=0,
            )
        )
