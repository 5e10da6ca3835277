"""The slow way to the same values: pydicom, for every encoding that the plain reader does not know."""

from collections.abc import Container
from io import BytesIO
from struct import Struct

from pydicom import FileDataset, dcmread
from pydicom.dataelem import RawDataElement
from pydicom.multival import MultiValue

from hounsfield.dicom.attributes import CHARACTER_SET
from hounsfield.dicom.elements import UNDEFINED, Elements, is_vr, pixel_length
from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicom.quiet import quiet_pydicom
from hounsfield.dicom.syntaxes import DEFLATED_LE, EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE
from hounsfield.dicom.values import uid

# pydicom takes microseconds per element, and 8 bytes make an element: what it is given must be bounded. No header of
# an unusual file is near this size.
_MOST_BYTES = 4 << 20


def read_unusual(data: bytes, wanted: Container[int]) -> tuple[str, Elements, dict[int, bytes]]:
    """Read a data set with pydicom.

    Returns
    -------
    tuple
        The transfer syntax (from the encoding where the file names none), where the pixel data are, and
        tag (0xeeeegggg) → little-endian value.

    Raises
    ------
    InvalidInstance
        pydicom cannot read it either.
    """
    if DEFLATED_LE.encode() in data:  # pydicom would inflate it without a limit
        raise InvalidInstance("UNREADABLE_DICOM")
    stream = BytesIO(data[:_MOST_BYTES])
    with quiet_pydicom():
        try:
            dataset = dcmread(stream, stop_before_pixels=True, force=True)
            values = _values(dataset, wanted)
        except Exception as error:  # pydicom raises nearly anything on broken input; all of it means the same
            raise InvalidInstance("UNREADABLE_DICOM") from error
        implicit, little = dataset.original_encoding
        named = dataset.file_meta.get("TransferSyntaxUID")
    if named and not uid(str(named).encode()):
        raise InvalidInstance("INVALID_UID", keyword="TransferSyntaxUID")
    syntax = str(named) if named else (IMPLICIT_LE if implicit else EXPLICIT_LE if little else EXPLICIT_BE)
    elements = Elements(end=stream.tell())
    elements.pixels = _pixels(data, stream.tell(), little=bool(little))
    return syntax, elements, values


def _values(dataset: FileDataset, wanted: Container[int]) -> dict[int, bytes]:
    values: dict[int, bytes] = {}
    for tag in dataset.keys():  # noqa: SIM118  # iterating the data set would decode every element
        key = (tag.element << 16) | tag.group
        if key not in wanted:
            continue
        raw = dataset.get_item(tag)
        if isinstance(raw, RawDataElement) and isinstance(raw.value, bytes):
            swapped = not raw.is_little_endian and raw.VR in ("US", "SS")
            values[key] = raw.value[::-1] if swapped else raw.value
        elif key == CHARACTER_SET:  # the one element that pydicom decodes while reading
            names = raw.value if isinstance(raw.value, MultiValue) else [raw.value]
            values[key] = "\\".join(str(name or "") for name in names).encode("ascii", "replace")
    return values


def _pixels(data: bytes, pos: int, *, little: bool) -> int | None:
    order = "<" if little else ">"
    if len(data) - pos < 12:
        return None
    group, element = Struct(f"{order}HH").unpack_from(data, pos)
    if group != 0x7FE0 or element not in (0x0008, 0x0009, 0x0010):
        return None
    start = pos + (12 if is_vr(data[pos + 4 : pos + 6]) else 8)
    (length,) = Struct(f"{order}L").unpack_from(data, start - 4)
    if length == UNDEFINED and not little:
        raise InvalidInstance("PIXEL_DATA_BROKEN")
    return pixel_length(data, start, length)
