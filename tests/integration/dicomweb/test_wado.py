"""Retrieval: what comes back is what was stored, in the form that was asked for."""

import gzip
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from pydicom import dcmread
from tests.integration.dicomweb.conftest import SERIES, STUDY, Headers, Store, parts_of

BASE = f"/dicomweb/studies/{STUDY}/series/{SERIES}"


@pytest.fixture
def stored(store: Store, slices: list[bytes]) -> list[str]:
    """Store the slices and return their UIDs."""
    assert store(slices).status_code == 200
    return [str(dcmread(BytesIO(data)).SOPInstanceUID) for data in slices]


def get(client: TestClient, path: str, headers: Headers, accept: str = "", **more: str) -> Any:
    extra = {"Accept": accept} if accept else {}
    return client.get(path, headers={**headers, **extra, **more})


def test_files_come_back_byte_for_byte(
    client: TestClient, as_technician: Headers, stored: list[str], slices: list[bytes]
) -> None:
    for path in (f"/dicomweb/studies/{STUDY}", BASE):
        answer = get(client, path, as_technician, 'multipart/related; type="application/dicom"')
        assert answer.status_code == 200, answer.text
        parts = parts_of(answer)
        assert [content for _, content in parts] == slices
        assert parts[0][0]["Content-Type"] == "application/dicom; transfer-syntax=1.2.840.10008.1.2.1"
    one = f"{BASE}/instances/{stored[2]}"
    assert parts_of(get(client, one, as_technician))[0][1] == slices[2]
    single = get(client, one, as_technician, "application/dicom")
    assert single.content == slices[2]
    some = get(client, one, as_technician, "application/dicom", Range="bytes=128-131")
    assert (some.status_code, some.content) == (206, b"DICM")


