"""The frame reader against any bytes, cut anywhere."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.frames import Frame
from websockets.frames import Opcode as WebsocketsOpcode
from websockets.streams import StreamReader

from uvicorn_engineio.frames import FrameReader, Opcode, ProtocolError, frame, mask
from uvicorn_engineio.tests.raw import client_frame

LIMIT = 70_000
fuzz = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
payloads = st.one_of(st.binary(max_size=200), st.integers(126, 66_000).map(lambda size: b"p" * size))


def read(chunks: list[bytes], limit: int = LIMIT) -> list[tuple[int, bytes]]:
    reader, messages = FrameReader(limit), []
    for chunk in chunks:
        reader.feed(chunk)
        while message := reader.next_message():
            messages.append(message)
    return messages


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@st.composite
def conversations(draw: st.DrawFn) -> tuple[bytes, list[tuple[int, bytes]]]:
    """Return valid client bytes, control frames between fragments included, and the messages in them."""
    data, messages = b"", []
    for _ in range(draw(st.integers(1, 4))):
        opcode, parts = draw(st.sampled_from([1, 2])), draw(st.lists(payloads, min_size=1, max_size=4))
        whole = b"".join(parts)[:LIMIT]
        parts = [p for p in cut(whole, [len(p) for p in parts]) if p] or [b""]
        for index, part in enumerate(parts):
            if draw(st.booleans()):
                ping = draw(st.binary(max_size=125))
                data += client_frame(ping, 9)
                messages.append((9, ping))
            data += client_frame(part, 0 if index else opcode, fin=index == len(parts) - 1)
        messages.append((opcode, whole))
    return data, messages


@fuzz
@given(conversations(), st.lists(st.integers(0, 1 << 20), max_size=8))
def test_reads_what_was_sent_however_it_arrives(
    conversation: tuple[bytes, list[tuple[int, bytes]]], places: list[int]
) -> None:
    data, messages = conversation
    assert read(cut(data, places)) == messages


@fuzz
@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_any_bytes_give_messages_or_a_protocol_error(data: bytes, places: list[int]) -> None:
    def outcome(chunks: list[bytes]) -> object:
        try:
            return read(chunks)
        except ProtocolError as error:
            return error.code, error.reason

    assert outcome(cut(data, places)) == outcome([data])


@fuzz
@given(st.integers(0, 3), st.integers(1, 40))
def test_never_yields_more_than_the_limit(over: int, limit: int) -> None:
    assert read([client_frame(b"x" * limit)], limit) == [(1, b"x" * limit)]
    parts = client_frame(b"x" * limit, fin=False) + client_frame(b"x" * (over + 1), 0)
    for data in (client_frame(b"x" * (limit + over + 1)), parts):
        with pytest.raises(ProtocolError) as error:
            read([data], limit)
        assert error.value.code == 1009


@fuzz
@given(payloads, st.binary(min_size=4, max_size=4))
def test_mask_is_the_xor_of_the_standard(payload: bytes, key: bytes) -> None:
    assert mask(payload, key) == bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))


@fuzz
@given(payloads, st.sampled_from([Opcode.TEXT, Opcode.BINARY]))
def test_another_implementation_reads_our_frames(payload: bytes, opcode: Opcode) -> None:
    stream = StreamReader()
    stream.feed_data(frame(opcode, payload))
    parser = Frame.parse(stream.read_exact, mask=False)
    with pytest.raises(StopIteration) as end:
        next(parser)
    assert end.value.value == Frame(WebsocketsOpcode(opcode), payload)
