"""What a reader lays over images and beside them: contours, presentation states, another series, an earlier study, other planes."""

import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
from tests.acceptance import acts, readings
from tests.acceptance.conftest import OpenContext, watched
from tests.acceptance.people import Person, newcomer
from tests.acceptance.readings import AROUND, MARKED, SHIFT
from tests.acceptance.server import Server
from tests.acceptance.test_viewer import VOLUME_MS, figures, image_of, keep, pane
from tests.acceptance.words import Words

WORDS = Words("en")
SMALLER: ViewportSize = {"width": 1100, "height": 640}  # volumes are drawn by a processor here
PLANES = ("axial", "sagittal", "coronal")


@pytest.fixture(scope="module")
def radiologist(server: Server) -> Person:
    """Somebody who has the patient's studies in their archive."""
    person = newcomer(server.url, stem="radiologist")
    person.store(readings.patient("reading"))
    return person


@pytest.fixture(scope="module")
def study(radiologist: Person) -> str:
    found = radiologist.get("/studies?sort=-study_date")["items"]
    assert len({each["patient_id"] for each in found}) == 1, "the studies are of one patient"
    return str(found[0]["study_uid"])


@pytest.fixture(scope="module")
def reader(browser: Browser, server: Server, radiologist: Person, study: str) -> Iterator[Page]:
    """The page of one reading, which the tests go through."""
    with watched(browser, server.url, "reading") as open_context:
        context, _ = open_context("en", accept_downloads=True)
        radiologist.enter(context, server.url)
        page = context.new_page()
        page.goto(f"/studies/{study}/view")
        yield page


@pytest.fixture
def page(reader: Page) -> Page:
    """The reading, with one pane that shows the first image."""
    reader.reload()
    expect(figures(reader)).to_contain_text(image_of(WORDS, 1))
    return reader