def test_what_was_fetched_is_not_sent_again(
    client: TestClient, as_technician: Headers, stored: list[str], store: Store
) -> None:
    one = f"{BASE}/instances/{stored[0]}"
    for path in (
        BASE,
        one,
        f"{BASE}/metadata",
        f"{one}/metadata",
        f"{one}/frames/1",
        f"{one}/rendered",
        f"{one}/thumbnail",
        f"{one}/bulkdata/7FE00010",
    ):
        tag = get(client, path, as_technician).headers["etag"]
        again = get(client, path, as_technician, **{"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b""), path


@pytest.mark.parametrize(
    "syntax",
    [
        "1.2.840.10008.1.2",
        "1.2.840.10008.1.2.5",
        "1.2.840.10008.1.2.4.80",
        "1.2.840.10008.1.2.4.90",
    ],
)
def test_instances_are_transcoded_when_asked(
    client: TestClient, as_technician: Headers, stored: list[str], slices: list[bytes], syntax: str
) -> None:
    accept = f'multipart/related; type="application/dicom"; transfer-syntax={syntax}'
    answer = get(client, BASE, as_technician, accept)
    assert answer.status_code == 200, answer.text
    for (headers, content), original in zip(parts_of(answer), slices, strict=True):
        assert headers["Content-Type"].endswith(syntax)
        became, was = dcmread(BytesIO(content)), dcmread(BytesIO(original))
        assert became.file_meta.TransferSyntaxUID == syntax
        assert became.SOPInstanceUID == was.SOPInstanceUID
        assert np.array_equal(became.pixel_array, was.pixel_array)


def test_frames_in_every_form(
    client: TestClient, as_technician: Headers, stored: list[str], slices: list[bytes]
) -> None:
    frame = f"{BASE}/instances/{stored[1]}/frames/1"
    pixels = dcmread(BytesIO(slices[1])).PixelData
    for accept in (
        "",
        'multipart/related; type="application/octet-stream"; transfer-syntax=*',
        'multipart/related; type="application/octet-stream"',
        "multipart/related; type=application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1",
    ):
        ((headers, content),) = parts_of(get(client, frame, as_technician, accept))
        assert content == pixels
        assert headers["Content-Type"] == "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"
    single = get(client, frame, as_technician, "application/octet-stream", Range="bytes=10-19")
    assert (single.status_code, single.content) == (206, pixels[10:20])
    ((headers, content),) = parts_of(get(client, frame, as_technician, 'multipart/related; type="image/jp2"'))
    assert headers["Content-Type"] == "image/jp2; transfer-syntax=1.2.840.10008.1.2.4.90"
    assert content[:4] == b"\xff\x4f\xff\x51"
    for missing in ("2", "0", "1,2"):
        assert get(client, frame[:-1] + missing, as_technician).status_code == 404
    assert get(client, frame, as_technician, "video/mp4").status_code == 406


def test_metadata_at_every_level(
    client: TestClient, as_technician: Headers, stored: list[str], slices: list[bytes]
) -> None:
    one = f"{BASE}/instances/{stored[3]}"
    expected = dcmread(BytesIO(slices[3]))
    for path, count in (
        (f"/dicomweb/studies/{STUDY}/metadata", 5),
        (f"{BASE}/metadata", 5),
        (f"{one}/metadata", 1),
    ):
        answer = get(client, path, as_technician, "application/dicom+json", **{"Accept-Encoding": "gzip"})
        assert (answer.status_code, answer.headers["content-encoding"]) == (200, "gzip")
        assert answer.headers["content-type"] == "application/dicom+json"
        found = {item["00080018"]["Value"][0]: item for item in answer.json()}
        assert len(found) == count
        item = dict(found[stored[3]])
        pixels = item.pop("7FE00010")
        assert pixels == {"vr": "OW", "BulkDataURI": f"{one}/bulkdata/7FE00010"}
        wanted = expected.to_json_dict()
        del wanted["7FE00010"]
        assert item == wanted
    plain = get(client, f"{BASE}/metadata", as_technician, **{"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert len(plain.json()) == 5
    assert get(client, f"{BASE}/metadata", as_technician, "text/html").status_code == 406


def test_bulk_data_by_the_uri_of_the_metadata(
    client: TestClient, as_technician: Headers, stored: list[str], slices: list[bytes]
) -> None:
    item = get(client, f"{BASE}/instances/{stored[0]}/metadata", as_technician).json()[0]
    answer = get(client, item["7FE00010"]["BulkDataURI"], as_technician)
    ((_, content),) = parts_of(answer)
    assert content == dcmread(BytesIO(slices[0])).PixelData
    base = f"{BASE}/instances/{stored[0]}/bulkdata"
    assert get(client, f"{base}/00420011", as_technician).status_code == 404
    assert get(client, f"{base}/00080016", as_technician).status_code == 404


def test_pictures(client: TestClient, as_technician: Headers, stored: list[str]) -> None:
    one = f"{BASE}/instances/{stored[0]}"
    png = get(client, f"{one}/rendered?window=40,400,linear", as_technician, "image/png")
    assert png.headers["content-type"] == "image/png"
    picture = np.asarray(Image.open(BytesIO(png.content)))
    assert picture.shape == (32, 32)
    assert (picture[0, 0], picture.max()) == (0, 255), "air is black, bone is white"
    fat = get(client, f"{one}/rendered?window=-100,50,linear", as_technician, "image/png")
    assert fat.content != png.content
    jpeg = get(client, f"{one}/frames/1/rendered?quality=20&viewport=64,48", as_technician)
    assert jpeg.headers["content-type"] == "image/jpeg"
    assert Image.open(BytesIO(jpeg.content)).size == (48, 48)
    part = get(client, f"{one}/rendered?viewport=8,8,0,0,8,8", as_technician, "image/png")
    assert Image.open(BytesIO(part.content)).size == (8, 8)
    for path in (f"/dicomweb/studies/{STUDY}", BASE, one, f"{one}/frames/1"):
        small = get(client, f"{path}/thumbnail", as_technician)
        assert max(Image.open(BytesIO(small.content)).size) == 128, path
    assert len(parts_of(get(client, f"{BASE}/rendered", as_technician))) == 5
    for wrong in ("window=40", "window=a,b", "window=1,0", "viewport=0,1", "viewport=x", "quality=0"):
        assert get(client, f"{one}/rendered?{wrong}", as_technician).status_code in (400, 422), wrong
    assert get(client, f"{one}/rendered", as_technician, "image/gif").status_code == 406


def test_nobody_else_finds_anything(
    client: TestClient, as_stranger: Headers, as_technician: Headers, stored: list[str]
) -> None:
    one = f"{BASE}/instances/{stored[0]}"
    paths = [f"/dicomweb/studies/{STUDY}", BASE, one]
    paths += [f"{path}/{what}" for path in paths for what in ("metadata", "rendered", "thumbnail")]
    paths += [f"{one}/frames/1", f"{one}/bulkdata/7FE00010", f"/dicomweb/studies/{STUDY}/series"]
    for path in paths:
        assert get(client, path, as_technician).status_code == 200, path
        assert get(client, path, as_stranger).status_code == 404, path
        assert client.get(path).status_code == 401, path
    for path in (f"{BASE}/instances/1.2.3", f"/dicomweb/studies/{STUDY}/series/1.2"):
        assert get(client, path, as_technician).status_code == 404


def test_metadata_are_sent_as_they_are_kept(
    client: TestClient, as_technician: Headers, stored: list[str]
) -> None:
    """No instance is read again for a request that accepts gzip."""
    first = get(client, f"{BASE}/metadata", as_technician)
    with client.stream("GET", f"{BASE}/metadata", headers=as_technician) as answer:
        raw = b"".join(answer.iter_raw())
    assert gzip.decompress(raw) == first.content
