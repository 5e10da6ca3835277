import struct
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.factories import dicom as factory
from tests.factories.dicom import RawMember, raw_zip

from hounsfield.dicom.archive import Archive, Limits, inspect
from hounsfield.dicom.errors import ArchiveRefused


@pytest.fixture(scope="module")
def series() -> dict[str, bytes]:
    return factory.ct_series(slices=4)


@pytest.fixture
def put(tmp_path: Path):
    def write(data: bytes) -> Path:
        path = tmp_path / "upload"
        path.write_bytes(data)
        return path

    return write


def refusal(path: Path, limits: Limits | None = None) -> ArchiveRefused:
    with pytest.raises(ArchiveRefused) as caught:
        inspect(path, limits)
    return caught.value


def test_a_good_archive_yields_its_files_byte_for_byte(put, series):
    path = put(factory.zip_of(series))
    report = inspect(path)
    assert report.first_image.PatientID == "P-1001"
    assert report.total_bytes == sum(map(len, series.values()))
    with Archive(path) as archive:
        assert {member.name: archive.read(member) for member in archive.candidates} == series


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_stored_and_deflated_members_read_alike(put, series, method):
    with Archive(put(factory.zip_of(series, method=method))) as archive:
        assert [archive.read(member) for member in archive.candidates] == list(series.values())


def test_threads_share_an_archive(put, series):
    with Archive(put(factory.zip_of(series))) as archive, ThreadPoolExecutor(4) as pool:
        read = list(pool.map(archive.read, archive.candidates * 25))
    assert read == list(series.values()) * 25


def test_zip64_streamed_and_prefixed_archives_are_read(put, series):
    one = series["IM0001.dcm"]
    streamed = raw_zip([RawMember(b"a.dcm", one, descriptor=True), RawMember(b"b.dcm", one, descriptor=True)])
    assert len(inspect(put(streamed)).candidates) == 2
    assert len(inspect(put(raw_zip([RawMember(b"a.dcm", one)], prefix=b"self-extractor"))).candidates) == 1
    assert (
        len(inspect(put(raw_zip([RawMember(b"a.dcm", one)], comment=b"PK\5\6 not the end" * 9))).candidates)
        == 1
    )


@pytest.mark.parametrize("wide_from", [1_000, 6_000])
def test_a_writer_that_goes_wide_at_two_gigabytes_is_read(put, series, monkeypatch, wide_from):
    # Python's own does: a zip64 end record beside an ordinary one that still holds the truth
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", wide_from)
    content = factory.zip_of(series, method=zipfile.ZIP_STORED)
    assert b"PK\6\6" in content
    with Archive(put(content)) as archive:
        assert {member.name: archive.read(member) for member in archive.candidates} == series


@pytest.mark.parametrize("at", [8, 10, 12, 16], ids=["count here", "count", "size", "offset"])
def test_an_end_record_that_contradicts_its_zip64_one_is_refused(put, series, monkeypatch, at):
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1_000)
    content = bytearray(factory.zip_of(series, method=zipfile.ZIP_STORED))
    content[content.rindex(b"PK\5\6") + at] ^= 1
    assert refusal(put(bytes(content))).code == "ZIP_CORRUPT"


def test_zip64_sizes_and_end_record_are_read(tmp_path, series):
    path = tmp_path / "zip64.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in series.items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(data)
    whole = path.read_bytes()
    at = whole.rindex(b"PK\5\6")
    _, _, _, _, count, size, offset, _ = struct.unpack("<4s4H2LH", whole[at:])
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, at, 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(whole[:at] + record + locator + end)
    with Archive(path) as archive:
        assert {member.name: archive.read(member) for member in archive.candidates} == series