def go_to(page: Page, number: int) -> None:
    for _ in range(number // 10):
        page.keyboard.press("PageDown")
    for _ in range(number % 10 - 1):
        page.keyboard.press("ArrowDown")
    expect(figures(page)).to_contain_text(image_of(WORDS, number))


def overlay(page: Page, name: str | re.Pattern[str]) -> Locator:
    panel = page.get_by_role("region", name=WORDS("viewer:keys.command.overlays"))
    if not panel.is_visible():
        page.keyboard.press("\\")
    return panel.get_by_role("checkbox", name=name)


def near(picture: np.ndarray, *color: int) -> np.ndarray:
    """Return where a picture has a colour, as rows and columns."""
    return np.argwhere(np.abs(picture - color).max(axis=2) < 60)


def letters(page: Page) -> str:
    return pane(page).get_by_test_id("orientation").inner_text()


def test_contours_lie_over_their_slices(page: Page) -> None:
    pink = (255, 0, 128)
    go_to(page, MARKED + 1)
    assert len(near(acts.picture(pane(page)), *pink)) == 0
    overlay(page, "靶区").click()
    expect(overlay(page, "GTV")).to_be_checked()
    keep(page, WORDS, "contours")
    places = near(acts.picture(pane(page)), *pink)
    assert len(places) > 200
    height, width = np.ptp(places, axis=0)
    assert abs(height - width) <= 3, "a circle is drawn as one"
    last = MARKED + AROUND + 1
    for _ in range(AROUND):
        page.keyboard.press("ArrowDown")
    expect(figures(page)).to_contain_text(image_of(WORDS, last))
    assert len(near(acts.picture(pane(page)), *pink)) > 200
    page.keyboard.press("ArrowDown")
    expect(figures(page)).to_contain_text(image_of(WORDS, last + 1))
    assert len(near(acts.picture(pane(page)), *pink)) == 0


def test_a_picture_leaves_with_what_lies_over_it(page: Page, tmp_path: Path) -> None:
    go_to(page, MARKED + 1)
    overlay(page, "靶区").click()
    expect(overlay(page, "GTV")).to_be_checked()
    with page.expect_download() as saving:
        page.keyboard.press("Shift+S")
    saving.value.save_as(tmp_path / "picture.png")
    picture = np.asarray(Image.open(tmp_path / "picture.png").convert("RGB"), dtype=float)
    assert len(near(picture, 255, 0, 128)) > 200
    # what would go to the printer is the picture alone
    page.evaluate("""() => { window.print = () => {
      window.__printed = document.querySelector('img.print-alone')?.naturalWidth ?? 0
    } }""")
    page.keyboard.press("Shift+P")
    page.wait_for_function("() => window.__printed !== undefined")
    assert page.evaluate("() => window.__printed") == picture.shape[1]


def test_a_presentation_state_shows_its_image_as_it_was_meant(page: Page) -> None:
    yellow = (255, 214, 74)
    before = letters(page)
    state = overlay(page, "肺结节")
    state.click()
    expect(figures(page)).to_contain_text(image_of(WORDS, MARKED + 1))
    expect(pane(page)).to_contain_text("W 1,500 · L -600")
    # turned by 90° and mirrored: what was to the right lies below, what was below to the right
    left, right = before.split()[2:]
    assert letters(page).split() == [right, left, *before.split()[1::-1]]
    keep(page, WORDS, "presentation-state")
    marks = near(acts.picture(pane(page)), *yellow)
    assert len(marks) > 200
    seen = _whole(page)
    assert {name: seen(place) for name, place in readings.HIDDEN_BY.items()} == dict.fromkeys(
        readings.HIDDEN_BY, 0
    )
    assert seen(readings.OPEN) > 0
    # the next image has a window of its own
    page.keyboard.press("ArrowDown")
    expect(pane(page)).to_contain_text("W 2,000 · L 300")
    page.keyboard.press("ArrowUp")
    expect(pane(page)).to_contain_text("W 1,500 · L -600")
    page.keyboard.press("ArrowUp")
    expect(figures(page)).to_contain_text(image_of(WORDS, MARKED))
    assert len(near(acts.picture(pane(page)), *yellow)) == 0, "the state is of another image"
    state.click()
    expect(pane(page)).to_contain_text("W 400 · L 40")
    expect(pane(page)).to_contain_text(WORDS("viewer:zoomed", percent=100))
    assert letters(page) == before


def _whole(page: Page) -> Callable[[tuple[int, int]], float]:
    """Return how bright a place of the image is that fills the pane, its rows running to the right and its columns down."""
    picture = acts.pixels(pane(page).screenshot())
    height, width = picture.shape[:2]
    _, rows, columns = readings.trunk().voxels.shape
    scale = min(width / rows, height / columns)

    def brightest(place: tuple[int, int]) -> float:
        row, column = place
        x = round(width / 2 + (row - rows / 2) * scale)
        y = round(height / 2 + (column - columns / 2) * scale)
        return float(picture[y - 2 : y + 3, x - 2 : x + 3].max())

    return brightest


def test_the_study_before_hangs_beside_and_scrolls_along(page: Page) -> None:
    go_to(page, 31)
    page.keyboard.press("Shift+2")
    # not the lung series, which comes first by its number
    expect(pane(page, 1)).to_contain_text(readings.BEFORE["StudyDescription"])
    expect(pane(page, 1)).to_contain_text(readings.CT["SeriesDescription"])
    count = readings.trunk().voxels.shape[0] - SHIFT
    expect(figures(page, 1)).to_contain_text(image_of(WORDS, 31 - SHIFT, count))
    page.keyboard.press("PageDown")
    expect(figures(page)).to_contain_text(image_of(WORDS, 41))
    expect(figures(page, 1)).to_contain_text(image_of(WORDS, 41 - SHIFT, count))
    keep(page, WORDS, "prior-beside")
    # unlinked, moved by itself and linked again, the other study keeps its distance
    page.keyboard.press("y")
    page.keyboard.press("]")
    page.keyboard.press("ArrowDown")
    expect(figures(page, 1)).to_contain_text(image_of(WORDS, 42 - SHIFT, count))
    page.keyboard.press("]")
    page.keyboard.press("y")
    page.keyboard.press("PageDown")
    expect(figures(page)).to_contain_text(image_of(WORDS, 51))
    expect(figures(page, 1)).to_contain_text(image_of(WORDS, 52 - SHIFT, count))


def test_a_series_is_hung_as_its_part_of_the_body_is_read(page: Page) -> None:
    expect(pane(page)).to_contain_text("W 400 · L 40")
    page.get_by_role("region", name=WORDS("viewer:priors")).get_by_role("button").first.click()
    page.get_by_role("button", name=re.compile("^Lung")).click()
    expect(pane(page)).to_contain_text("W 1,500 · L -600")


def test_it_plays_and_fills_the_screen(page: Page) -> None:
    page.keyboard.press("Space")
    expect(figures(page)).not_to_contain_text(image_of(WORDS, 1))
    page.get_by_role("slider", name=WORDS("viewer:cineSpeed")).fill("40")
    page.keyboard.press("Space")
    expect(page.get_by_role("slider", name=WORDS("viewer:cineSpeed"))).to_have_count(0)
    for full in (True, False):
        page.keyboard.press("Shift+F")
        page.wait_for_function("(full) => (document.fullscreenElement !== null) === full", arg=full)


def test_two_series_are_fused_and_planes_turn(page: Page) -> None:
    page.set_viewport_size(SMALLER)
    page.keyboard.press("m")
    for number in range(3):
        expect(figures(page, number)).to_contain_text(
            WORDS(f"viewer:plane.{PLANES[number]}"), timeout=VOLUME_MS
        )
    expect(page.locator("progress")).to_have_count(0, timeout=VOLUME_MS)
    name = WORDS("viewer:fusion.title")
    pane(page).get_by_role("button", name=name).click()
    page.get_by_role("menuitem", name="PT PET").click()
    opacity = pane(page).get_by_role("slider", name=WORDS("viewer:fusion.opacity"))
    expect(opacity).to_be_visible()
    for number in range(3):
        _wait_for(partial(_glows, page, number), f"pane {number} is not coloured")
    keep(page, WORDS, "fusion")
    opacity.fill("0")
    _wait_for(lambda: not _glows(page, 0), "nothing was taken away")
    _turn(page)


def _glows(page: Page, number: int) -> bool:
    """Tell whether much of a picture is clearly red or yellow."""
    picture = acts.picture(pane(page, number))
    return bool((picture[..., 0] - picture[..., 2] > 100).sum() > 2_000)


def _turn(page: Page) -> None:
    """Drag the handle of a line: the plane that the line stands for is no more square to the body."""
    box = pane(page).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x + 0.2 * box["width"], y + 1)
    handle = pane(page).locator("svg.svg-layer circle").last
    expect(handle).to_be_visible()
    place = handle.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.mouse.down()
    page.mouse.move(place["x"], y + 80, steps=5)
    page.mouse.up()
    expect(figures(page, 2)).to_contain_text(WORDS("viewer:plane.oblique"), timeout=VOLUME_MS)
    expect(figures(page, 0)).to_contain_text(WORDS("viewer:plane.axial"))
    keep(page, WORDS, "oblique")


