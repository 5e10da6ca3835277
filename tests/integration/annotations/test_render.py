"""Pictures for clients that cannot draw volumes: the right voxels, the right way up, in their true shape."""

import io
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from tests.factories.dicom import ct_datasets
from tests.factories.studies import archived, zipped
from tests.integration.annotations.conftest import Ct

from hounsfield.dicom.writer import encode

Headers = dict[str, str]
WINDOW = "window=0,2000"


def pixels(answer: Any) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def volume(ct: Ct) -> np.ndarray:
    """Return the values, (slices, rows, columns): slices from the feet up, rows to the back, columns to the left."""
    return np.stack([np.frombuffer(ds.PixelData, "<i2").reshape(32, 32) for ds in ct.datasets])


def gray(values: np.ndarray) -> np.ndarray:
    return np.clip((values + 1000.0) * (255 / 2000) + 0.5, 0, 255).astype(np.uint8)


@pytest.fixture
def path(ct: Ct) -> str:
    return f"/api/v1/series/{ct.series_uid}/render"


def test_an_axial_slice_is_the_slice(client: TestClient, ct: Ct, as_owner: Headers, path: str) -> None:
    answer = client.get(f"{path}?plane=axial&index=7&{WINDOW}", headers=as_owner)
    np.testing.assert_array_equal(pixels(answer), gray(volume(ct)[7]))
    told = {
        name: answer.headers[f"x-hounsfield-{name}"] for name in ("index", "count", "orientation", "window")
    }
    assert told == {"index": "7", "count": "12", "orientation": "R,L,A,P", "window": "0,2000"}
    assert answer.headers["content-type"] == "image/png"
    middle = client.get(f"{path}?plane=axial", headers=as_owner)
    assert middle.headers["x-hounsfield-index"] == "6"
    assert middle.headers["x-hounsfield-window"] == "40,400"


@pytest.mark.parametrize(("mode", "combine"), [("mip", np.max), ("minip", np.min), ("mean", np.mean)])
def test_a_slab_is_a_projection(
    client: TestClient, ct: Ct, as_owner: Headers, path: str, mode: str, combine: Any
) -> None:
    # 10 mm are four slices of 2.5 mm
    answer = client.get(f"{path}?plane=axial&index=5&slab=10&mode={mode}&{WINDOW}", headers=as_owner)
    expected = gray(combine(volume(ct)[4:8], axis=0))
    assert np.abs(pixels(answer).astype(int) - expected).max() <= 1


def test_reformatted_planes_stand_upright_in_their_true_shape(
    client: TestClient, ct: Ct, as_owner: Headers, path: str
) -> None:
    values = volume(ct)
    coronal = client.get(f"{path}?plane=coronal&index=12&{WINDOW}", headers=as_owner)
    assert coronal.headers["x-hounsfield-orientation"] == "R,L,H,F"
    assert coronal.headers["x-hounsfield-count"] == "32"
    picture = pixels(coronal)
    # twelve slices of 2.5 mm are as high as twenty rows of 1.5 mm
    assert picture.shape == (20, 32)
    expected = Image.fromarray(gray(values[::-1, 12, :])).resize((32, 20), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(picture, np.asarray(expected))
    sagittal = client.get(f"{path}?plane=sagittal&index=3&{WINDOW}", headers=as_owner)
    assert sagittal.headers["x-hounsfield-orientation"] == "A,P,H,F"
    expected = Image.fromarray(gray(values[::-1, :, 3])).resize((32, 20), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(pixels(sagittal), np.asarray(expected))


def test_slices_that_run_otherwise_are_shown_the_same_way(
    client: TestClient, as_owner: Headers, run_outbox: Any
) -> None:
    made = ct_datasets(seed="sagittal", rows=16, columns=16, slices=8)
    for index, ds in enumerate(made):
        # columns towards the back, rows towards the feet, slices from right to left
        ds.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
        ds.ImagePositionPatient = [-10 + 2.5 * index, 0, 0]
        values = np.full((16, 16), -1000, "<i2")
        values[0:4, 0:8], values[8:12, 12:16] = 200 + index * 10, 700
        ds.PixelData = values.tobytes()
    archived(client, as_owner, zipped(encode(ds) for ds in made), run_outbox)
    path = f"/api/v1/series/{made[0].SeriesInstanceUID}/render"
    axial = client.get(f"{path}?plane=axial&index=15&{WINDOW}", headers=as_owner)
    # the highest row; front half bright, brighter towards the left of the patient, which is right in the picture
    picture = pixels(axial)
    assert axial.headers["x-hounsfield-orientation"] == "R,L,A,P"
    assert (picture[:7] > 140).all()
    assert (picture[10:] == 0).all()
    assert picture[3, 0] < picture[3, -1]
    sagittal = client.get(f"{path}?plane=sagittal&index=0&{WINDOW}", headers=as_owner)
    np.testing.assert_array_equal(
        pixels(sagittal), gray(np.frombuffer(made[0].PixelData, "<i2").reshape(16, 16))
    )


@pytest.mark.parametrize(("form", "media"), [("jpeg", "image/jpeg"), ("webp", "image/webp")])
def test_other_formats_and_sizes(
    client: TestClient, ct: Ct, as_owner: Headers, path: str, form: str, media: str
) -> None:
    answer = client.get(f"{path}?plane=coronal&format={form}&size=16&{WINDOW}", headers=as_owner)
    assert answer.headers["content-type"] == media
    assert pixels(answer).shape[:2] == (10, 16)
    assert answer.headers["x-hounsfield-spacing"] == "3,3"


def test_images_that_are_no_volume_are_shown_one_by_one(
    client: TestClient, as_owner: Headers, run_outbox: Any
) -> None:
    made = ct_datasets(seed="plain", slices=3, without=("ImagePositionPatient", "ImageOrientationPatient"))
    archived(client, as_owner, zipped(encode(ds) for ds in made), run_outbox)
    path = f"/api/v1/series/{made[0].SeriesInstanceUID}/render"
    answer = client.get(f"{path}?index=1&{WINDOW}&invert=true", headers=as_owner)
    assert (answer.headers["x-hounsfield-count"], answer.headers["x-hounsfield-orientation"]) == ("3", ",,,")
    np.testing.assert_array_equal(
        pixels(answer), 255 - gray(np.frombuffer(made[1].PixelData, "<i2").reshape(32, 32))
    )
    refused = client.get(f"{path}?plane=coronal", headers=as_owner)
    assert (refused.status_code, refused.json()["code"]) == (422, "SEGMENTATION_UNFIT")


def test_nonsense_is_refused_and_strangers_see_nothing(
    client: TestClient, ct: Ct, as_owner: Headers, as_stranger: Headers, path: str
) -> None:
    for query, code in (
        ("plane=axial&index=12", "NO_SUCH_SLICE"),
        ("index=12", "NO_SUCH_SLICE"),
        ("window=1", "INVALID_WINDOW"),
        ("window=nan,nan", "INVALID_WINDOW"),
        ("window=40,0", "INVALID_WINDOW"),
        ("plane=oblique", "VALIDATION_FAILED"),
        ("slab=NaN", "VALIDATION_FAILED"),
        ("size=1000000", "VALIDATION_FAILED"),
    ):
        answer = client.get(f"{path}?{query}", headers=as_owner)
        assert (answer.status_code, answer.json()["code"]) == (422, code), query
    assert client.get(path, headers=as_stranger).status_code == 404
    assert client.get("/api/v1/series/1.2.3/render", headers=as_owner).status_code == 404
