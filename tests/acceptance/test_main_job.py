"""From a new account to a mesh on the desk, as a person does it, in both languages."""

from pathlib import Path

import numpy as np
import pytest
import trimesh
from playwright.sync_api import Page, Request, Response, WebSocket, expect
from tests.acceptance import acts, files
from tests.acceptance.people import PASSWORD, fresh_name
from tests.acceptance.words import LANGUAGES, Words

UPLINK = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 700_000}
LONGEST_TASK_MS = 90_000
GREEN = "#00ff00"


class Traffic:
    """Requests and live messages since some moment."""

    def __init__(self, page: Page) -> None:
        self.requests: list[str] = []
        self.messages = 0
        page.on("request", self._request)
        page.on("websocket", self._socket)

    def _request(self, request: Request) -> None:
        if "/api/" in request.url:
            self.requests.append(f"{request.method} {request.url}")

    def _socket(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._message)

    def _message(self, frame: str | bytes) -> None:
        self.messages += str(frame).startswith("42")

    def forget(self) -> None:
        self.requests.clear()
        self.messages = 0

    def most_repeated(self) -> int:
        return max((self.requests.count(one) for one in self.requests), default=0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_registration_to_a_mesh(page: Page, words: Words, language: str, tmp_path: Path) -> None:
    username = fresh_name("newcomer")
    traffic = Traffic(page)

    acts.register(page, words, username, PASSWORD)
    acts.shows_balance(page, words, 100)
    expect(page.locator("html")).to_have_attribute("lang", language)

    _upload_and_order(page, words, files.real_ct(f"main job {language}"))
    _watch_the_task(page, words, traffic)
    acts.shows_balance(page, words, 90)

    acts.go_to(page, words, "models")
    expect(page.get_by_role("main").locator("img")).to_have_js_property("complete", value=True)
    page.get_by_role("link", name="trunk", exact=True).click()
    _change_the_look(page, words)
    _download_bone(page, words, tmp_path)

    page.get_by_role("link", name=words("models:viewer.back")).click()
    page.get_by_role("button", name=words("account")).click()
    page.get_by_role("menuitem", name=words("signOut")).click()
    expect(page.get_by_role("button", name=words("auth:signIn.submit"))).to_be_visible()


def _upload_and_order(page: Page, words: Words, archive: bytes) -> None:
    acts.go_to(page, words, "upload")
    expect(page.get_by_text(words("order:chooseImagesFirst")).first).to_be_visible()
    line = page.context.new_cdp_session(page)
    line.send("Network.emulateNetworkConditions", UPLINK)
    acts.drop_archive(page, words, "trunk.zip", archive)
    bar = page.get_by_role("progressbar", name=words("order:progressOf", name="trunk.zip"))
    acts.remember(bar)
    expect(bar).to_have_attribute("aria-valuenow", "100")
    between = [value for value in map(int, acts.remembered(page)) if 0 < value < 100]
    assert between, "the bar jumped from nothing to done"
    assert between == sorted(between)
    line.detach()
    page.get_by_role("button", name=words("order:submit"), exact=True).click()


def _watch_the_task(page: Page, words: Words, traffic: Traffic) -> None:
    """The states come by themselves: no reload, and nothing asked for but after a live message."""
    expect(page.get_by_role("heading", name="trunk", exact=True)).to_be_visible()
    page.evaluate("() => { window.__sameDocument = true }")
    traffic.forget()
    status = acts.status_of(page)
    acts.remember(status)
    expect(status).to_have_text(words("tasks:status.COMPLETED"), timeout=LONGEST_TASK_MS)
    assert traffic.messages >= 3
    assert traffic.most_repeated() <= traffic.messages + 1, "\n".join(traffic.requests)
    assert page.evaluate("() => window.__sameDocument"), "the page was loaded anew"
    seen = acts.remembered(page)
    # how far it was when the page opened is the machine's affair; that it ran and ended was seen without a reload
    assert words("tasks:status.IN_PROGRESS") in seen, f"only {seen} were seen"
    for state in ("QUEUED", "ASSIGNED", "IN_PROGRESS", "COMPLETED"):
        timeline = page.get_by_role("listitem").filter(has_text=words(f"tasks:status.{state}"))
        expect(timeline).to_be_visible()


def _change_the_look(page: Page, words: Words) -> None:
    scene = page.get_by_role("application", name=words("models:viewer.scene", name="trunk"))
    bone, skin = words("models:tissue.bone"), words("models:tissue.skin")
    color = page.get_by_label(words("models:parts.color", name=bone))
    opacity = page.get_by_label(words("models:parts.opacity", name=bone))
    _loaded(page, words)
    assert acts.picture(scene).std() > 10, "the canvas is blank"

    with page.expect_response(_saved):
        page.get_by_role("button", name=words("models:parts.hide", name=skin), exact=True).click()
    with page.expect_response(_saved):
        color.fill(GREEN)
        opacity.fill("0.8")
    _is_green(acts.picture(scene))

    page.reload()
    _loaded(page, words)
    expect(color).to_have_value(GREEN)
    expect(opacity).to_have_value("0.8")
    expect(page.get_by_role("button", name=words("models:parts.show", name=skin), exact=True)).to_be_visible()
    _is_green(acts.picture(scene))


def _download_bone(page: Page, words: Words, folder: Path) -> None:
    with page.expect_download() as downloading:
        page.get_by_role("button", name=words("models:parts.download", file="bone.stl")).click()
    file = folder / "bone.stl"
    downloading.value.save_as(file)
    mesh = trimesh.load(file)
    assert isinstance(mesh, trimesh.Trimesh)
    assert mesh.is_watertight
    assert mesh.volume > 100_000  # mm³: the bones of a trunk, not a splinter


def _saved(response: Response) -> bool:
    return response.request.method == "PATCH" and "/models/" in response.url


def _loaded(page: Page, words: Words) -> None:
    """Wait until every part is in the scene."""
    expect(page.get_by_role("toolbar", name=words("models:viewer.tools"))).to_be_visible()
    expect(page.locator(".animate-spin")).to_have_count(0)


def _is_green(pixels: np.ndarray) -> None:
    red, green, blue = (pixels[..., channel] for channel in range(3))
    share = float(((green > red + 40) & (green > blue + 40)).mean())
    assert share > 0.02, f"{share:.1%} of the scene is green"
