"""Real files with damage, by the thousand: each is taken whole or refused, and nothing that was taken breaks a reader."""

import random
from pathlib import Path
from typing import Any

import pydicom
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from tests.factories import dicom
from tests.integration.dicomweb.conftest import Headers, Store

from hounsfield.dicom.header import read_header
from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.kit.platform import Platform

PACKAGED = Path(pydicom.__file__).parent / "data" / "test_files"
FILES = (
    "CT_small.dcm",
    "MR_small_RLE.dcm",
    "JPEG2000.dcm",
    "rtplan.dcm",
    "SC_rgb_small_odd_jpeg.dcm",
    "image_dfl.dcm",
)
EACH = 180


def renamed(data: bytes, number: int) -> bytes:
    """Return the same object under a UID of its own, so that it is no conflict."""
    uid = (read_header(data).SOPInstanceUID or "").encode()
    return data.replace(uid, uid[:-4] + f"{1000 + number}".encode())


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return a file with some of its bytes changed, cut out, doubled or cut off; mostly in its header."""
    broken = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        place = chance.randrange(min(len(broken), chance.choice((400, 2000, len(broken)))))
        match chance.randrange(6):
            case 0:
                broken[place] = chance.randrange(256)
            case 1:
                broken[place : place + 4] = chance.choice((b"\xff" * 4, b"\0" * 4, b"\xfe\xff\x00\xe0"))
            case 2:
                del broken[place : place + chance.randrange(1, 64)]
            case 3:
                broken[place:place] = broken[place : place + chance.randrange(1, 64)]
            case 4 if place > 200:
                del broken[place:]
            case _:
                broken[place] ^= 1 << chance.randrange(8)
        if len(broken) < 300:
            break
    return bytes(broken)


def test_damaged_files_harm_nobody(
    client: TestClient, platform: Platform, as_technician: Headers, store: Store, application: Any
) -> None:
    chance = random.Random(20261127)
    stored = refused = 0
    for name in FILES:
        data = (PACKAGED / name).read_bytes()
        objects = [damaged(renamed(data, number), chance) for number in range(EACH)]
        answer = store(objects)
        assert answer.status_code in (200, 202, 409), (name, answer.text)
        said = answer.json()
        failed = [item for tag in ("00081198", "0008119A") for item in said.get(tag, {}).get("Value", [])]
        good = said.get("00081199", {}).get("Value", [])
        assert len(failed) + len(good) == EACH, name
        stored, refused = stored + len(good), refused + len(failed)
    assert stored > 50
    assert refused > 50
    with platform.db.read() as session:
        for study in session.scalars(select(Study)):
            series = list(session.scalars(select(Series).where(Series.study_id == study.id)))
            counted = [
                session.scalar(select(func.count()).where(Instance.series_id == each.id)) for each in series
            ]
            assert [each.instance_count for each in series] == counted
            assert study.instance_count == sum(each.instance_count for each in series) > 0
    listed = client.get("/dicomweb/instances?limit=80", headers=as_technician).json()
    for item in listed:
        place = item["00081190"]["Value"][0].removeprefix("http://testserver")
        for what in ("/metadata", "/frames/1", "/rendered", "/thumbnail", "?accept=application/dicom"):
            answer = client.get(f"{place}{what}", headers=as_technician)
            assert answer.status_code < 500, (place, what, answer.text)
    assert store(list(dicom.ct_series(slices=3).values())).status_code == 200, "it still works"
