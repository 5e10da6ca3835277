"""An instance as DICOM JSON (PS3.18 annex F), with its bulk data left out and named by URIs."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from pydicom import Dataset, FileDataset, dcmread
from pydicom.dataelem import DataElement

from hounsfield.dicom.byte_order import in_little_endian
from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicom.quiet import quiet_pydicom

Json = dict[str, Any]
BulkUri = Callable[[str], str]
INLINE_BYTES: Final = 1024  # of binary values; longer ones are bulk data
_BINARY: Final = frozenset(
    {"OB", "OD", "OF", "OL", "OV", "OW", "UN", "OB or OW", "US or OW", "US or SS or OW"}
)
_PIXELS: Final = ("7FE00008", "7FE00009", "7FE00010")
_CHARACTER_SET: Final = "00080005"


def read_json(path: Path, bulk_uri: BulkUri, pixels: int | None) -> Json:
    """Read a file that ingest has accepted.

    Parameters
    ----------
    path
        The file.
    bulk_uri
        Returns the URI of bulk data; it is given the way to the element: tags and item numbers, joined with ``/``.
    pixels
        Length of the pixel data, -1 when encapsulated, None when there are none (`InstanceHeader.pixel_bytes`).

    Raises
    ------
    InvalidInstance
        UNREADABLE_DICOM.
    """
    with quiet_pydicom():
        dataset = read_dataset(path)
        found = dataset_json(dataset, bulk_uri)
    if pixels is not None:
        words = pixels >= 0 and found.get("00280100", {}).get("Value", [16]) != [8]
        found["7FE00010"] = {"vr": "OW" if words else "OB", "BulkDataURI": bulk_uri("7FE00010")}
    if _CHARACTER_SET in found:
        found[_CHARACTER_SET]["Value"] = ["ISO_IR 192"]  # JSON is UTF-8
    return found


def read_dataset(path: Path) -> FileDataset:
    """Read all of a file but its pixel data, in little endian; to be called inside `quiet_pydicom`."""
    try:
        return in_little_endian(dcmread(path, stop_before_pixels=True, force=True))
    except Exception as error:  # pydicom raises nearly anything on broken input
        raise InvalidInstance("UNREADABLE_DICOM") from error


def dataset_json(dataset: Dataset, bulk_uri: BulkUri, way: str = "") -> Json:
    """Return a data set as DICOM JSON; elements that cannot be decoded are left out."""
    found: Json = {}
    for tag in sorted(dataset.keys()):
        if tag.group == 0x0002 or tag.element == 0x0000:
            continue
        name = f"{tag.group:04X}{tag.element:04X}"
        try:
            found[name] = _element(dataset[tag], bulk_uri, f"{way}{name}")
        except Exception:  # noqa: S112  # one value that is not what its VR allows; pydicom raises nearly anything
            continue
    return found


def _element(element: DataElement, bulk_uri: BulkUri, way: str) -> Json:
    if element.VR == "SQ":
        items = [
            dataset_json(item, bulk_uri, f"{way}/{number}/") for number, item in enumerate(element.value)
        ]
        return {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
    if element.VR in _BINARY:
        vr = str(element.VR) if len(element.VR) == 2 else "OW"
        value = element.value
        if not value:
            return {"vr": vr}
        if len(value) > INLINE_BYTES:
            return {"vr": vr, "BulkDataURI": bulk_uri(way)}
        return {"vr": vr, "InlineBinary": base64.b64encode(value).decode("ascii")}
    if element.VR == "US or SS":
        element.VR = "US"
    found = element.to_json_dict(None, 0)
    if "Value" in found:
        found["Value"] = [None if value == "" else value for value in found["Value"]]
    return found
