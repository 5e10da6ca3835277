"""Every transfer syntax that real files are found in: kept byte for byte, shown and transcoded, or refused with a reason."""

import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from pydicom import dcmread
from tests.integration.dicomweb.conftest import Headers, Store, parts_of

from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicom.header import InstanceHeader, read_header

PACKAGED = Path(pydicom.__file__).parent / "data" / "test_files"
# what no decoder here reads: pixels of these are sent as they are, and not shown
UNREADABLE = {
    "JPEG-lossy.dcm": "twelve bits of JPEG Extended",
    "JPGExtended.dcm": "twelve bits of JPEG Extended",
    "JPEG2000-embedded-sequence-delimiter.dcm": "its codestream is made up",
}


def readable(folder: Path) -> dict[Path, InstanceHeader]:
    """Return the files that are images ingest accepts."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size < 2_000_000:
            try:
                header = read_header(path.read_bytes())
            except InvalidInstance:
                continue
            if header.pixel_bytes is not None:
                found[path] = header
    return found


@pytest.fixture(params=["packaged", "transfer-syntaxes", "ct-jpeg2000", "dicom-objects"])
def images(request: pytest.FixtureRequest) -> dict[Path, InstanceHeader]:
    if request.param == "packaged":
        found = readable(PACKAGED)
        assert len({header.TransferSyntaxUID for header in found.values()}) >= 11
        return found
    return readable(request.getfixturevalue("shared_data") / request.param)


def test_each_image_is_kept_shown_and_transcoded(
    client: TestClient, as_technician: Headers, store: Store, images: dict[Path, InstanceHeader]
) -> None:
    seen: set[str] = set()
    for path, header in images.items():
        if header.SOPInstanceUID in seen:
            continue  # the same object in another encoding: a conflict, as it should be
        seen.add(header.SOPInstanceUID)
        data = path.read_bytes()
        assert store([data]).status_code in (200, 202), path.name
        place = f"/dicomweb/studies/{header.StudyInstanceUID}/series/{header.SeriesInstanceUID}/instances/{header.SOPInstanceUID}"

        def get(what: str, accept: str, place: str = place) -> Any:
            return client.get(f"{place}{what}", headers={**as_technician, "Accept": accept})

        whole = get("", "application/dicom; transfer-syntax=*")
        if whole.status_code == 404:
            continue  # its UIDs were those of a file before it
        assert whole.status_code == 200, (path.name, whole.text)
        if header.part10:
            assert whole.content == data, path.name
        frame = get("/frames/1", 'multipart/related; type="application/octet-stream"; transfer-syntax=*')
        assert frame.status_code == 200, (path.name, frame.text)
        assert parts_of(frame)[0][1], path.name
        picture = get("/rendered", "image/png")
        plain = get("", "application/dicom; transfer-syntax=1.2.840.10008.1.2.1")
        if path.name in UNREADABLE:
            assert picture.json()["code"] in ("PIXEL_DATA_BROKEN", "NOT_ACCEPTABLE"), path.name
            continue
        assert picture.status_code == 200, (path.name, picture.text)
        assert Image.open(BytesIO(picture.content)).size == (header.Columns, header.Rows), path.name
        assert plain.status_code == 200, (path.name, plain.text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            became, was = dcmread(BytesIO(plain.content)), dcmread(path, force=True)
            if "TransferSyntaxUID" not in was.file_meta:
                was.file_meta.TransferSyntaxUID = header.TransferSyntaxUID
            assert became.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
            if path.name != "badVR.dcm":  # whose number of frames pydicom cannot read
                assert np.array_equal(became.pixel_array, was.pixel_array), path.name
