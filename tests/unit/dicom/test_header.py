from dataclasses import fields
from io import BytesIO
from typing import Any

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from tests.factories import dicom as factory

from hounsfield.dicom import writer
from hounsfield.dicom.attributes import FIELDS, InstanceHeader
from hounsfield.dicom.errors import DicomError, InvalidInstance
from hounsfield.dicom.header import looks_like_dicom, read_header
from hounsfield.dicom.quiet import quiet_pydicom


def by_pydicom(ds: Dataset, keyword: str, vr: str) -> Any:
    """Return the value that pydicom sees, in the form of `InstanceHeader`."""
    value = ds.get(keyword)
    several = isinstance(value, pydicom.multival.MultiValue)
    if value is None or value == "" or (several and not value):
        return None
    if keyword in ("ImageType", "SpecificCharacterSet"):
        return tuple(str(part).strip() for part in (value if several else [value]))
    if vr == "DS":
        numbers = tuple(float(number) for number in (value if several else [value]))
        if keyword in ("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient"):
            return numbers
        return numbers[0]
    if vr in ("DA", "TM"):
        return str(value).replace("." if vr == "DA" else ":", "").strip()
    if vr in ("IS", "US"):
        return int(value) if str(value).lstrip("-").isdecimal() else None
    return ("\\".join(map(str, value)) if several else str(value)).strip() or None


def differences(data: bytes, header: InstanceHeader) -> set[str]:
    with quiet_pydicom():
        ds = pydicom.dcmread(BytesIO(data), stop_before_pixels=True, force=True)
        meta = ds.file_meta
        ds.SOPClassUID = ds.get("SOPClassUID") or meta.MediaStorageSOPClassUID
        ds.SOPInstanceUID = ds.get("SOPInstanceUID") or meta.MediaStorageSOPInstanceUID
        return {
            keyword
            for keyword, vr, _ in FIELDS.values()
            if getattr(header, keyword) != by_pydicom(ds, keyword, vr)
        }


def test_it_reads_what_pydicom_reads(corpus):
    found, unreadable, read = set(), set(), 0
    for name, data in corpus:
        try:
            header = read_header(data)
        except DicomError:
            continue
        read += 1
        found |= {(name, keyword) for keyword in differences(data, header)}
        unreadable |= {(name, keyword) for keyword in header.unreadable}
    assert found == set()
    assert unreadable == {("badVR.dcm", "NumberOfFrames")}
    assert read > 150


_CHARSETS = {
    None: "Ascii^Name",
    "ISO_IR 100": "Müller^Jürgen",
    "ISO_IR 144": "Люкceмбypг",
    "ISO_IR 192": "Wang^XiaoDong=王^小东=Ωβ",
    "GB18030": "Wang^XiaoDong=王^小东",
    "GBK": "張^誠",
    "\\ISO 2022 IR 87": "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "\\ISO 2022 IR 149": "Hong^Gildong=洪^吉洞=홍^길동",
    "ISO_IR 13\\ISO 2022 IR 87": "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎",
}


@pytest.mark.parametrize("charset", _CHARSETS)
def test_names_are_decoded_by_their_character_set(charset):
    (ds,) = factory.ct_datasets(1, 4, 4)
    if charset is None:
        del ds.SpecificCharacterSet
    else:
        ds.SpecificCharacterSet = charset.split("\\")
    ds.PatientName = _CHARSETS[charset]
    assert read_header(writer.encode(ds)).PatientName == _CHARSETS[charset]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("王^小东".encode("gb18030"), "王^小东"),
        ("王^小东".encode(), "王^小东"),
        ("Müller".encode("latin-1"), "Müller"),
    ],
)
@pytest.mark.parametrize("charset", [None, "", "NO SUCH SET"])
def test_names_without_a_declared_character_set_are_not_lost(raw, name, charset):
    (ds,) = factory.ct_datasets(1, 4, 4, attributes={"PatientName": "X" * len(raw)})
    data = writer.encode(ds).replace(b"ISO_IR 192", (charset or "").encode().ljust(10)[:10])
    assert read_header(data.replace(b"X" * len(raw), raw)).PatientName == name


_TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\\\0", exclude_categories=["C", "Z"]), max_size=16
)
_DECIMAL = st.decimals(-9999, 9999, places=4).map(str)
_VALUES = {
    "LO": _TEXT,
    "SH": _TEXT,
    "PN": _TEXT.map(lambda text: text.replace("=", "").replace("^", "")),
    "CS": st.from_regex(r"[A-Z0-9_]{1,16}", fullmatch=True),
    "DA": st.dates().map(lambda day: day.strftime("%Y%m%d") if day.year > 999 else ""),
    "TM": st.times().map(lambda time: time.strftime("%H%M%S")),
    "AS": st.just("042Y"),
    "UI": st.from_regex(r"[1-9]{1,9}(\.[1-9][0-9]{0,8}){1,5}", fullmatch=True),
    "IS": st.integers(-(2**31), 2**31 - 1),
    "US": st.integers(0, 0xFFFF),
    "DS": _DECIMAL,
}
_COUNTS = {"ImagePositionPatient": 3, "ImageOrientationPatient": 6, "PixelSpacing": 2}
_FREE = [
    (keyword, vr)
    for keyword, vr, _ in FIELDS.values()
    if keyword
    not in ("SpecificCharacterSet", "SOPClassUID", "SOPInstanceUID", "Rows", "Columns", "NumberOfFrames")
    and keyword not in ("StudyInstanceUID", "SeriesInstanceUID", "PixelPaddingValue", "BitsAllocated")
    and keyword not in ("PhotometricInterpretation", "SamplesPerPixel")
]


@st.composite
def instances(draw) -> Dataset:
    """Make instances with any subset of the attributes, and sequences between them."""
    (ds,) = factory.ct_datasets(1, 4, 4)
    for keyword, vr in draw(st.lists(st.sampled_from(_FREE), unique=True)):
        count = _COUNTS.get(keyword)
        one = _VALUES[vr]
        setattr(ds, keyword, draw(one if count is None else st.lists(one, min_size=count, max_size=count)))
    ds.ReferencedStudySequence = _sequence(draw, 3)
    ds.add_new(0x00091001, "UN", draw(st.binary(max_size=9).filter(lambda raw: len(raw) % 2 == 0)))
    return ds


def _sequence(draw, depth: int) -> Sequence:
    items = []
    for _ in range(draw(st.integers(0, 2))):
        item = Dataset()
        item.PatientName = "another^patient"
        item.Rows = 7
        item.is_undefined_length_sequence_item = draw(st.booleans())
        if depth:
            item.ReferencedSeriesSequence = _sequence(draw, depth - 1)
        items.append(item)
    sequence = Sequence(items)
    sequence.is_undefined_length = draw(st.booleans())
    return sequence


@given(instances(), st.sampled_from([ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian]))
@settings(max_examples=100, deadline=None)
def test_any_written_instance_is_read_as_pydicom_reads_it(ds, syntax):
    ds.file_meta.TransferSyntaxUID = syntax
    buffer = BytesIO()
    with quiet_pydicom():
        pydicom.dcmwrite(buffer, ds, implicit_vr=syntax.is_implicit_VR, little_endian=syntax.is_little_endian)
    header = read_header(buffer.getvalue())
    assert header.TransferSyntaxUID == syntax
    assert header.pixel_bytes == 32
    assert differences(buffer.getvalue(), header) == set()


def test_every_attribute_is_in_the_table_with_the_vr_of_the_standard():
    keywords = {field.name for field in fields(InstanceHeader)}
    assert keywords - {keyword for keyword, _, _ in FIELDS.values()} == {
        "TransferSyntaxUID",
        "part10",
        "pixel_bytes",
        "unreadable",
    }
    for tag, (keyword, vr, _) in FIELDS.items():
        assert pydicom.datadict.tag_for_keyword(keyword) == ((tag & 0xFFFF) << 16) | tag >> 16
        assert vr in dictionary_VR(keyword)


