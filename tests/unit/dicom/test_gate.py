import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.factories import dicom as factory

from hounsfield.dicom import writer
from hounsfield.dicom.gate import Verdict, check_series
from hounsfield.dicom.header import read_header
from hounsfield.dicom.volume import Volume


def judge(**defects) -> Verdict:
    return check_series(
        [read_header(data) for data in factory.ct_series(rows=8, columns=8, **defects).values()]
    )


def test_a_whole_series_is_a_volume_in_any_order():
    headers = [read_header(data) for data in factory.ct_series(rows=8, columns=10).values()]
    ordered = tuple(header.SOPInstanceUID for header in headers)
    random.Random(3).shuffle(headers)
    verdict = check_series(headers)
    assert verdict.ok
    assert verdict.ordered == ordered
    assert verdict.spacing == (1.5, 1.5, 2.5)
    assert verdict.size == (10, 8, 12)
    assert verdict.origin == (-24.0, -24.0, -100.0)
    assert verdict.orientation == (1, 0, 0, 0, 1, 0)
    assert (verdict.excluded, verdict.warnings) == ((), ())


def test_real_series_are_volumes(shared_data):
    headers = [
        read_header(path.read_bytes()) for path in (shared_data / "dicom-objects/ct-3slice").glob("*.dcm")
    ]
    verdict = check_series(headers)
    assert verdict.ok
    assert verdict.spacing == pytest.approx((0.810547, 0.810547, 1.0))


@given(
    st.tuples(*[st.floats(-3, 3)] * 3),
    st.floats(0.3, 5).map(lambda mm: round(mm, 3)),
    st.tuples(*[st.floats(-400, 400)] * 3),
    st.randoms(use_true_random=False),
)
@settings(max_examples=30, deadline=None)
def test_any_rotated_volume_passes_and_is_sorted_along_its_normal(angles, step, origin, dice):
    direction = np.eye(3)
    for axis, angle in enumerate(angles):
        turn = np.eye(3)
        a, b = [i for i in range(3) if i != axis]
        turn[a, a] = turn[b, b] = np.cos(angle)
        turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
        direction = turn @ direction
    volume = Volume(np.zeros((6, 4, 4), np.int16), origin, (0.7, 0.7, step), direction)
    headers = [read_header(writer.encode(ds)) for ds in writer.datasets(volume, seed="turned")]
    ordered = tuple(header.SOPInstanceUID for header in headers)
    dice.shuffle(headers)
    verdict = check_series(headers)
    assert verdict.ok, verdict
    assert verdict.ordered == ordered
    assert verdict.spacing == pytest.approx((0.7, 0.7, step), abs=1e-5)


def test_missing_slices_are_numbered_and_located():
    verdict = judge(slices=20, missing=[4, 5, 6, 11])
    assert (verdict.ok, verdict.code) == (False, "SLICES_MISSING")
    assert verdict.params["count"] == 4
    title, detail = verdict.explain("en")
    assert title == "Slices are missing"
    assert "slices 5–7 between z = -92.5 mm and -82.5 mm; slice 12 between z = -75 mm and -70 mm" in detail
    assert "第 5–7 层（位于 z = -92.5 mm 与 -82.5 mm 之间）；第 12 层" in verdict.explain("zh-CN")[1]


def test_missing_slices_count_from_the_first_where_instance_numbers_do_not_help():
    changed = {index: {"InstanceNumber": 100 + 2 * index} for index in range(12)}
    (gap,) = judge(missing=[3, 4], changed=changed).params["gaps"]
    assert (gap["first"], gap["last"], gap["count"]) == (4, 5, 2)


@given(st.sets(st.integers(1, 28), min_size=1, max_size=8))
@settings(max_examples=30, deadline=None)
def test_any_missing_inner_slices_are_found(missing):
    verdict = _cached_series(missing)
    assert verdict.code == "SLICES_MISSING"
    found = {n for gap in verdict.params["gaps"] for n in range(gap["first"] - 1, gap["last"])}
    assert found == missing
    assert verdict.params["count"] == len(missing)


_THIRTY = [read_header(data) for data in factory.ct_series(slices=30, rows=4, columns=4).values()]


def _cached_series(missing) -> Verdict:
    return check_series(header for index, header in enumerate(_THIRTY) if index not in missing)


