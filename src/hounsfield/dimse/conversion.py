"""Objects as the other end takes them: as they are wherever it can be, else without compression."""

from collections.abc import Collection
from io import BytesIO

from pydicom import dcmread
from pydicom.uid import UID
from pynetdicom import dsutils

from hounsfield.dicom.quiet import quiet_pydicom
from hounsfield.dicom.syntaxes import EXPLICIT_LE, IMPLICIT_LE
from hounsfield.dimse.objects import data_set_of


class NotConvertible(Exception):
    """The object is in a form that the other end does not take and cannot be brought into one that it does."""


def choose(syntax: str, taken: Collection[str]) -> str:
    """Return the transfer syntax in which an object is sent to somebody who takes these."""
    if syntax in taken:
        return syntax
    for plain in (EXPLICIT_LE, IMPLICIT_LE):
        if plain in taken:
            return plain
    raise NotConvertible("no transfer syntax in common")


def encoded(file: bytes, syntax: str, wanted: str) -> bytes | memoryview:
    """Return the data set of a file in a transfer syntax that `choose` chose."""
    if syntax == wanted:
        return data_set_of(file)
    try:
        with quiet_pydicom():
            found = dcmread(BytesIO(file), force=True)
            if UID(syntax).is_encapsulated:
                found.decompress()
            data = dsutils.encode(found, wanted == IMPLICIT_LE, True)
    except Exception as error:  # codecs raise nearly anything on pixel data that they cannot decode
        raise NotConvertible(str(error)) from error
    if data is None:
        raise NotConvertible("it cannot be encoded")
    return data
