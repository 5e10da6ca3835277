"""Images that cannot be used: the reason is on the screen, in the person's language, and nothing is paid."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.acceptance import acts, files
from tests.acceptance.conftest import OpenContext
from tests.acceptance.people import newcomer
from tests.acceptance.server import Server
from tests.acceptance.words import LANGUAGES, Words

MISSING_SLICE = {"en": "1 slice is missing", "zh-CN": "缺少 1 层"}
ENCRYPTED = {"en": "files in the archive are encrypted", "zh-CN": "压缩包中有 4 个加密文件"}


@pytest.fixture
def page(open_context: OpenContext, server: Server, words: Words) -> Page:
    """A page in which a newcomer with 100 points is signed in."""
    context, _ = open_context(words.language)
    newcomer(server.url, words.language).enter(context, server.url)
    return context.new_page()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_slice_fails_the_task_and_costs_nothing(
    page: Page, words: Words, language: str, tmp_path: Path
) -> None:
    archive = files.saved(tmp_path, "gap.zip", files.real_ct(f"gap {language}", missing=[40]))
    acts.order_archive(page, words, archive)
    _refused(page, words, MISSING_SLICE[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_encrypted_archive_fails_the_task_and_costs_nothing(
    page: Page, words: Words, language: str, tmp_path: Path
) -> None:
    acts.order_archive(page, words, files.saved(tmp_path, "locked.zip", files.encrypted()))
    _refused(page, words, ENCRYPTED[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_file_is_refused_before_a_byte_is_sent(
    page: Page, words: Words, language: str, tmp_path: Path
) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/uploads") else None)
    page.goto("/upload")
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name=words("order:chooseFile")).click()
    choosing.value.set_files(files.saved(tmp_path, "notes.txt", b"not an image"))
    expect(page.get_by_role("alert")).to_contain_text(words("order:unfit.notZip"))
    expect(page.get_by_role("button", name=words("order:submit"), exact=True)).to_be_disabled()
    assert [url for url in sent if page.url not in url] == []
    acts.shows_balance(page, words, 100)


def _refused(page: Page, words: Words, reason: str) -> None:
    status = acts.status_of(page)
    expect(page.get_by_role("main").get_by_text(reason)).to_be_visible()
    expect(status).to_have_text(words("tasks:status.FAILED"))
    acts.shows_balance(page, words, 100)
