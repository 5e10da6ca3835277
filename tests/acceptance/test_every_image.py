"""Images of every kind, as the page decodes and shows them, beside the pictures that the platform draws of them."""

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pydicom import FileDataset, dcmread
from tests.acceptance import acts
from tests.acceptance.conftest import watched
from tests.acceptance.people import Person, newcomer
from tests.acceptance.server import Server
from tests.acceptance.test_viewer import image_of, pane
from tests.acceptance.words import Words
from tests.processes import until

from hounsfield.dicom.writer import encode, uid

PACKAGED = Path(pydicom.__file__).parent / "data" / "test_files"
WORDS = Words("en")
UNLIKE = 5.0  # shades of difference on average: scaling makes less
IMAGES = {
    "MR_small_RLE": "grey, run lengths",
    "MR_small_bigendian": "grey, big endian",
    "MR_small_jpeg_ls_lossless": "grey, JPEG-LS",
    "JPEG2000": "grey, JPEG 2000",
    "J2K_pixelrep_mismatch": "another sign in the codestream than in the header",
    "GDCMJ2K_TextGBR": "no modality",
    "examples_palette": "a palette",
    "examples_ybr_color": "a moving picture in JPEG",
    "SC_rgb_small_odd_jpeg": "odd sides",
    "SC_rgb_jpeg_gdcm": "lossless JPEG in colour",
    "SC_jpeg_no_color_transform": "red, green and blue in a lossy JPEG",
    "SC_rgb_rle_16bit": "colours in sixteen bits",
    "SC_rgb_rle_32bit": "colours in thirty-two bits",
    "SC_ybr_full_422_uncompressed": "colours for every second pixel",
    "dicomdirtests/77654033/CR1/6154": "a radiograph",
}


@pytest.fixture(scope="module")
def collector(server: Server) -> Person:
    return newcomer(server.url, stem="collector")


@pytest.fixture(scope="module")
def page(browser: Browser, server: Server, collector: Person) -> Iterator[Page]:
    with watched(browser, server.url, "every-image") as open_context:
        context, _ = open_context("en", viewport={"width": 900, "height": 700})
        collector.enter(context, server.url)
        yield context.new_page()


def stored(person: Person, name: str, **changes: str) -> FileDataset:
    """Send one of the images as a study of its own."""
    path = PACKAGED / name if (PACKAGED / name).exists() else PACKAGED / f"{name}.dcm"
    ds = dcmread(path)
    ds.StudyInstanceUID, ds.SeriesInstanceUID = uid(name, "study", *changes), uid(name, "series", *changes)
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = uid(name, "instance", *changes)
    for keyword, value in changes.items():
        setattr(ds, keyword, value)
    person.store([encode(ds)])
    return ds


@pytest.mark.parametrize("name", IMAGES, ids=IMAGES.values())
def test_it_is_seen_as_it_is_meant(page: Page, collector: Person, name: str) -> None:
    _is_seen(page, collector, stored(collector, name))


def test_pixels_that_are_said_to_have_no_size_are_seen(page: Page, collector: Person) -> None:
    radiograph = "dicomdirtests/77654033/CR1/6154"
    _is_seen(page, collector, stored(collector, radiograph, PixelSpacing="0.000\\0.000"))


def _is_seen(page: Page, collector: Person, ds: FileDataset) -> None:
    page.goto(f"/studies/{ds.StudyInstanceUID}/view")
    expect(pane(page)).to_contain_text(image_of(WORDS, 1, int(ds.get("NumberOfFrames") or 1)))
    drawn = _drawn(collector, ds)
    until(partial(_alike, page, drawn), "the picture that the platform draws", 20)


def _drawn(person: Person, ds: FileDataset) -> Image.Image:
    path = (
        f"/dicomweb/studies/{ds.StudyInstanceUID}/series/{ds.SeriesInstanceUID}/instances/{ds.SOPInstanceUID}"
    )
    answer = person.api.get(
        str(person.api.base_url.copy_with(path=f"{path}/frames/1/rendered")), headers={"Accept": "image/png"}
    )
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content)).convert("RGB")


def _alike(page: Page, drawn: Image.Image) -> bool:
    """Compare the middle of the pane, where no words are, with the picture that fills it."""
    seen = acts.pixels(pane(page).screenshot())
    height, width = seen.shape[:2]
    scale = min(width / drawn.width, height / drawn.height)
    size = (max(1, round(drawn.width * scale)), max(1, round(drawn.height * scale)))
    wanted = Image.new("RGB", (width, height))
    wanted.paste(
        drawn.resize(size, Image.Resampling.BILINEAR), ((width - size[0]) // 2, (height - size[1]) // 2)
    )
    middle = np.s_[height // 4 : -height // 4, width // 4 : -width // 4]
    meant = np.asarray(wanted, dtype=float)[middle]
    assert meant.mean() > 1.2 * UNLIKE, "an empty pane would pass for this picture"
    return bool(np.abs(seen[middle] - meant).mean() < UNLIKE)
