"""Whatever bytes come in, either a result or a DicomError comes out."""

import random
import zlib

import pytest
from tests.factories import dicom as factory

from hounsfield.dicom import fallback, header
from hounsfield.dicom.archive import Archive, Limits, inspect
from hounsfield.dicom.errors import DicomError, InvalidInstance
from hounsfield.dicom.header import InstanceHeader, read_header
from hounsfield.kit import i18n

_INTERESTING = (
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\xfe\xff\xdd\xe0",
    b"SQ",
    b"UN",
    b"",
)


def mutate(data: bytes, dice: random.Random, within: int) -> bytes:
    """Change a few places: a flipped byte, a telling value, a cut, a doubled or a lost stretch."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(max(1, min(within, len(changed))))
        match dice.randrange(5):
            case 0:
                changed[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                telling = dice.choice(_INTERESTING)
                changed[at : at + len(telling)] = telling
            case 2:
                del changed[at : at + dice.randint(1, 40)]
            case 3:
                changed[at:at] = changed[at : at + dice.randint(1, 40)]
            case _:
                if dice.random() < 0.2:
                    del changed[at:]
    return bytes(changed)


def judge(data: bytes) -> str:
    try:
        read = read_header(data)
    except DicomError as error:
        return error.code
    return "OK" if isinstance(read, InstanceHeader) else "something else"


def test_every_file_of_the_corpus_is_read_or_refused(corpus):
    outcomes = {judge(data) for _, data in corpus}
    assert all(map(i18n.knows, outcomes))
    assert {"OK", "NOT_DICOM", "IS_DICOMDIR", "MISSING_UID", "INSTANCE_TRUNCATED"} <= outcomes


def test_mutated_headers_are_read_or_refused(corpus):
    dice = random.Random(20260102)
    small = [data for _, data in corpus if 132 < len(data) < 60_000 and data[128:132] == b"DICM"]
    outcomes = [judge(mutate(dice.choice(small), dice, 2500)) for _ in range(3000)]
    assert all(map(i18n.knows, outcomes))
    assert len(set(outcomes)) >= 6
    assert outcomes.count("OK") > 300


def test_mutated_headers_of_our_own_series_are_read_or_refused():
    dice = random.Random(7)
    (data,) = factory.ct_series(slices=1, rows=4, columns=4).values()
    outcomes = {judge(mutate(data, dice, len(data))) for _ in range(2500)}
    assert all(map(i18n.knows, outcomes))
    assert {"OK", "INSTANCE_TRUNCATED", "MISSING_UID", "INVALID_UID"} <= outcomes


def test_every_truncation_of_an_instance_is_refused():
    (data,) = factory.ct_series(slices=1, rows=4, columns=4).values()
    for keep in range(len(data)):
        assert judge(data[:keep]) != "OK" or read_header(data[:keep]).pixel_bytes is None


def test_mutated_archives_are_read_or_refused(tmp_path):
    dice = random.Random(11)
    files = {
        f"{number}.dcm": data for number, data in enumerate(factory.series_of(factory.ct_datasets(3, 4, 4)))
    }
    whole = [factory.zip_of(files), factory.zip_of({**files, "检查/a.zip": b"x", "b/": b""}, method=0)]
    path = tmp_path / "mutated.zip"
    outcomes = []
    for _ in range(800):
        data = dice.choice(whole)
        mutated = mutate(data, dice, len(data)) if dice.random() < 0.5 else _mutate_end(data, dice)
        path.write_bytes(mutated)
        outcomes.append(_take_in(path))
    assert all(map(i18n.knows, outcomes))
    assert outcomes.count("OK") > 25
    assert {"ZIP_CORRUPT", "ZIP_TRUNCATED", "ZIP_MULTIPART"} <= set(outcomes)


def _mutate_end(data: bytes, dice: random.Random) -> bytes:
    start = data.index(b"PK\1\2")
    return data[:start] + mutate(data[start:], dice, len(data) - start)


def _take_in(path) -> str:
    limits = Limits(members=100, total_bytes=1 << 24, member_bytes=1 << 22)
    try:
        inspect(path, limits)
        with Archive(path, limits) as archive:
            for member in archive.candidates:
                judge(archive.read(member))
    except DicomError as error:
        return error.code
    return "OK"


def _deep(depth: int, explicit: bool) -> bytes:
    start = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff" if explicit else b"\x08\x00\x40\x11\xff\xff\xff\xff"
    return (start + b"\xfe\xff\x00\xe0\xff\xff\xff\xff") * depth


def _part10(dataset: bytes, syntax: bytes = b"1.2.840.10008.1.2.1\0") -> bytes:
    meta = b"\x02\x00\x10\x00UI" + len(syntax).to_bytes(2, "little") + syntax
    return bytes(128) + b"DICM" + meta + dataset


@pytest.mark.parametrize(
    ("dataset", "code"),
    [
        (_deep(5000, explicit=True), "NESTED_TOO_DEEP"),
        (b"\x09\x00\x01\x00LO\x00\x00" * 300_000, "TOO_MANY_ELEMENTS"),
        (
            b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\0\0\0\0" * 2_500_000,
            "TOO_MANY_ELEMENTS",
        ),
        (b"\x08\x00\x05\x00CS\xff\x7f", "INSTANCE_TRUNCATED"),
        (b"\x08\x00\x05\x00CS\x00\x00\x08\x00\x08", "INSTANCE_TRUNCATED"),
        (b"\xe0\x7f\x10\x00OW\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\0\0\0\0", "INSTANCE_TRUNCATED"),
    ],
)
def test_headers_made_to_exhaust_are_refused(dataset, code):
    with pytest.raises(InvalidInstance) as caught:
        read_header(_part10(dataset))
    assert caught.value.code == code


def test_a_deflated_data_set_is_inflated_within_a_limit(monkeypatch):
    monkeypatch.setattr(header, "_MAX_INFLATED", 1 << 16)
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = stream.compress(bytes(1 << 20)) + stream.flush()
    with pytest.raises(InvalidInstance, match="TOO_LARGE_INFLATED"):
        read_header(_part10(packed, b"1.2.840.10008.1.2.1.99"))


def test_pydicom_is_never_asked_to_inflate(monkeypatch):
    # it has no limit; without a preamble the file does not come by our own inflating
    monkeypatch.setattr(fallback, "dcmread", lambda *_, **__: pytest.fail("pydicom was asked"))
    assert judge(_part10(b"\x03\x00", b"1.2.840.10008.1.2.1.99")[132:]) == "UNREADABLE_DICOM"


def test_the_slow_path_is_bounded_too(monkeypatch):
    # pydicom takes microseconds per element of 8 bytes: it must not be given all of a large file
    given = []

    def dcmread(stream, **options):
        given.append(len(stream.getbuffer()))
        raise EOFError

    monkeypatch.setattr(fallback, "dcmread", dcmread)
    assert (
        judge(_part10(b"\x00\x09\x00\x01LO\x00\x00" * 1_000_000, b"1.2.840.10008.1.2.2\0"))
        == "UNREADABLE_DICOM"
    )
    assert given == [4 << 20]
