"""Segmentations of every kind become the same label volumes, on the slices of the series they belong to."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import ExplicitVRLittleEndian
from tests.factories.dicom import ct_datasets
from tests.factories.overlays import AUTHOR, COMPRESSED, IMPLICIT, segmentation

from hounsfield.dicom import content
from hounsfield.dicom.errors import InvalidObject
from hounsfield.dicom.grids import Grid, grid_of
from hounsfield.dicom.header import read_header
from hounsfield.dicom.label_volumes import LabelVolumes, label_volumes
from hounsfield.dicom.segmentation import SegmentWish, write_segmentation
from hounsfield.dicom.segmentations import Segmentation, describe
from hounsfield.dicom.writer import encode

IMAGES = ct_datasets(slices=6, rows=16, columns=24)
HEADERS = [read_header(encode(image)) for image in IMAGES]
GRID, _ = grid_of(HEADERS)


def read(data: bytes, target: Grid | None = GRID) -> tuple[Segmentation, LabelVolumes]:
    with content.reading():
        ds = content.parsed(data)
        described = describe(ds)
        return described, label_volumes(ds, described, target)


def blocks() -> np.ndarray:
    """Return the label map of two blocks that do not touch."""
    labels = np.zeros(GRID.shape, np.uint8)
    labels[1:3, 2:9, 3:20] = 1
    labels[3:6, 10:15, 0:24] = 2
    return labels


@pytest.mark.parametrize(
    ("kind", "syntax"),
    [
        ("BINARY", ExplicitVRLittleEndian),
        ("BINARY", IMPLICIT),
        ("FRACTIONAL", ExplicitVRLittleEndian),
        ("FRACTIONAL", COMPRESSED),
        ("LABELMAP", ExplicitVRLittleEndian),
        ("LABELMAP", COMPRESSED),
    ],
)
def test_every_kind_and_encoding_gives_the_same_volume(kind: str, syntax: str) -> None:
    described, found = read(segmentation(IMAGES, blocks(), kind, syntax=syntax))
    assert described.kind == kind
    assert found.aligned
    assert len(found.layers) == 1
    assert found.layers[0].dtype == np.uint8
    np.testing.assert_array_equal(found.layers[0], blocks())
    assert found.voxels == {1: 2 * 7 * 17, 2: 3 * 5 * 24}


def test_frames_whose_bits_share_bytes_are_told_apart() -> None:
    images = ct_datasets(slices=5, rows=7, columns=9)
    grid, _ = grid_of([read_header(encode(image)) for image in images])
    labels = (np.random.default_rng(3).random(grid.shape) < 0.4).astype(np.uint8)
    np.testing.assert_array_equal(read(segmentation(images, labels), grid)[1].layers[0], labels)


def test_segments_that_overlap_lie_in_layers() -> None:
    masks = np.zeros((*GRID.shape, 4), np.uint8)
    masks[1:4, 2:9, 2:9, 0] = 1
    masks[2:5, 4:12, 4:12, 1] = 1
    masks[0:1, 0:3, 0:3, 2] = 1
    masks[2:3, 5:6, 5:6, 3] = 1
    _, found = read(segmentation(IMAGES, masks))
    assert found.layer_of == {1: 0, 2: 1, 3: 0, 4: 2}
    for number in range(1, 5):
        layer = found.layers[found.layer_of[number]]
        np.testing.assert_array_equal(layer == number, masks[..., number - 1] == 1)


def test_a_fraction_of_half_or_more_belongs_to_the_segment() -> None:
    shares = np.zeros((*GRID.shape, 1), np.float32)
    shares[2, 4, 4:8, 0] = (0.2, 0.49, 0.51, 1.0)
    _, found = read(segmentation(IMAGES, shares, "FRACTIONAL"))
    assert found.layers[0][2, 4, 4:8].tolist() == [0, 0, 1, 1]


def test_a_part_of_the_slices_and_of_the_rows_is_put_where_it_belongs() -> None:
    part = ct_datasets(slices=6, rows=16, columns=24)[2:5]
    for image in part:
        image.Rows, image.Columns = 8, 12
        x, y, z = (float(value) for value in image.ImagePositionPatient)
        image.ImagePositionPatient = [x + 6 * 1.5, y + 4 * 1.5, z]
        image.PixelData = image.PixelData[: 8 * 12 * 2]
    _, found = read(segmentation(part, np.ones((3, 8, 12), np.uint8)))
    expected = np.zeros(GRID.shape, np.uint8)
    expected[2:5, 4:12, 6:18] = 1
    np.testing.assert_array_equal(found.layers[0], expected)
    assert found.aligned


def test_a_finer_segmentation_is_looked_up_voxel_by_voxel() -> None:
    fine = ct_datasets(slices=12, rows=32, columns=48, spacing=(0.75, 0.75, 1.25))
    labels = np.zeros((12, 32, 48), np.uint8)
    labels[4:8, 8:20, 12:40] = 1
    _, found = read(segmentation(fine, labels))
    assert found.layers[0].shape == GRID.shape
    expected = np.zeros(GRID.shape, bool)
    expected[2:4, 4:10, 6:20] = True
    np.testing.assert_array_equal(found.layers[0] == 1, expected)


def test_without_its_series_a_segmentation_lies_on_its_own_grid() -> None:
    _, found = read(segmentation(IMAGES, blocks()), None)
    assert found.grid.size == (24, 16, 5)
    np.testing.assert_array_equal(found.layers[0], blocks()[1:])


def test_a_volume_that_is_written_comes_back(tmp_path: Path) -> None:
    wishes = [
        SegmentWish(1, "肝", "#E6194B", "liver"),
        SegmentWish(2, "bone", "#00C8FF", "bone", "ct_surface", "1.0"),
    ]
    written = write_segmentation(blocks(), wishes, HEADERS[::-1], AUTHOR, seed="round trip")
    described, found = read(encode(written))
    np.testing.assert_array_equal(found.layers[0], blocks())
    first, second = described.segments
    assert (first.label, first.algorithm_type, first.type and first.type.value) == (
        "肝",
        "MANUAL",
        "10200004",
    )
    assert (second.algorithm_type, second.algorithm_name) == ("AUTOMATIC", "ct_surface")
    for segment, wish in zip(described.segments, wishes, strict=True):
        there = [int(segment.color[at : at + 2], 16) for at in (1, 3, 5)]
        here = [int(wish.color[at : at + 2], 16) for at in (1, 3, 5)]
        assert np.abs(np.subtract(there, here)).max() <= 1


def test_many_segments_are_written_as_the_library_would_but_without_an_object_for_each_frame() -> None:
    images = ct_datasets(slices=6, rows=3, columns=7)  # frames that are no whole bytes
    headers = [read_header(encode(image)) for image in images]
    labels = np.zeros((6, 3, 7), np.uint8)
    labels[1:] = np.random.default_rng(1).integers(0, 30, (5, 3, 7))
    labels[labels == 7] = 0  # described, and nowhere
    wishes = [SegmentWish(value, f"{value}", "#FF0000") for value in range(1, 30)]
    written = write_segmentation(labels, wishes, headers, AUTHOR, seed="many")
    encoded = encode(written)
    assert written.get_item("PerFrameFunctionalGroupsSequence").is_raw
    _, found = read(encoded, grid_of(headers)[0])
    np.testing.assert_array_equal(found.layers[0], labels)
    ours = dcmread(BytesIO(encoded))
    theirs = segmentation(images, labels, "BINARY")
    peer = dcmread(BytesIO(theirs))
    np.testing.assert_array_equal(ours.pixel_array, peer.pixel_array)  # the padding may differ
    assert ours.NumberOfFrames == peer.NumberOfFrames
    assert "DimensionOrganizationType" not in ours
    for own, other in zip(
        ours.PerFrameFunctionalGroupsSequence, peer.PerFrameFunctionalGroupsSequence, strict=True
    ):
        assert own == other


@pytest.mark.parametrize(
    ("labels", "detail"),
    [(np.zeros(GRID.shape, np.uint8), "no voxel"), (np.ones((2, 16, 24), np.uint8), "(2, 16, 24)")],
)
def test_a_volume_that_does_not_fit_is_not_written(labels: np.ndarray, detail: str) -> None:
    with pytest.raises(InvalidObject) as refused:
        write_segmentation(labels, [SegmentWish(1, "a", "#FF0000")], HEADERS, AUTHOR, seed="x")
    assert refused.value.code == "SEGMENTATION_UNFIT"
    assert detail in str(refused.value)


def test_real_ones_are_read(shared_data: Path) -> None:
    folder = shared_data / "dicom-objects"
    described, found = read((folder / "liver.dcm").read_bytes(), None)
    assert [(segment.label, segment.color) for segment in described.segments] == [("Liver", "#DD8265")]
    assert (found.grid.size, found.voxels) == ((512, 512, 3), {1: 107098})
    described, found = read((folder / "sr-example" / "seg.dcm").read_bytes(), None)
    assert (found.grid.size, found.voxels) == ((128, 128, 13), {1: 795})
