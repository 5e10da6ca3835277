"""A study read in the page, as a radiologist does: slices, windows, marks that stay, planes, tags; pictures of each are kept."""

import base64
import re
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from tests.acceptance import acts, files, readings
from tests.acceptance.browser import RESULTS
from tests.acceptance.conftest import OpenContext
from tests.acceptance.people import Person, newcomer
from tests.acceptance.server import Server
from tests.acceptance.test_pages import ASK_AXE, AXE
from tests.acceptance.words import LANGUAGES, Words
from tests.processes import until

from hounsfield.dicom import writer

SLICES = 112
FOLDER = RESULTS / "viewer"
VOLUME_MS = 180_000  # a plane is cut and a body drawn by a processor here, beside other tests

# every picture of a canvas from now on, enlarged to what is seen of it
_REMEMBER_DRAWN = """(canvas) => {
  window.__drawn = []
  canvas.closest('[role=application]').addEventListener('CORNERSTONE_IMAGE_RENDERED', () => {
    const seen = document.createElement('canvas')
    seen.width = canvas.clientWidth
    seen.height = canvas.clientHeight
    seen.getContext('2d').drawImage(canvas, 0, 0, seen.width, seen.height)
    window.__drawn.push({
      small: canvas.width < canvas.clientWidth,
      index: document.querySelector('[data-testid=figures] span').textContent,
      picture: seen.toDataURL().split(',')[1],
    })
  })
}"""


@pytest.fixture(scope="module")
def reader(server: Server) -> Person:
    """Somebody who has the trunk in their archive."""
    person = newcomer(server.url, stem="reader")
    person.store(files.real_slices("viewer"))
    return person


def pane(page: Page, number: int = 0) -> Locator:
    return page.locator(f"section[data-pane='{number}']")


def figures(page: Page, number: int = 0) -> Locator:
    return pane(page, number).get_by_test_id("figures")


def keep(page: Page, words: Words, name: str) -> None:
    folder = FOLDER / words.language
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", timeout=VOLUME_MS)


def image_of(words: Words, number: int, count: int = SLICES) -> str:
    return words("viewer:imageOf", number=number, count=count)


