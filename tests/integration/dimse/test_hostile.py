"""Those who send nonsense, nothing, too much, or ten thousand kinds of broken objects: they go, the others stay."""

import random
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.factories.dicom import ct_series
from tests.factories.nodes import TITLE, dcmtk

from hounsfield.dicom.header import read_header
from hounsfield.dicom.syntaxes import CT_IMAGE, EXPLICIT_LE
from hounsfield.dimse.application import Application
from hounsfield.dimse.models import DicomNode
from hounsfield.dimse.objects import data_set_of
from hounsfield.dimse.syntaxes import STUDY_ROOT_FIND, VERIFICATION
from hounsfield.dimse.wire import commands
from hounsfield.dimse.wire.channel import Channel
from hounsfield.dimse.wire.errors import Aborted, AssociationEnded, Rejected
from hounsfield.dimse.wire.limits import Budget, Limits
from hounsfield.dimse.wire.negotiation import request as call
from hounsfield.imaging.models import Instance
from hounsfield.kit.platform import Platform

LIMITS = Limits(acse_seconds=30, idle_seconds=30, dimse_seconds=30)  # a busy disk may keep an answer back
ABORT, REJECT = 7, 3
MUTATED = 1000


@pytest.fixture(params=[0, 8], ids=["at once", "landing"])
def entity(platform: Platform, node: DicomNode, request: pytest.FixtureRequest) -> Iterator[Application]:
    """A server with little patience, that takes objects in at once or behind its strip."""
    quick = {
        "dimse_landing_mb": request.param,
        "dimse_acse_seconds": 0.3,
        "dimse_idle_seconds": 1.0,
        "dimse_timeout_seconds": 0.5,
        "dimse_max_associations": 4,
        "dimse_max_associations_per_node": 3,
        "dimse_max_object_mb": 1,
    }
    platform.settings = platform.settings.model_copy(update=quick)
    entity = Application(platform, "127.0.0.1", 0)
    entity.start()
    yield entity
    entity.stop(2)


@pytest.fixture
def port(entity: Application) -> int:
    return entity.port


def connect(port: int, contexts: list[tuple[str, list[str]]] | None = None, title: str = TITLE) -> Channel:
    return call(
        ("127.0.0.1", port),
        calling=title,
        called="HOUNSFIELD",
        contexts=contexts or [(CT_IMAGE, [EXPLICIT_LE])],
        limits=LIMITS,
        budget=Budget(1 << 30),
    )


def store(channel: Channel, data: bytes, *, uid: str, sop_class: str = CT_IMAGE) -> commands.Command:
    command = {
        "CommandField": commands.C_STORE_RQ,
        "MessageID": 1,
        "Priority": 0,
        "AffectedSOPClassUID": sop_class,
        "AffectedSOPInstanceUID": uid,
    }
    channel.write_message(1, command, data)
    return channel.read_message(5).command


def still_serves(port: int) -> bool:
    return dcmtk("echoscu", port).returncode == 0


