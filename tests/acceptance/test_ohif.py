"""OHIF, which we did not write, shows a study of ours in stack and in planes, and a segmentation that we made."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from tests.acceptance import ohif
from tests.acceptance.browser import DESKTOP, RESULTS
from tests.acceptance.people import newcomer
from tests.acceptance.server import Server
from tests.factories.dicom import ct_datasets
from tests.factories.studies import zipped

from hounsfield.dicom.writer import encode

SLICES, ROWS = 24, 96
PATIENCE_MS = 120_000
# how much of each picture that Cornerstone draws is not black
_LIT = """() => [...document.querySelectorAll('canvas.cornerstone-canvas')].map((canvas) => {
  const copy = document.createElement('canvas')
  copy.width = copy.height = 64
  const context = copy.getContext('2d')
  context.drawImage(canvas, 0, 0, 64, 64)
  const { data } = context.getImageData(0, 0, 64, 64)
  let lit = 0
  for (let at = 0; at < data.length; at += 4) if (data[at] + data[at + 1] + data[at + 2] > 60) lit += 1
  return lit
})"""


@dataclass
class Shown:
    """OHIF's address and the study that it is to show."""

    url: str
    study_uid: str


@pytest.fixture(scope="module")
def shown(browser: Browser, server: Server) -> Iterator[Shown]:
    ohif.dist()  # first: nothing is set up in vain
    person = newcomer(server.url)
    made = ct_datasets(slices=SLICES, rows=ROWS, columns=ROWS, spacing=(2.0, 2.0, 4.0), seed="ohif")
    person.order(zipped(encode(ds) for ds in made))
    study = made[0].StudyInstanceUID
    for _ in range(60):
        if person.api.get(f"/studies/{study}").status_code == 200:
            break
    labels = np.zeros((SLICES, ROWS, ROWS), np.uint8)
    labels[6:18, 24:72, 24:72] = 1
    wish = {
        "series_uid": made[0].SeriesInstanceUID,
        "segments": [{"value": 1, "label": "Trunk of the phantom", "color": "#E6194B", "type": "tissue"}],
    }
    files = {
        "wish": (None, json.dumps(wish)),
        "labels": ("labels", labels.tobytes(), "application/octet-stream"),
    }
    answer = person.api.post(f"/studies/{study}/overlays/seg", files=files)
    assert answer.status_code == 201, answer.text
    with ohif.served(server.url, person.api.headers["Authorization"]) as url:
        yield Shown(url, study)


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / f"{request.node.name}.png")
    context.close()


def wait_until_lit(page: Page, pictures: int) -> None:
    page.wait_for_function(
        f"pictures => ({_LIT})().filter((lit) => lit > 200).length >= pictures", arg=pictures
    )


def test_a_study_is_shown_in_stack(page: Page, shown: Shown) -> None:
    page.goto(f"{shown.url}/viewer?StudyInstanceUIDs={shown.study_uid}")
    wait_until_lit(page, 1)


def test_a_study_is_shown_in_planes(page: Page, shown: Shown) -> None:
    page.goto(f"{shown.url}/viewer?StudyInstanceUIDs={shown.study_uid}&hangingprotocolId=mpr")
    wait_until_lit(page, 3)


def test_a_segmentation_of_ours_is_drawn_and_named(page: Page, shown: Shown) -> None:
    page.goto(f"{shown.url}/segmentation?StudyInstanceUIDs={shown.study_uid}")
    wait_until_lit(page, 1)
    page.locator("[data-cy='study-browser-thumbnail-no-image']").first.dblclick()
    page.get_by_text("Trunk of the phantom").first.wait_for()
    wait_until_lit(page, 1)