@pytest.mark.parametrize(
    ("defects", "code", "params"),
    [
        ({"repeated": [3]}, "DUPLICATE_POSITIONS", {"count": 1, "axis": "z", "positions": [-92.5]}),
        ({"phases": 2}, "MULTIPLE_ACQUISITIONS", {"count": 2, "keyword": "AcquisitionNumber"}),
        (
            {"phases": 3, "missing": [4]},
            "MULTIPLE_ACQUISITIONS",
            {"count": 3, "keyword": "AcquisitionNumber"},
        ),
        ({"shifted": {5: 0.8}}, "UNEVEN_SPACING", {"smallest": 1.7, "largest": 3.3}),
        ({"shifted": {i: i * i * 0.03 for i in range(12)}}, "UNEVEN_SPACING", {}),
        ({"tilt": 15.0}, "GANTRY_TILT", {"degrees": 15.0}),
        ({"sideways": {4: 6.0}}, "SLICES_SHIFTED", {"shift": 6.0}),
        (
            {"changed": {4: {"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]}}},
            "MIXED_ORIENTATION",
            {"instance": 5},
        ),
        (
            {"changed": {4: {"PixelSpacing": [1.6, 1.6]}}},
            "MIXED_PIXEL_SPACING",
            {"smallest": 1.5, "largest": 1.6},
        ),
        ({"changed": {4: {"Rows": 4}}}, "MIXED_MATRIX", {"sizes": ["8 × 8", "8 × 4"]}),
        ({"changed": {4: {"FrameOfReferenceUID": "1.2.3"}}}, "MIXED_FRAME_OF_REFERENCE", {}),
        ({"slices": 2}, "TOO_FEW_SLICES", {"count": 2, "minimum": 3}),
        ({"slices": 1}, "TOO_FEW_SLICES", {"count": 1}),
        ({"slices": 2, "changed": {1: {"ImagePositionPatient": [-24, -24, -100]}}}, "TOO_FEW_SLICES", {}),
        (
            {"without": ["ImagePositionPatient"]},
            "MISSING_GEOMETRY",
            {"keywords": ["ImagePositionPatient"], "count": 12},
        ),
        ({"without": ["PixelSpacing", "Rows"]}, "MISSING_GEOMETRY", {"keywords": ["Rows", "PixelSpacing"]}),
        ({"without": ["RescaleSlope"]}, "MISSING_RESCALE", {"count": 12, "total": 12}),
        ({"without": ["PixelData"]}, "NO_PIXEL_DATA", {"count": 12}),
        ({"attributes": {"Modality": "MR"}}, "NOT_CT", {"modality": "MR", "storage_class": "CT Image"}),
        (
            {"attributes": {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}},
            "LOCALIZER_ONLY",
            {"count": 12},
        ),
        ({"attributes": {"ImageType": ["DERIVED", "SECONDARY", "REFORMATTED"]}}, "DERIVED_IMAGES", {}),
        ({"attributes": {"ImageType": ["DERIVED", "PRIMARY", "MIP"]}}, "DERIVED_IMAGES", {}),
        (
            {"changed": {2: {"PixelSpacing": [0, 1]}}},
            "IMPOSSIBLE_GEOMETRY",
            {"keyword": "PixelSpacing", "instance": 3},
        ),
        (
            {"changed": {2: {"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}}},
            "IMPOSSIBLE_GEOMETRY",
            {"instance": 3},
        ),
        ({"changed": {2: {"ImagePositionPatient": [0, 0, 1e9]}}}, "IMPOSSIBLE_GEOMETRY", {}),
        ({"changed": {2: {"Rows": 0}}}, "IMPOSSIBLE_GEOMETRY", {"keyword": "Rows"}),
        ({"changed": {2: {"BitsAllocated": 8}}}, "UNSUPPORTED_PIXELS", {"count": 1, "total": 12}),
        ({"changed": {2: {"PhotometricInterpretation": "MONOCHROME1"}}}, "UNSUPPORTED_PIXELS", {"count": 1}),
    ],
    ids=str,
)
def test_a_defect_is_refused_with_its_reason(defects, code, params):
    verdict = judge(**defects)
    assert (verdict.ok, verdict.code) == (False, code)
    assert {name: verdict.params[name] for name in params} == params
    for language in ("en", "zh-CN"):
        title, detail = verdict.explain(language)
        assert "{" not in title + detail


def test_phases_that_are_interleaved_are_told_apart():
    changed = {}
    for index in range(24):
        changed[index] = {"AcquisitionNumber": 1 + index % 2}
    shifted = dict.fromkeys(range(1, 24, 2), 0.6)
    verdict = judge(slices=24, changed=changed, shifted=shifted)
    assert (verdict.code, verdict.params["count"]) == ("MULTIPLE_ACQUISITIONS", 2)


def test_two_acquisitions_one_above_the_other_are_one_volume():
    changed = {index: {"AcquisitionNumber": 1 + index // 6} for index in range(12)}
    assert judge(changed=changed).ok
    assert judge(changed=changed, missing=[6]).code == "SLICES_MISSING"


def test_an_uneven_series_is_not_taken_for_two_acquisitions():
    changed = {index: {"AcquisitionNumber": 1 + index % 2} for index in range(12)}
    assert judge(changed=changed, shifted={5: 0.8}).code == "UNEVEN_SPACING"


def test_small_deviations_must_not_add_up():
    shifted = {index: 0.05 * min(index, 40 - index) for index in range(40)}  # 2 % of a gap each
    assert judge(slices=40, shifted=shifted).code == "UNEVEN_SPACING"


def test_a_single_shifted_end_is_no_tilt():
    assert judge(sideways={11: 6.0}).code == "SLICES_SHIFTED"


@pytest.mark.parametrize(
    ("uid", "code"),
    [
        ("1.2.840.10008.5.1.4.1.1.7", "SECONDARY_CAPTURE"),
        ("1.2.840.10008.5.1.4.1.1.7.3", "SECONDARY_CAPTURE"),
        ("1.2.840.10008.5.1.4.1.1.2.1", "ENHANCED_MULTIFRAME"),
        ("1.2.840.10008.5.1.4.1.1.4", "NOT_CT"),
        ("1.2.840.10008.5.1.4.1.1.88.67", "NOT_CT"),
    ],
)
def test_other_objects_are_refused_by_their_storage_class(uid, code):
    made = factory.ct_datasets(slices=4, rows=4, columns=4)
    for ds in made:
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = uid
    assert check_series(read_header(writer.encode(ds)) for ds in made).code == code


@pytest.mark.parametrize(
    "uid", ["1.2.840.10008.1.2.2", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.100", "1.2.3"]
)
def test_encodings_without_a_volume_decoder_are_refused(uid):
    verdict = check_series(_with_syntax(uid))
    assert verdict.code == "UNSUPPORTED_TRANSFER_SYNTAX"


def test_lossy_compression_is_remarked():
    verdict = check_series(_with_syntax("1.2.840.10008.1.2.4.81"))
    assert verdict.ok
    assert [finding.code for finding in verdict.warnings] == ["LOSSY_COMPRESSION"]


def _with_syntax(uid: str):
    return [replace(header, TransferSyntaxUID=uid) for header in _THIRTY]


def test_localizers_and_derived_images_in_a_good_series_are_left_out():
    verdict = judge(localizers=2, changed={11: {"ImageType": ["DERIVED", "SECONDARY", "MIP"]}})
    assert verdict.ok
    assert verdict.size == (8, 8, 11)
    assert [excluded.code for excluded in verdict.excluded] == [
        "DERIVED_IMAGES",
        "LOCALIZER_ONLY",
        "LOCALIZER_ONLY",
    ]
    assert [(finding.code, finding.params["count"]) for finding in verdict.warnings] == [
        ("DERIVED_IMAGES_EXCLUDED", 1),
        ("LOCALIZER_ONLY_EXCLUDED", 2),
    ]


def test_an_instance_given_twice_counts_once():
    verdict = check_series([*_THIRTY, _THIRTY[4]])
    assert verdict.ok
    assert [finding.code for finding in verdict.warnings] == ["DUPLICATE_INSTANCE_EXCLUDED"]


@pytest.mark.parametrize(
    ("defects", "code"),
    [
        ({"attributes": {"SliceThickness": "1.25"}}, "SLICES_APART"),
        ({"changed": {index: {"InstanceNumber": 2 * index} for index in range(12)}}, "SLICES_THINNED"),
        ({"attributes": {"GantryDetectorTilt": "12"}}, "TILT_CORRECTED"),
        ({"attributes": {"ImageType": ["DERIVED", "PRIMARY", "AXIAL"]}}, "DERIVED_SLICES"),
        ({"attributes": {"LossyImageCompression": "01"}}, "LOSSY_COMPRESSION"),
    ],
)
def test_what_does_not_prevent_computing_is_remarked(defects, code):
    verdict = judge(**defects)
    assert verdict.ok
    assert [finding.code for finding in verdict.warnings] == [code]


@pytest.mark.parametrize("rounding", [2, 3])
def test_positions_rounded_by_the_device_are_even(rounding):
    changed = {
        index: {"ImagePositionPatient": [-24, -24, round(-100 + index * 0.625, rounding)]}
        for index in range(40)
    }
    assert judge(slices=40, spacing=(1.5, 1.5, 0.625), changed=changed).ok


def test_an_empty_series_is_refused():
    assert check_series([]).code == "EMPTY_SERIES"


def test_fewer_slices_can_be_asked_for():
    headers = [read_header(data) for data in factory.ct_series(slices=5, rows=4, columns=4).values()]
    assert check_series(headers, min_slices=6).code == "TOO_FEW_SLICES"