def _wait_for(holds: Callable[[], bool], failure: str) -> None:
    """Look at a picture until it is as it should be; the page says nothing of when it has drawn."""
    deadline = time.monotonic() + VOLUME_MS / 1000
    while not holds():
        assert time.monotonic() < deadline, failure
        time.sleep(0.2)


def test_a_hundred_segments_are_there_within_five_seconds(
    open_context: OpenContext, server: Server, radiologist: Person
) -> None:
    instances, study = readings.parcelled("hundred")
    radiologist.store(instances)
    context, _ = open_context("en")
    radiologist.enter(context, server.url)
    page = context.new_page()
    page.goto(f"/studies/{study}/view")
    expect(figures(page)).to_contain_text(image_of(WORDS, 1))
    go_to(page, MARKED + 1)
    item = overlay(page, "Others")
    expect(item).to_be_visible()
    before = time.monotonic()
    item.click()
    expect(overlay(page, re.compile("^segment "))).to_have_count(readings.PARCELS)
    _wait_for(partial(_is_coloured, page), "no segment is drawn")
    assert time.monotonic() - before < 5
    keep(page, WORDS, "hundred-segments")


def _is_coloured(page: Page) -> bool:
    picture = acts.picture(pane(page))
    return bool((np.ptp(picture, axis=2) > 30).mean() > 0.5)


