"""Socket.IO packets against python-socketio's own codec, and against anything at all."""

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from socketio.packet import ACK, CONNECT, DISCONNECT, EVENT, Packet

from uvicorn_engineio.frames import FrameReader, ProtocolError
from uvicorn_engineio.packets import decode, encode
from uvicorn_engineio.tests.raw import client_frame

fuzz = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.text() | st.binary(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
events = st.text(min_size=1).filter(lambda name: name not in {"connect", "disconnect"})
namespaces = st.sampled_from(["/", "/admin", "/a/b"])
ids = st.none() | st.integers(0, 10**15 - 1)


def messages_of(frames: bytes) -> list[str | bytes]:
    """Return the payloads of server frames, read by turning them into client frames."""
    out: list[str | bytes] = []
    while frames:
        length, start = frames[1], 2
        if length >= 126:
            start = 4 if length == 126 else 10
            length = int.from_bytes(frames[2:start], "big")
        payload = frames[start : start + length]
        reader = FrameReader(1_000_000)
        reader.feed(client_frame(payload, frames[0] & 0x0F))
        assert reader.next_message() == (frames[0] & 0x0F, payload)
        out.append(payload.decode() if frames[0] & 0x0F == 1 else payload)
        frames = frames[start + length :]
    return out


@fuzz
@given(st.sampled_from([EVENT, ACK]), events, st.lists(values, max_size=3), namespaces, ids)
def test_python_socketio_reads_what_we_write(
    kind: int, name: str, args: list[Any], namespace: str, ack_id: int | None
) -> None:
    head, *attachments = messages_of(encode(kind, namespace, [name, *args], ack_id))
    packet = Packet(encoded_packet=head[1:])
    for attachment in attachments:
        packet.add_attachment(attachment)
    assert head[0] == "4"
    assert packet.data == [name, *args]
    assert (packet.namespace or "/", packet.id) == (namespace, ack_id)
    assert packet.packet_type == (kind + 3 if attachments else kind)


@fuzz
@given(events, st.lists(values, max_size=3), namespaces, ids)
def test_we_read_what_python_socketio_writes(
    name: str, args: list[Any], namespace: str, ack_id: int | None
) -> None:
    encoded = Packet(EVENT, [name, *args], namespace, ack_id).encode()
    head, *attachments = encoded if isinstance(encoded, list) else [encoded]
    if len(attachments) > 10:
        return
    packet = decode(head)
    assert packet.missing == len(attachments)
    for number, attachment in enumerate(attachments, 1):
        assert packet.attach(attachment) == (number == len(attachments))
    assert (packet.kind, packet.namespace, packet.data, packet.ack_id) == (
        EVENT,
        namespace,
        [name, *args],
        ack_id,
    )


@fuzz
@given(st.one_of(st.text(), st.from_regex(r"[0-6][0-9]{0,3}-?(/[a-z]*,)?[0-9]*[\[{].{0,20}", fullmatch=True)))
def test_any_text_is_a_valid_packet_or_a_violation(text: str) -> None:
    try:
        packet = decode(text)
    except ProtocolError:
        return
    assert packet.kind in {CONNECT, DISCONNECT, EVENT, ACK}
    if not packet.missing and packet.kind == EVENT:
        assert isinstance(packet.data[0], str)


def test_query_of_a_namespace_is_dropped() -> None:
    assert decode('0/admin?token=x,{"a":1}').namespace == "/admin"


def test_keys_may_be_numbers_and_other_objects_are_an_error() -> None:
    assert messages_of(encode(EVENT, "/", ["e", {1: (2, 3)}])) == ['42["e",{"1":[2,3]}]']
    with pytest.raises(orjson.JSONEncodeError):
        encode(EVENT, "/", ["e", object()])
