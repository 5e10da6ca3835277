"""Radiographs whose greys are more than a window: by tables and S-curves, their own and a presentation state's."""

from functools import partial

import numpy as np
from playwright.sync_api import Page, expect
from tests.acceptance import acts
from tests.acceptance.conftest import OpenContext
from tests.acceptance.people import newcomer
from tests.acceptance.server import Server
from tests.acceptance.test_reading import overlay
from tests.acceptance.test_viewer import figures, image_of, keep, pane
from tests.acceptance.words import Words
from tests.factories import film
from tests.processes import until

WORDS = Words("en")


def test_films_have_the_greys_of_their_tables(open_context: OpenContext, server: Server) -> None:
    radiologist = newcomer(server.url, stem="radiologist")
    instances, study = film.films("films")
    radiologist.store(instances)
    context, _ = open_context("en")
    radiologist.enter(context, server.url)
    page = context.new_page()
    page.goto(f"/studies/{study}/view")
    expect(figures(page)).to_contain_text(image_of(WORDS, 1, 2))
    until(partial(_is_as_bright, page, film.squared), "the first film's table")
    page.keyboard.press("ArrowDown")
    expect(figures(page)).to_contain_text(image_of(WORDS, 2, 2))
    until(partial(_is_as_bright, page, film.bend), "the second film's S")
    page.keyboard.press("ArrowUp")
    expect(figures(page)).to_contain_text(image_of(WORDS, 1, 2))
    until(partial(_is_as_bright, page, film.squared), "its table again")
    keep(page, WORDS, "film-with-a-table")
    page.keyboard.press("a")
    until(lambda: not _is_as_bright(page, film.squared), "another window")
    page.get_by_role("button", name=WORDS("viewer:window"), exact=True).click()
    page.get_by_role("menuitem", name="TABLE").click()
    until(partial(_is_as_bright, page, film.squared), "the table chosen from the menu")
    page.keyboard.press("i")
    until(partial(_is_as_bright, page, lambda value: 1 - film.squared(value)), "inverted")
    page.keyboard.press("i")
    state = overlay(page, "The other way round")
    state.click()
    until(partial(_is_as_bright, page, film.bend), "the state's S")
    page.keyboard.press("ArrowDown")
    expect(figures(page)).to_contain_text(image_of(WORDS, 2, 2))
    until(partial(_is_as_bright, page, film.root), "the state's table")
    state.click()
    until(partial(_is_as_bright, page, film.bend), "the second film's own S")
    page.keyboard.press("ArrowUp")
    until(partial(_is_as_bright, page, film.squared), "the first film's table after all")


def _is_as_bright(page: Page, gray: film.Gray) -> bool:
    """Tell whether the ramp from left to right has the greys that a function gives its values."""
    picture = acts.pixels(pane(page).screenshot())[..., 0].astype(float)
    height, width = picture.shape
    side = min(height, width)
    shares = np.asarray([0.2, 0.35, 0.5, 0.65, 0.8])
    columns = (width / 2 + (shares - 0.5) * side).astype(int)
    seen = np.median(picture[height // 2 - 20 : height // 2 + 20][:, columns], axis=0)
    wanted = np.asarray([255 * gray(share * film.WHITE) for share in shares])
    return bool(np.abs(seen - wanted).max() < 10)