def test_the_models_of_a_task_lie_over_its_images(
    open_context: OpenContext, server: Server, admin: Person
) -> None:
    """The demonstration's bone and skin, drawn as the lines in which the slices cut them."""
    _wait_for(lambda: bool(admin.get("/tasks")["total"]), "the demonstration was not ordered")
    task = next(each for each in admin.get("/tasks")["items"] if each["name"].startswith("Demonstration"))
    study = admin.wait(task["task_id"], "COMPLETED", seconds=240)["study_uid"]
    context, _ = open_context("en")
    admin.enter(context, server.url)
    page = context.new_page()
    page.goto(f"/studies/{study}/view")
    expect(figures(page)).to_contain_text(image_of(WORDS, 1))
    go_to(page, MARKED + 1)
    assert not _has_lines(page)
    overlay(page, re.compile("^3D models")).click()
    _wait_for(partial(_has_lines, page), "nothing is drawn")
    keep(page, WORDS, "models-of-a-task")


def _has_lines(page: Page) -> bool:
    return bool((np.ptp(acts.picture(pane(page)), axis=2) > 20).sum() > 1_000)


def test_fingers_scroll_and_enlarge(
    open_context: OpenContext, server: Server, radiologist: Person, study: str
) -> None:
    context, _ = open_context("en", has_touch=True)
    radiologist.enter(context, server.url)
    page = context.new_page()
    page.goto(f"/studies/{study}/view")
    expect(figures(page)).to_contain_text(image_of(WORDS, 1))
    session = context.new_cdp_session(page)

    def fingers(*paths: tuple[float, float, float, float]) -> None:
        """Put fingers down, move each along its path and lift them."""
        for step in range(11):
            places = [
                {"x": x + dx * step / 10, "y": y + dy * step / 10, "id": number}
                for number, (x, y, dx, dy) in enumerate(paths)
            ]
            kind = "touchMove" if step else "touchStart"
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    fingers((700, 300, 0, 80))
    expect(figures(page)).not_to_contain_text(image_of(WORDS, 1))
    expect(pane(page)).to_contain_text("W 400 · L 40")
    expect(pane(page)).to_contain_text(WORDS("viewer:zoomed", percent=100))
    fingers((660, 450, -80, 0), (740, 450, 80, 0))
    expect(pane(page)).not_to_contain_text(WORDS("viewer:zoomed", percent=100))
    expect(pane(page)).to_contain_text("W 400 · L 40")


def test_a_plane_drawn_by_the_platform_says_whose_it_is(
    open_context: OpenContext, server: Server, radiologist: Person, study: str
) -> None:
    context, _ = open_context("en")
    # a device that cannot hold a volume
    context.add_init_script("Object.defineProperty(navigator, 'deviceMemory', { get: () => 0.01 })")
    radiologist.enter(context, server.url)
    page = context.new_page()
    page.goto(f"/studies/{study}/view")
    expect(figures(page)).to_contain_text(image_of(WORDS, 1))
    page.keyboard.press("m")
    for number in range(3):
        expect(pane(page, number).locator("img")).to_be_visible()
        expect(pane(page, number)).to_contain_text(WORDS("viewer:byServer"))
        expect(pane(page, number).get_by_text("Curie, Marie")).to_be_visible()
        expect(pane(page, number).get_by_text(readings.NOW["StudyDescription"])).to_be_visible()
    keep(page, WORDS, "planes-of-the-platform")