def test_what_is_no_candidate_is_listed_with_its_reason(put, series):
    files = {
        "DICOM/": b"",
        "DICOMDIR": b"x",
        "__MACOSX/._IM1": b"x",
        "a/.DS_Store": b"x",
        "old.zip": b"x",
        "viewer.exe": b"x",
        "IM0001": series["IM0001.dcm"],
    }
    report = inspect(put(factory.zip_of(files)))
    assert [member.name for member in report.candidates] == ["IM0001"]
    assert [(skipped.name, skipped.reason) for skipped in report.skipped] == [
        ("DICOM/", "directory"),
        ("DICOMDIR", "dicomdir"),
        ("__MACOSX/._IM1", "system_file"),
        ("a/.DS_Store", "system_file"),
        ("old.zip", "nested_archive"),
        ("viewer.exe", "not_dicom"),
    ]


@pytest.mark.parametrize(
    ("raw", "flags", "shown"),
    [
        ("检查/胸部.dcm".encode(), 0x800, "检查/胸部.dcm"),
        ("检查/胸部.dcm".encode(), 0, "检查/胸部.dcm"),
        ("检查/胸部.dcm".encode("gb18030"), 0, "检查/胸部.dcm"),
        ("étude.dcm".encode("cp437"), 0, "étude.dcm"),
        ("a\u202egnp.dcm".encode(), 0x800, "a\ufffdgnp.dcm"),
    ],
)
def test_names_are_decoded_for_display(put, series, raw, flags, shown):
    path = put(raw_zip([RawMember(raw, series["IM0001.dcm"], flags=flags)]))
    assert inspect(path).candidates[0].name == shown


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b"hello, world", "unknown"),
        (b"Rar!\x1a\x07\x01\x00" + bytes(50), "rar"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(50), "7z"),
        (b"\x1f\x8b\x08" + bytes(50), "gzip"),
        (b"%PDF-1.7" + bytes(50), "pdf"),
        (bytes(128) + b"DICM" + bytes(50), "dicom"),
    ],
)
def test_what_is_no_zip_is_named(put, data, kind):
    error = refusal(put(data))
    assert (error.code, error.params) == ("NOT_A_ZIP", {"kind": kind})


def test_every_truncation_is_refused(put, series):
    whole = factory.zip_of({"a.dcm": series["IM0001.dcm"]})
    for keep in range(4, len(whole), 7):
        assert refusal(put(whole[:keep])).code == "ZIP_TRUNCATED"


def test_a_missing_start_is_refused(put, series):
    assert refusal(put(factory.zip_of(series)[100:])).code == "ZIP_TRUNCATED"


@pytest.mark.parametrize(
    "name",
    [
        "../x.dcm",
        "a/../../x.dcm",
        "/etc/passwd",
        "C:\\x.dcm",
        "c:x.dcm",
        "\\\\host\\x",
        "..\\..\\x.dcm",
        "a\0.dcm",
    ],
)
def test_names_that_lead_out_are_refused(put, name):
    assert refusal(put(factory.zip_slip(name))).code == "ZIP_UNSAFE_NAME"


def test_a_gbk_name_with_a_backslash_byte_is_no_path(put, series):
    raw = "誠.dcm".encode("gb18030")
    assert b"\\" in raw
    assert inspect(put(raw_zip([RawMember(raw, series["IM0001.dcm"])]))).candidates


def test_encrypted_members_are_refused(put, series):
    error = refusal(put(factory.zip_encrypted(series)))
    assert (error.code, error.params["count"]) == ("ZIP_ENCRYPTED", 4)


def test_bombs_are_refused_by_ratio_count_total_and_member(put, series):
    bomb = put(factory.zip_bomb(4 << 20))
    assert refusal(bomb, Limits(ratio_from_bytes=1 << 20)).code == "ZIP_BOMB"
    assert refusal(bomb, Limits(total_bytes=1 << 20)).code == "ZIP_TOO_LARGE"
    assert refusal(bomb, Limits(member_bytes=1 << 20)).code == "ZIP_MEMBER_TOO_LARGE"
    assert refusal(put(factory.zip_of(series)), Limits(members=3)).code == "ZIP_TOO_MANY_MEMBERS"


def test_a_bomb_of_many_small_members_is_refused(put):
    members = [RawMember(b"%d.dcm" % number, bytes(1 << 20)) for number in range(4)]
    assert refusal(put(raw_zip(members)), Limits(ratio_from_bytes=2 << 20)).code == "ZIP_BOMB"


