"""De-identification: nothing that leads to a person is left in the bytes, and what refers still refers."""

import copy
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset, FileDataset, dcmread
from pydicom.datadict import dictionary_VR, keyword_for_tag
from tests.factories.dicom import ct_datasets, ct_series
from tests.servers import missing

from hounsfield.dicom.blanking import Region
from hounsfield.dicom.confidentiality import Option, table
from hounsfield.dicom.deidentify import Profile, deidentify
from hounsfield.dicom.descriptors import cleaned
from hounsfield.dicom.errors import NotDeidentifiable
from hounsfield.dicom.pseudonyms import MAX_SHIFT_DAYS, Pseudonyms, shifted
from hounsfield.dicom.writer import encode

KEY = b"a project's own key, 32 bytes.  "
BASIC = Profile(Pseudonyms(KEY))
USUAL = Profile(
    Pseudonyms(KEY, "LUNG"),
    frozenset({Option.DATES, Option.PATIENT, Option.DESCRIPTORS, Option.CONTENT, Option.DEVICE}),
)
ONE = ct_datasets(slices=1, rows=4)[0]


def clean(ds: FileDataset, profile: Profile = USUAL) -> FileDataset:
    return dcmread(BytesIO(deidentify(encode(ds), profile)))


# texts that nothing else in a file contains by chance
secrets = st.from_regex(r"[A-Z][a-z]{5,9}[QXZ][a-z]{2,4}", fullmatch=True)
numbers = st.from_regex(r"[7-9][0-9]{8,10}", fullmatch=True)
# wherever somebody might write one: the table's texts, others, and inside of items
PLACES = (
    "PatientComments", "SeriesDescription", "StudyDescription", "ImageComments", "ProtocolName", "InstitutionAddress",
    "AcquisitionDeviceProcessingDescription", "ConvolutionKernel", "ManufacturerModelName", "SoftwareVersions",
    "RequestingPhysician", "OperatorsName", "PhysiciansOfRecord", "PatientMotherBirthName", "DerivationDescription",
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    family=secrets,
    given_name=secrets,
    number=numbers,
    accession=numbers,
    places=st.lists(st.sampled_from(PLACES), max_size=6),
    options=st.frozensets(st.sampled_from(sorted(set(Option) - {Option.UIDS, Option.INSTITUTION}))),
    implicit=st.booleans(),
)
def test_nothing_that_identifies_is_left_anywhere_in_the_bytes(
    family: str,
    given_name: str,
    number: str,
    accession: str,
    places: list[str],
    options: frozenset[Option],
    implicit: bool,
) -> None:
    ds = copy.deepcopy(ONE)
    ds.PatientName, ds.PatientID, ds.AccessionNumber = f"{family}^{given_name}", number, accession
    ds.PatientBirthDate, ds.OtherPatientIDs = "19370719", [number, accession]
    for place in places:
        setattr(
            ds,
            place,
            f"{family} {number}"[:16]
            if dictionary_VR(place) == "SH"
            else f"CT {given_name} {family} ({number})",
        )
    item = Dataset()
    item.PatientName, item.PatientID = f"{family}^{given_name}", number
    item.add_new(0x00091001, "LO", family)
    ds.ReferencedPatientSequence, ds.RequestAttributesSequence = [item], [copy.deepcopy(item)]
    ds.add_new(0x00090010, "LO", "SIEMENS MR HEADER")
    ds.add_new(0x00091077, "LO", family)
    ds.add_new(0x60003000, "OW", family.encode().ljust(20, b" "))
    ds.add_new(0x50003000, "OW", family.encode().ljust(20, b" "))
    if implicit:
        ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2"
    ds.file_meta.SourceApplicationEntityTitle = family[:16]
    ds.preamble = family.encode().ljust(128, b"\0")
    uids = [ds.SOPInstanceUID, ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID]
    data = encode(ds)
    assert all(word.encode() in data for word in (family, number, *uids))

    out = deidentify(data, Profile(Pseudonyms(KEY), options))
    for word in (family, given_name, number, accession, "19370719", *uids):
        assert word.encode() not in out, word
    assert deidentify(data, Profile(Pseudonyms(KEY), options)) == out


def test_names_in_chinese_are_found_in_texts_too() -> None:
    ds = copy.deepcopy(ONE)
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName = "Wang^Fang=王^芳芳"
    ds.SeriesDescription = "胸部平扫 王芳芳"
    ds.ManufacturerModelName = "王芳芳's scanner"
    out = deidentify(encode(ds), USUAL)
    assert "芳芳".encode() not in out
    assert dcmread(BytesIO(out)).SeriesDescription == "胸部 平扫"


def test_the_same_person_gets_the_same_alias_and_shift_within_a_project_and_another_elsewhere() -> None:
    first, second = clean(ONE), clean(ct_datasets(slices=1, rows=4, seed="another study")[0])
    assert first.PatientID == second.PatientID == str(first.PatientName)
    assert first.PatientID.startswith("LUNG-")
    assert first.StudyDate == second.StudyDate != ONE.StudyDate
    assert first.StudyInstanceUID != second.StudyInstanceUID
    elsewhere = clean(ONE, Profile(Pseudonyms(KEY[::-1], "LUNG"), USUAL.options))
    assert elsewhere.PatientID != first.PatientID
    assert elsewhere.SOPInstanceUID != first.SOPInstanceUID


