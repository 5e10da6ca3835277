"""What a person does in the page, named as they would name it."""

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from tests.acceptance.words import Words

_DROP = """([name, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
  const data = new DataTransfer()
  data.items.add(new File([bytes], name, { type: 'application/zip' }))
  return data
}"""
# every text that an element shows from now on, and every value of a progress bar
_REMEMBER = """(element) => {
  const seen = (window.__seen ??= [])
  const look = () => {
    const now = element.getAttribute('aria-valuenow') ?? element.textContent
    if (seen.at(-1) !== now) seen.push(now)
  }
  look()
  new MutationObserver(look).observe(element, { subtree: true, childList: true, characterData: true, attributes: true })
}"""


def register(page: Page, words: Words, username: str, password: str) -> None:
    page.goto("/")
    page.get_by_role("link", name=words("auth:register.title")).click()
    # the page before has fields of the same names
    expect(page.get_by_role("heading", name=words("auth:register.title"))).to_be_visible()
    page.get_by_label(words("auth:username")).fill(username)
    page.get_by_label(words("auth:password"), exact=True).fill(password)
    page.get_by_role("button", name=words("auth:register.submit")).click()


def drop_archive(page: Page, words: Words, name: str, content: bytes) -> None:
    """Drop a file on the upload page, as from the desktop."""
    data = page.evaluate_handle(_DROP, [name, base64.b64encode(content).decode()])
    page.get_by_text(words("order:drop")).dispatch_event("drop", {"dataTransfer": data})


def order_archive(page: Page, words: Words, path: Path) -> None:
    """Choose a file, wait until it has arrived and order."""
    page.goto("/upload")
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name=words("order:chooseFile")).click()
    choosing.value.set_files(path)
    expect(page.get_by_text(words("order:transfer.received"))).to_be_visible()
    page.get_by_role("button", name=words("order:submit"), exact=True).click()


def go_to(page: Page, words: Words, place: str) -> None:
    """Follow a link of the main navigation."""
    page.get_by_role("navigation").get_by_role("link", name=words(f"nav.{place}"), exact=True).click()


def shows_balance(page: Page, words: Words, points: int) -> None:
    link = page.get_by_role("link", name=words("balanceLabel"))
    expect(link).to_have_text(str(points))


def status_of(page: Page) -> Locator:
    """The state of the task on its own page."""
    return page.get_by_role("main").locator("[aria-live=polite]").first


def remember(locator: Locator) -> None:
    """Keep everything that an element shows from now on, without asking it again and again."""
    locator.evaluate(_REMEMBER)


def remembered(page: Page) -> list[str]:
    seen: list[str] = page.evaluate("() => window.__seen.splice(0)")
    return seen


def scene_is_whole(page: Page, words: Words) -> None:
    """Wait until every part of a model is in the scene."""
    expect(page.get_by_role("toolbar", name=words("models:viewer.tools"))).to_be_visible()
    expect(page.locator(".animate-spin")).to_have_count(0)


def pixels(png: bytes) -> np.ndarray:
    """Return a picture, (rows, columns, RGB)."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=float)


def picture(scene: Locator) -> np.ndarray:
    """Return the middle of what an element shows, (rows, columns, RGB)."""
    image = pixels(scene.screenshot())
    rows, columns = image.shape[:2]
    return image[rows // 4 : -rows // 4, columns // 4 : -columns // 4]