@pytest.mark.parametrize("claimed", [0, 1, 100, 5000, 99_999, 100_001, 200_000])
def test_a_member_that_lies_about_its_size_is_refused_when_read(put, claimed):
    with (
        Archive(put(factory.zip_lying(bytes(100_000), claimed))) as archive,
        pytest.raises(ArchiveRefused) as caught,
    ):
        archive.read(archive.candidates[0])
    assert caught.value.code == "ZIP_CORRUPT"


def test_packed_data_that_go_on_after_their_end_are_refused_when_read(put):
    path = put(raw_zip([RawMember(b"a.dcm", b"data", trailing=b"more")]))
    with Archive(path) as archive, pytest.raises(ArchiveRefused, match="ZIP_CORRUPT"):
        archive.read(archive.candidates[0])


def test_a_wrong_checksum_is_refused_when_read(put):
    path = put(raw_zip([RawMember(b"a.dcm", b"data", crc=1)]))
    with Archive(path) as archive, pytest.raises(ArchiveRefused, match="ZIP_CORRUPT"):
        archive.read(archive.candidates[0])


@pytest.mark.parametrize(
    "lie",
    [
        RawMember(b"a.dcm", b"data" * 99, local_name=b"b.dcm"),
        RawMember(b"a.dcm", b"data" * 99, local_name=b"longer.dcm"),
        RawMember(b"a.dcm", b"data" * 99, local_size=7),
        RawMember(b"a.dcm", b"data" * 99, header_offset=3),
        RawMember(b"a.dcm", b"data" * 99, header_offset=1 << 31),
    ],
)
def test_local_headers_that_contradict_the_directory_are_refused(put, lie):
    assert refusal(put(raw_zip([lie]))).code == "ZIP_CORRUPT"


def test_overlapping_members_are_refused(put):
    assert refusal(put(factory.zip_overlapping(b"data" * 99))).code == "ZIP_OVERLAP"


def test_unusual_compression_is_refused_and_named(put):
    error = refusal(put(raw_zip([RawMember(b"a.dcm", b"data", method=12)])))
    assert (error.code, error.params) == ("ZIP_METHOD", {"name": "a.dcm", "method": 12})


def test_archives_without_an_image_are_refused(put, series):
    error = refusal(put(factory.zip_nested(series)))
    assert (error.code, error.params) == ("NO_DICOM_IMAGE", {"count": 1, "nested": 1})
    assert refusal(put(factory.zip_of({"a": b"text", "b": b"more"}))).code == "NO_DICOM_IMAGE"
    assert refusal(put(raw_zip([]))).code == "ZIP_EMPTY"


def test_archives_with_only_broken_images_say_what_is_wrong(put, series):
    error = refusal(put(factory.zip_of({"a.dcm": series["IM0001.dcm"][:-100]})))
    assert (error.code, error.params) == (
        "NO_READABLE_IMAGE",
        {"name": "a.dcm", "reason": "INSTANCE_TRUNCATED"},
    )
    assert "cut off" in error.detail("en")
    assert "不完整" in error.detail("zh-CN")


def test_one_good_image_among_broken_ones_is_enough(put, series):
    files = {"a.dcm": series["IM0001.dcm"][:-100], "b.dcm": series["IM0002.dcm"]}
    assert inspect(put(factory.zip_of(files))).first_image.InstanceNumber == 2


def test_a_part_of_a_split_archive_is_refused(put):
    whole = bytearray(raw_zip([RawMember(b"a.dcm", b"data")]))
    whole[-18] = 2  # number of this disk
    assert refusal(put(bytes(whole))).code == "ZIP_MULTIPART"
    assert refusal(put(b"PK\7\x08" + bytes(99))).code == "ZIP_MULTIPART"


def test_a_closed_archive_lets_go_of_the_file(put, series):
    archive = Archive(put(factory.zip_of(series)))
    archive.close()
    archive.close()
    with pytest.raises(OSError):
        archive.read(archive.candidates[0])