@pytest.mark.parametrize(
    ("keyword", "vr", "value"),
    [
        ("Rows", "DS", "32"),
        ("SliceThickness", "FD", 2.5),
        ("InstanceNumber", "US", 3),
        ("ImagePositionPatient", "LO", "left\\right\\up"),
        ("ImagePositionPatient", "LO", "1\\2"),
        ("PixelSpacing", "LO", "nan\\1"),
        ("PixelSpacing", "LO", "1e300\\1"),
        ("PixelSpacing", "LO", "1_0\\1"),
        ("StudyDate", "LO", "20261332"),
        ("StudyTime", "LO", "2561"),
        ("Modality", "LO", "X" * 70),
        ("PatientName", "LT", "X" * 1000),
    ],
)
def test_a_value_that_its_vr_does_not_allow_is_none_and_named(keyword, vr, value):
    (ds,) = factory.ct_datasets(1, 4, 4)
    with quiet_pydicom():
        ds[keyword] = pydicom.DataElement(
            pydicom.datadict.tag_for_keyword(keyword), vr, value, validation_mode=pydicom.config.IGNORE
        )
        header = read_header(writer.encode(ds))
    assert getattr(header, keyword) is None
    assert header.unreadable == (keyword,)


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID"])
def test_an_instance_without_identity_is_refused(keyword):
    (ds,) = factory.ct_datasets(1, 4, 4)
    (whole,) = factory.series_of([ds])
    uid = ds[keyword].value.encode()
    with pytest.raises(InvalidInstance) as caught:
        read_header(whole.replace(uid, b"x" * len(uid)))
    assert (caught.value.code, caught.value.params) == ("INVALID_UID", {"keyword": keyword})
    setattr(ds, keyword, "")
    with pytest.raises(InvalidInstance) as caught:
        read_header(writer.encode(ds))
    assert (caught.value.code, caught.value.params) == ("MISSING_UID", {"keyword": keyword})


def test_uids_emptied_by_an_anonymizer_are_taken_from_the_file_meta():
    (ds,) = factory.ct_datasets(1, 4, 4)
    whole = writer.encode(ds)
    uid = ds.SOPInstanceUID.encode()
    at = whole.rindex(uid)
    assert (
        read_header(whole[:at] + bytes(len(uid)) + whole[at + len(uid) :]).SOPInstanceUID == ds.SOPInstanceUID
    )


def test_pixel_data_must_hold_the_image():
    (ds,) = factory.ct_datasets(1, 4, 4)
    ds.PixelData = bytes(30)
    with pytest.raises(InvalidInstance) as caught:
        read_header(writer.encode(ds))
    assert (caught.value.code, caught.value.params) == ("PIXEL_DATA_SHORT", {"expected": 32, "found": 30})


def test_padding_is_signed_where_pixels_are():
    (ds,) = factory.ct_datasets(1, 4, 4)
    ds.add_new("PixelPaddingValue", "SS", -2000)
    assert read_header(writer.encode(ds)).PixelPaddingValue == -2000
    ds.PixelRepresentation = 0
    assert read_header(writer.encode(ds)).PixelPaddingValue == 0x10000 - 2000


def test_a_data_set_without_preamble_is_read_and_said_to_be_none():
    (ds,) = factory.ct_datasets(1, 4, 4)
    whole = writer.encode(ds)
    bare = whole[whole.index(b"\x08\x00\x05\x00CS") :]
    header = read_header(bare)
    assert not header.part10
    assert header.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert header.PatientName == "Hounsfield^Godfrey"
    assert read_header(whole).part10


def test_an_explicit_data_set_that_claims_to_be_implicit_is_read():
    (ds,) = factory.ct_datasets(1, 4, 4)
    # long enough for the first wrong length to lie inside the file
    data = writer.encode(ds).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0\0\0", 1) + bytes(8 << 20)
    assert read_header(data).PatientName == "Hounsfield^Godfrey"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (bytes(128) + b"DICM", True),
        (b"\x08\x00\x05\x00CS\x0a\x00", True),
        (b"\x08\x00\x05\x00\x0a\x00\x00\x00", True),
        (b"\x00\x08\x00\x05CS\x00\x0a", True),
        (b"\x08\x00\x05\x00\x0a\x00\xff\x00", False),
        (b"PK\3\4", False),
        (b"", False),
        (b"\x08\x00", False),
    ],
)
def test_dicom_is_told_by_its_first_bytes(head, expected):
    assert looks_like_dicom(head) is expected


def test_a_transfer_syntax_that_is_no_uid_is_refused():
    (whole,) = factory.series_of(factory.ct_datasets(1, 4, 4))
    syntax = pydicom.uid.ExplicitVRLittleEndian.encode()
    with pytest.raises(InvalidInstance) as caught:  # a database could not even hold it
        read_header(whole.replace(syntax, syntax[:10] + b"\0" + syntax[11:], 1))
    assert (caught.value.code, caught.value.params) == ("INVALID_UID", {"keyword": "TransferSyntaxUID"})