def answer_to(port: int, data: bytes) -> bytes:
    """Return everything that comes back to some bytes until the connection ends."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(data)
        found = b""
        while part := sock.recv(4096):
            found += part
        return found


@pytest.mark.parametrize(
    "nonsense",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        bytes(6),
        b"\x01\x00\x00\x00\x00\x00",
        b"\x01\x00\x00\x00\x00\x44" + bytes(68),
        b"\x04\x00\x00\x00\x00\x10" + bytes(16),
        b"\x01\x00\xff\xff\xff\xff" + bytes(1000),
        b"\x04\x00\x7f\xff\xff\xff" + bytes(1000),
        random.Random(1).randbytes(10_000),
    ],
    ids=["http", "tls", "zeros", "empty", "no items", "data", "huge", "huge data", "chance"],
)
def test_nonsense_is_ended_at_once(port: int, nonsense: bytes) -> None:
    began = time.monotonic()
    found = answer_to(port, nonsense)
    assert not found or found[0] in (ABORT, REJECT)
    assert time.monotonic() - began < 4
    assert still_serves(port)


def test_silence_is_not_waited_for(port: int) -> None:
    for beginning in (b"", b"\x01", b"\x01\x00\x00\x00\x01\x00half of a request"):
        began = time.monotonic()
        answer_to(port, beginning)
        assert time.monotonic() - began < 3
    assert still_serves(port)


def test_half_an_object_and_then_silence_leaves_nothing(platform: Platform, port: int) -> None:
    channel = connect(port)
    command = {"CommandField": commands.C_STORE_RQ, "MessageID": 1, "AffectedSOPClassUID": CT_IMAGE}
    command |= {"AffectedSOPInstanceUID": "1.2.3", "CommandDataSetType": 0, "Priority": 0}
    encoded = commands.encode(command)
    channel.send(struct.pack(">BBLLBB", 4, 0, len(encoded) + 6, len(encoded) + 2, 1, 3), encoded)
    channel.send(struct.pack(">BBLLBB", 4, 0, 1006, 1002, 1, 0), bytes(1000))
    with pytest.raises(Aborted):
        channel.read_message(5)
    channel.close()
    with platform.db.read() as session:
        assert session.scalar(select(Instance.id)) is None
    assert still_serves(port)


def test_an_object_that_is_too_large_is_refused_and_the_association_goes_on(
    platform: Platform, port: int
) -> None:
    channel = connect(port)
    answer = store(channel, bytes(3 << 20), uid="1.2.3")
    assert answer["Status"] == 0xA700
    good = next(iter(ct_series(slices=1).values()))
    with platform.db.read() as session:
        assert session.scalar(select(Instance.id)) is None
    uid = _uid(good)
    assert store(channel, bytes(data_set_of(good)), uid=uid)["Status"] == 0
    channel.release()
    channel.close()


def _uid(file: bytes) -> str:
    return read_header(file).SOPInstanceUID


def test_what_the_command_says_must_be_what_the_object_says(platform: Platform, port: int) -> None:
    file = next(iter(ct_series(slices=1).values()))
    mr = "1.2.840.10008.5.1.4.1.1.4"
    channel = connect(port, [(CT_IMAGE, [EXPLICIT_LE]), (mr, [EXPLICIT_LE])])
    data = bytes(data_set_of(file))
    assert store(channel, data, uid="1.2.3")["Status"] == 0xA900
    assert store(channel, data, uid=_uid(file), sop_class=mr)["Status"] == 0xA900
    assert store(channel, data[:-100], uid=_uid(file))["Status"] == 0xC000
    assert store(channel, b"not DICOM at all", uid=_uid(file))["Status"] == 0xC000
    channel.release()
    channel.close()
    with platform.db.read() as session:
        assert session.scalar(select(Instance.id)) is None


def test_other_content_under_a_uid_that_is_taken_is_refused(
    platform: Platform, port: int, entity: Application
) -> None:
    file = next(iter(ct_series(slices=1).values()))
    data = bytes(data_set_of(file))
    channel = connect(port)
    assert store(channel, data, uid=_uid(file))["Status"] == 0
    changed = store(channel, data[:-1] + bytes([data[-1] ^ 1]), uid=_uid(file))
    assert changed["Status"] == 0xC001
    assert "stored under this UID" in changed["ErrorComment"]
    channel.close()
    assert entity.settled()
    with platform.db.read() as session:
        assert len(session.scalars(select(Instance.id)).all()) == 1


def test_there_are_only_so_many_associations(port: int) -> None:
    held = [connect(port) for _ in range(3)]
    with pytest.raises(Rejected) as refused:
        connect(port)
    assert (refused.value.source, refused.value.diagnostic) == (3, 2)
    for channel in held:
        channel.release()
        channel.close()
    assert still_serves(port)


def test_who_says_nothing_any_more_is_let_go(port: int) -> None:
    channel = connect(port)
    with pytest.raises(Aborted):
        channel.read_message(5)
    channel.close()


def test_what_may_not_come_within_an_association_ends_it(port: int) -> None:
    for wrong in (
        struct.pack(">BBL", 1, 0, 0),
        struct.pack(">BBLLBB", 4, 0, 6, 2, 99, 3),  # a context that was not accepted
        struct.pack(">BBLLBB", 4, 0, 6, 200, 1, 3),  # a PDV longer than its PDU
        struct.pack(">BBLLBB", 4, 0, 6, 2, 1, 3),  # an empty command
        struct.pack(">BBLLBB", 4, 0, 6, 2, 1, 2),  # a data set without a command
        struct.pack(">BBL", 4, 0, 1 << 24) + bytes(1 << 20),
    ):
        channel = connect(port)
        channel.send(wrong)
        with pytest.raises(AssociationEnded):
            channel.read_message(5)
        channel.close()
    assert still_serves(port)


def test_a_question_that_cannot_be_read_is_answered(port: int) -> None:
    channel = connect(port, [(STUDY_ROOT_FIND, [EXPLICIT_LE])])
    command = {"CommandField": commands.C_FIND_RQ, "MessageID": 7, "AffectedSOPClassUID": STUDY_ROOT_FIND}
    for data in (b"nonsense" * 20, b"", random.Random(2).randbytes(5000)):
        channel.write_message(1, {**command, "Priority": 0}, data)
        answer = channel.read_message(5).command
        assert (answer["Status"], answer["MessageIDBeingRespondedTo"]) == (0xA900, 7)
    channel.write_message(1, {**command, "CommandField": 0x0150})
    assert channel.read_message(5).command["Status"] == 0x0211
    channel.release()
    channel.close()


def test_a_request_with_every_context_is_answered(port: int) -> None:
    uids = [f"1.2.840.10008.5.1.4.1.1.{number}" for number in range(1, 128)]
    channel = connect(
        port, [(uid, [EXPLICIT_LE, f"{uid}.99"]) for uid in uids] + [(VERIFICATION, [EXPLICIT_LE])]
    )
    assert any(context[0] == VERIFICATION for context in channel.peer.contexts.values())
    channel.release()
    channel.close()


@pytest.mark.slow
def test_a_thousand_mutated_objects(
    platform: Platform, port: int, entity: Application, shared_data: Path
) -> None:
    """Every one is stored as it came or refused with a status; what is stored is whole."""
    chance = random.Random(20261127)
    sources = [next(iter(ct_series(slices=1, rows=16).values()))]
    sources += [path.read_bytes() for path in sorted((shared_data / "dicom-objects").rglob("*.dcm"))[:3]]
    channel, taken = None, 0
    for _ in range(MUTATED):
        data = bytearray(data_set_of(chance.choice(sources)))
        for _ in range(chance.choice((1, 1, 2, 8, 64))):
            kind, at = chance.random(), chance.randrange(min(len(data), 4000))
            if kind < 0.7:
                data[at] = chance.randrange(256)
            elif kind < 0.85:
                del data[at : at + chance.randrange(1, 64)]
            else:
                data[at:at] = chance.randbytes(chance.randrange(1, 32))
        if channel is None:
            channel = connect(port)
        try:
            status = store(channel, bytes(data), uid=_uid_or(bytes(data)))["Status"]
        except AssociationEnded:
            pytest.fail("the association ended over an object")
        taken += status == 0
        assert status in (0, 0xA900, 0xC000, 0xC001, 0xA700)
    assert channel is not None
    channel.release()
    channel.close()
    assert entity.settled()
    with platform.db.read() as session:
        rows = session.execute(select(Instance.sha256, Instance.size)).all()
    assert 0 < len(rows) <= taken
    for sha256, size in rows:
        assert platform.blobs.path(sha256).stat().st_size == size
    assert still_serves(port)


def _uid_or(data: bytes) -> str:
    at = data.find(b"\x08\x00\x18\x00UI")
    if at < 0:
        return "1.2.3"
    length = int.from_bytes(data[at + 6 : at + 8], "little")
    return data[at + 8 : at + 8 + min(length, 64)].decode("ascii", "replace").strip("\0 ") or "1.2.3"
