"""What a model of the house finds, from the order to the colours over its images."""

import io
import json
import re
from functools import partial

import numpy as np
from playwright.sync_api import Page, expect
from pydicom import dcmread
from tests.acceptance import acts, files
from tests.acceptance.conftest import OpenContext
from tests.acceptance.people import Person
from tests.acceptance.readings import MARKED
from tests.acceptance.server import Server
from tests.acceptance.test_reading import _wait_for, go_to
from tests.acceptance.test_viewer import figures, image_of, keep, pane
from tests.acceptance.words import Words
from tests.factories.onnx_models import manifest, thresholds

WORDS = Words("en")
DENSE_HU = 200


def test_a_segmentation_by_a_model_lies_over_its_images(
    open_context: OpenContext, server: Server, admin: Person
) -> None:
    admin.speaks("en")
    task = _segmented(admin)
    context, _ = open_context("en")
    admin.enter(context, server.url)
    page = context.new_page()
    page.goto(f"/tasks/{task}")
    page.get_by_role("button", name=WORDS("tasks:segmentation.save")).click()
    saved = page.get_by_role("link", name=WORDS("tasks:segmentation.view"))
    expect(saved).to_be_visible()
    keep(page, WORDS, "segmentation-saved")
    saved.click()
    expect(figures(page)).to_contain_text(image_of(WORDS, 1))
    go_to(page, MARKED + 1)
    assert _blue_or_red(page) < 0.001
    page.keyboard.press("\\")
    panel = page.get_by_role("region", name=WORDS("viewer:keys.command.overlays"))
    panel.get_by_role("checkbox", name=re.compile("dense on trunk", re.IGNORECASE)).click()
    expect(panel.get_by_role("checkbox", name="dense", exact=True)).to_be_checked()
    _wait_for(partial(_bone_is_coloured, page), "the bones are not coloured")
    keep(page, WORDS, "segmentation-of-a-task")


def _segmented(admin: Person) -> str:
    """Add a network that finds what is denser than soft tissue, and let it run on a trunk."""
    parts = {
        "model": ("model.onnx", thresholds(DENSE_HU).SerializeToString(), "application/octet-stream"),
        "manifest": (
            None,
            json.dumps(manifest(patch={"size": [64, 64, 64], "overlap": 0.25, "blending": "gaussian"})),
        ),
    }
    answer = admin.api.post("/admin/algorithms/onnx", files=parts)
    assert answer.status_code == 201, answer.text
    admin.put("/admin/algorithms/dense_tissue/versions/1.0.0", {"state": "ENABLED"})
    slices = files.real_slices("dense")
    admin.store(slices)
    first = dcmread(io.BytesIO(slices[0]), stop_before_pixels=True)
    wish = {
        "task_type": "dense_tissue",
        "name": "Dense on trunk",
        "study_uid": first.StudyInstanceUID,
        "series_uid": first.SeriesInstanceUID,
    }
    task = admin.post("/tasks", wish)["task_id"]
    admin.wait(task, "COMPLETED", seconds=240)
    return str(task)


def _coloured(page: Page) -> np.ndarray:
    return np.ptp(acts.picture(pane(page)), axis=2) > 20


def _blue_or_red(page: Page) -> float:
    return float(_coloured(page).mean())


def _bone_is_coloured(page: Page) -> bool:
    """Tell whether some of the picture is coloured, and far from all."""
    return 0.005 < _coloured(page).mean() < 0.5