def test_references_between_objects_hold() -> None:
    made = ct_datasets(slices=3, rows=4)
    derived = copy.deepcopy(made[0])
    derived.SOPInstanceUID = "1.2.3.4.5.6.7.8.9"
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = (
        made[1].SOPClassUID,
        made[1].SOPInstanceUID,
    )
    series = Dataset()
    series.SeriesInstanceUID, series.ReferencedInstanceSequence = made[0].SeriesInstanceUID, [reference]
    derived.ReferencedSeriesSequence, derived.SourceImageSequence = [series], [copy.deepcopy(reference)]

    images, out = [clean(ds) for ds in made], clean(derived)
    assert {ds.SeriesInstanceUID for ds in images} == {out.ReferencedSeriesSequence[0].SeriesInstanceUID}
    found = out.ReferencedSeriesSequence[0].ReferencedInstanceSequence[0]
    assert found.ReferencedSOPInstanceUID == images[1].SOPInstanceUID
    assert found.ReferencedSOPClassUID == made[1].SOPClassUID
    assert out.SourceImageSequence[0].ReferencedSOPInstanceUID == images[1].SOPInstanceUID
    assert images[0].file_meta.MediaStorageSOPInstanceUID == images[0].SOPInstanceUID


def test_segmentation_and_report_refer_to_the_same_images_as_before(shared_data: Path) -> None:
    folder = shared_data / "dicom-objects"
    before = {path.name: dcmread(path) for path in sorted(folder.rglob("*.dcm"))}
    after = {
        path.name: dcmread(BytesIO(deidentify(path.read_bytes(), USUAL)))
        for path in sorted(folder.rglob("*.dcm"))
    }
    new = {
        str(element.value): USUAL.pseudonyms.uid(str(element.value))
        for ds in before.values()
        for element in ds.iterall()
        if element.keyword.endswith("InstanceUID") and element.VR == "UI"
    }
    for name, ds in before.items():
        told = [str(e.value) for e in ds.iterall() if e.keyword == "ReferencedSOPInstanceUID"]
        tells = [str(e.value) for e in after[name].iterall() if e.keyword == "ReferencedSOPInstanceUID"]
        assert tells == [new[uid] for uid in told], name
    assert any("ContentSequence" in ds and len(ds.ContentSequence) > 1 for ds in after.values())


def test_it_says_what_was_done() -> None:
    out = clean(ONE)
    assert out.PatientIdentityRemoved == "YES"
    assert out.DeidentificationMethod.startswith("Hounsfield")
    codes = {item.CodeValue for item in out.DeidentificationMethodCodeSequence}
    assert codes == {"113100", "113104", "113105", "113107", "113108", "113109"}
    assert out.LongitudinalTemporalInformationModified == "MODIFIED"
    assert clean(ONE, BASIC).LongitudinalTemporalInformationModified == "REMOVED"
    assert clean(ONE, BASIC).StudyDate == ""


def test_options_keep_what_they_name_and_ages_of_the_old_are_capped() -> None:
    ds = copy.deepcopy(ONE)
    ds.PatientAge, ds.PatientWeight, ds.InstitutionName, ds.StationName = "097Y", "70", "St Elsewhere", "CT01"
    out = clean(ds, Profile(Pseudonyms(KEY), frozenset({Option.PATIENT, Option.INSTITUTION, Option.UIDS})))
    assert (out.PatientAge, out.PatientWeight, out.PatientSex) == ("090Y", 70, "M")
    assert (out.InstitutionName, out.SOPInstanceUID) == ("St Elsewhere", ds.SOPInstanceUID)
    assert out.StationName == "REMOVED"
    bare = clean(ds, BASIC)
    assert "PatientAge" not in bare
    assert bare.PatientSex == ""


def test_safe_private_elements_stay_with_their_creator_and_others_do_not() -> None:
    ds = copy.deepcopy(ONE)
    block = ds.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    block.add_new(0x0C, "IS", "800")
    block.add_new(0x55, "LO", "whatever")
    kept = clean(ds, Profile(Pseudonyms(KEY), frozenset({Option.SAFE_PRIVATE})))
    assert (kept[0x0019100C].value, 0x00191055 in kept) == (800, False)
    assert not any(element.tag.is_private for element in clean(ds, BASIC))


