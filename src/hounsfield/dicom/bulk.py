"""Values that DICOM JSON leaves out, found again by their way through the data set."""

from pathlib import Path

from pydicom import dcmread

from hounsfield.dicom.byte_order import swapped, width_of
from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicom.quiet import quiet_pydicom
from hounsfield.dicom.syntaxes import EXPLICIT_BE


def value(path: Path, syntax: str, way: str) -> bytes:
    """Return the bytes of a value, little endian.

    Parameters
    ----------
    way
        Tags and item numbers, joined with ``/``, as `json_model.read_json` gives it to its caller.

    Raises
    ------
    InvalidInstance
        NOT_THERE.
    """
    steps = way.split("/")
    try:
        with quiet_pydicom():
            dataset = dcmread(path, force=True)
            item = dataset
            for tag, number in zip(steps[:-1:2], steps[1::2], strict=True):
                item = item[int(tag, 16)].value[int(number)]
            element = item[int(steps[-1], 16)]
            found = element.value
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise InvalidInstance("NOT_THERE") from error
    if not isinstance(found, bytes):
        raise InvalidInstance("NOT_THERE")
    return swapped(found, width_of(str(element.VR))) if syntax == EXPLICIT_BE else found