def drag(page: Page, begin: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag across the picture; places are shares of the pane."""
    box = pane(page).bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (begin, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=5)
    page.mouse.up()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_study_is_read(
    open_context: OpenContext, server: Server, reader: Person, words: Words, language: str
) -> None:
    reader.speaks(language)
    study = reader.get("/studies")["items"][0]["study_uid"]
    context, _ = open_context(language)
    reader.enter(context, server.url)
    context.add_init_script(path=AXE)
    page = context.new_page()
    page.goto(f"/studies/{study}")
    page.get_by_role("link", name=words("studies:view"), exact=True).click()

    expect(figures(page)).to_contain_text(image_of(words, 1))
    _slices(page, words)
    _windows(page, words)
    _marks(page, words, reader, study)
    _tags(page, words)
    _planes(page, words)


def _slices(page: Page, words: Words) -> None:
    letters = pane(page).get_by_test_id("orientation")
    assert sorted(letters.inner_text().split()) == ["A", "L", "P", "R"]
    seen = [acts.picture(pane(page))]
    keep(page, words, "slices")
    page.keyboard.press("End")
    expect(figures(page)).to_contain_text(image_of(words, SLICES))
    seen.append(acts.picture(pane(page)))
    assert np.abs(seen[0] - seen[1]).mean() > 3, "the last slice looks like the first"
    box = pane(page).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -100)
    expect(figures(page)).to_contain_text(image_of(words, SLICES - 1))
    page.keyboard.press("Home")
    expect(figures(page)).to_contain_text(image_of(words, 1))
    for _ in range(5):
        page.keyboard.press("PageDown")
    expect(figures(page)).to_contain_text(image_of(words, 51))
    for layout in ("Shift+2", "Shift+1"):
        page.keyboard.press(layout)
        expect(pane(page)).to_contain_text(words("viewer:zoomed", percent=100))


def _windows(page: Page, words: Words) -> None:
    expect(pane(page)).to_contain_text("W 400 · L 40")
    page.keyboard.press("3")
    expect(pane(page)).to_contain_text("W 2,000 · L 400")
    keep(page, words, "bone-window")
    drag(page, (0.5, 0.5), (0.6, 0.5))
    expect(pane(page)).not_to_contain_text("W 2,000 · L 400")
    page.keyboard.press("i")
    page.keyboard.press("r")
    page.keyboard.press("h")
    keep(page, words, "inverted-turned-flipped")
    page.keyboard.press("0")
    expect(pane(page)).to_contain_text("W 400 · L 40")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name=words("viewer:keyboard"))).to_be_visible()
    keep(page, words, "keys")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def _marks(page: Page, words: Words, reader: Person, study: str) -> None:
    """A length and an ellipse are there after a reload, with the numbers they had."""
    assert reader.get(f"/studies/{study}/measurements")["items"] == []
    page.keyboard.press("j")
    panel = page.get_by_role("region", name=words("viewer:keys.command.measurements"))
    tools = page.get_by_role("toolbar", name=words("viewer:tools"))
    tools.get_by_role("button", name=words("viewer:keys.tool.length")).click()
    drag(page, (0.3, 0.3), (0.5, 0.3))
    tools.get_by_role("button", name=words("viewer:keys.tool.ellipse")).click()
    drag(page, (0.4, 0.6), (0.5, 0.7))
    expect(panel.get_by_role("listitem")).to_have_count(2)
    expect(panel.get_by_text(words("viewer:marks.saved"))).to_be_visible()
    page.keyboard.press("w")
    keep(page, words, "marks")
    assert page.evaluate(ASK_AXE) == []
    kept = {mark["tool"]: mark for mark in reader.get(f"/studies/{study}/measurements")["items"]}
    first, last = (np.array(point) for point in kept["length"]["points"])
    assert kept["length"]["stats"]["length_mm"] == pytest.approx(np.linalg.norm(last - first), abs=0.1)
    assert {"mean", "std", "area_mm2"} <= kept["ellipse"]["stats"].keys()
    assert len(kept["ellipse"]["points"]) == 4
    page.reload()
    expect(figures(page)).to_contain_text(image_of(words, 1))
    page.keyboard.press("j")
    expect(panel.get_by_role("listitem")).to_have_count(2)
    panel.get_by_role("listitem").first.get_by_role("button").first.click()
    expect(figures(page)).to_contain_text(image_of(words, 51))
    keep(page, words, "marks-again")
    for name in ("length", "ellipse"):
        panel.get_by_role(
            "button", name=words("viewer:marks.delete", name=words(f"viewer:marks.tool.{name}"))
        ).click()
    expect(panel.get_by_role("button")).to_have_count(0)
    expect(panel.get_by_text(words("viewer:marks.empty"))).to_be_visible()
    page.keyboard.press("j")


def _tags(page: Page, words: Words) -> None:
    page.keyboard.press("Shift+T")
    dialog = page.get_by_role("dialog", name=words("viewer:keys.command.tags"))
    dialog.get_by_role("searchbox").fill("pixelspacing")
    expect(dialog.get_by_role("cell", name="(0028,0030)")).to_be_visible()
    keep(page, words, "tags")
    page.keyboard.press("Escape")  # empties the search
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def _planes(page: Page, words: Words) -> None:
    page.keyboard.press("m")
    for number, plane in enumerate(("axial", "sagittal", "coronal")):
        expect(figures(page, number)).to_contain_text(words(f"viewer:plane.{plane}"), timeout=VOLUME_MS)
    expect(page.locator("progress")).to_have_count(0, timeout=VOLUME_MS)
    keep(page, words, "planes")
    for number in range(4):
        assert acts.picture(pane(page, number)).std() > 10, f"pane {number} is empty"


def test_a_picture_leaves_with_its_texts(
    open_context: OpenContext, server: Server, reader: Person, tmp_path: Path
) -> None:
    words = Words("en")
    reader.speaks("en")
    study = reader.get("/studies")["items"][0]["study_uid"]
    context, _ = open_context("en", accept_downloads=True)
    reader.enter(context, server.url)
    page = context.new_page()
    page.goto(f"/studies/{study}/view")
    expect(figures(page)).to_contain_text(image_of(words, 1))
    until(lambda: bool(acts.picture(pane(page)).std() > 10), "the picture")
    with page.expect_download() as saving:
        page.keyboard.press("Shift+S")
    path = tmp_path / "picture.png"
    saving.value.save_as(path)
    picture = np.asarray(Image.open(path).convert("L"), dtype=float)
    assert picture.std() > 10
    assert picture[:24, :200].max() > 200, "the patient's name is not in the picture"


def test_pictures_that_change_are_drawn_with_the_pixels_of_their_image(
    open_context: OpenContext, server: Server, reader: Person
) -> None:
    """Without a graphics card; once they rest, with those of the screen, and nothing has moved meanwhile."""
    words = Words("en")
    study = reader.get("/studies")["items"][0]["study_uid"]
    context, _ = open_context("en")
    reader.enter(context, server.url)
    page = context.new_page()
    page.goto(f"/studies/{study}/view")
    expect(figures(page)).to_contain_text(image_of(words, 1))
    pane(page).locator("canvas").first.evaluate(_REMEMBER_DRAWN)
    page.keyboard.press("PageDown")
    page.wait_for_function(
        "() => [1, 0].every((small) => window.__drawn.some((each) => each.small == small))"
    )
    small, full = page.evaluate("""() => [
      window.__drawn.findLast((each) => each.small),
      window.__drawn.findLast((each) => !each.small),
    ]""")
    assert (small["index"], full["index"]) == (image_of(words, 11),) * 2
    moving, resting = (acts.pixels(base64.b64decode(each["picture"])) for each in (small, full))
    assert np.abs(moving - resting).mean() < 2
    # a fraction of an image's pixel aside would be worse
    aside = np.roll(moving, 2, axis=1)
    assert np.abs(aside - resting).mean() > 1.5 * np.abs(moving - resting).mean()


def test_the_tools_stay_in_one_row_and_an_only_study_has_none_beside_it(
    open_context: OpenContext, server: Server
) -> None:
    person = newcomer(server.url, stem="only")
    title = "CT of chest, abdomen and pelvis, with and without contrast medium"[:64]
    slices = writer.datasets(readings.trunk(), {**readings.NOW, "StudyDescription": title}, seed="only")
    person.store([writer.encode(each) for each in islice(slices, 3)])
    study = person.get("/studies")["items"][0]["study_uid"]
    for language in LANGUAGES:
        words = Words(language)
        person.speaks(language)
        context, _ = open_context(language)
        person.enter(context, server.url)
        page = context.new_page()
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(f"/studies/{study}/view")
        expect(figures(page)).to_contain_text(image_of(words, 1, 3))
        expect(page.get_by_role("heading", level=1)).to_have_attribute("title", re.compile(title))
        tools = page.get_by_role("toolbar", name=words("viewer:tools")).get_by_role("button")
        tops = {box["y"] for each in tools.all() if (box := each.bounding_box())}
        assert max(tops) - min(tops) < 8, "the tools are in more than one row"
        page.keyboard.press("Shift+2")
        expect(pane(page, 1)).to_contain_text(words("viewer:noPrior"))
        keep(page, words, "no-study-before")