def test_an_area_is_blanked_in_every_frame_and_only_then_the_image_counts_as_clean() -> None:
    ds = copy.deepcopy(ct_datasets(slices=1, rows=32)[0])
    ds.BurnedInAnnotation = "YES"
    with pytest.raises(NotDeidentifiable, match="BURNED_IN_ANNOTATION"):
        clean(ds)
    regions = (Region(0, 0, 20, 4, modality="CT"), Region(0, 0, 32, 32, modality="US"))
    out = clean(ds, Profile(Pseudonyms(KEY), frozenset({Option.PIXELS}), regions))
    assert out.BurnedInAnnotation == "NO"
    assert "113101" in {item.CodeValue for item in out.DeidentificationMethodCodeSequence}
    before, after = ds.pixel_array, out.pixel_array
    assert len(np.unique(after[:4, :20])) == 1
    assert len(np.unique(before[:4, :20])) > 1
    assert np.array_equal(before[4:], after[4:])
    assert np.array_equal(before[:4, 20:], after[:4, 20:])


def test_compressed_images_are_decoded_to_be_blanked() -> None:
    ds = copy.deepcopy(ct_datasets(slices=1, rows=32)[0])
    before = ds.pixel_array.copy()
    ds.compress("1.2.840.10008.1.2.5")
    out = clean(ds, Profile(Pseudonyms(KEY), frozenset({Option.PIXELS}), (Region(2, 2, 5, 5),)))
    assert out.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert np.array_equal(before[8:], out.pixel_array[8:])
    untouched = clean(ds, BASIC)
    assert untouched.PixelData == ds.PixelData


def test_a_document_is_refused() -> None:
    ds = copy.deepcopy(ONE)
    ds.EncapsulatedDocument = b"%PDF-1.4 "
    with pytest.raises(NotDeidentifiable, match="ENCAPSULATED_DOCUMENT"):
        clean(ds)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Thorax 1,5 B70f ax", "Thorax 1,5 B70f"),
        ("CT Abdomen Herr Smith 13.04.1971", "CT Abdomen"),
        ("call 555 123 45 67", ""),
        ("LWS sag. nativ Müller", "LWS sag nativ"),
        ("张三 头颅平扫", "头 颅 平扫"),
    ],
)
def test_descriptions_keep_known_words_only(text: str, left: str) -> None:
    assert cleaned(text) == left


@given(st.dates(), st.binary(min_size=8, max_size=8))
def test_a_shift_keeps_distances_and_goes_into_the_past(day: object, identity: bytes) -> None:
    days = Pseudonyms(KEY).days(identity.hex())
    assert -MAX_SHIFT_DAYS <= days <= -30
    moved = shifted(f"{day:%Y%m%d}".rjust(8, "0"), days)
    assert moved is None or len(moved) == 8


@pytest.mark.parametrize(
    ("value", "moved"),
    [
        ("20240301", "20240229"),
        ("20240301101500.123456+0800", "20240229101500.123456+0800"),
        ("2024.03.01", "20240229"),
        ("202403", None),
        ("20241399", None),
        ("", None),
    ],
)
def test_dates_move_by_days(value: str, moved: str | None) -> None:
    assert shifted(value, -1) == moved


def test_the_table_agrees_with_the_dictionary() -> None:
    rules = table()
    assert len(rules) > 600
    assert {rule.basic for rule in rules.values()} == {
        *("D", "Z", "X", "U", "Z/D", "X/Z", "X/D", "X/Z/D", "X/Z/U*")
    }
    for tag, rule in rules.items():
        if keyword_for_tag(tag) and rule.options.get("dates"):
            assert dictionary_VR(tag) in {"DA", "TM", "DT", "SH", "OB"}, hex(tag)


def test_any_file_of_the_corpus_is_cleaned_or_refused_with_a_reason(corpus: list[tuple[str, bytes]]) -> None:
    done, reasons = 0, set()
    for name, data in corpus:
        try:
            out = deidentify(data, USUAL)
        except NotDeidentifiable as refusal:
            reasons.add(refusal.detail("en"))
            continue
        done += 1
        ds = dcmread(BytesIO(out))
        assert ds.PatientIdentityRemoved == "YES", name
        assert ds.PatientID.startswith("LUNG-"), name
    assert done > 100
    assert all(" " in reason for reason in reasons), reasons


def dciodvfy(data: bytes, folder: Path) -> set[str]:
    path = folder / "x.dcm"
    path.write_bytes(data)
    program = Path(sys.executable).parent / "dciodvfy"
    if not program.exists() and shutil.which("dciodvfy") is None:
        missing("dciodvfy is not installed (Debian: dicom3tools)")
    answer = subprocess.run(
        [program if program.exists() else "dciodvfy", path],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    # what it says of a value is not what it says of another
    lines = (line.split(" Element=")[0] for line in (answer.stdout + answer.stderr).splitlines())
    return {line for line in lines if line.startswith("Error")}


@pytest.mark.parametrize("profile", [BASIC, USUAL], ids=["basic", "usual"])
def test_no_new_errors_for_dciodvfy(shared_data: Path, tmp_path: Path, profile: Profile) -> None:
    paths = sorted((shared_data / "dicom-objects").rglob("*.dcm"))
    for data in [*ct_series(slices=1).values(), *(path.read_bytes() for path in paths)]:
        new = dciodvfy(deidentify(data, profile), tmp_path) - dciodvfy(data, tmp_path)
        assert not {line for line in new if "2.25." not in line}
