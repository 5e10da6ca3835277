"""Two tabs of one browser are one session."""

from playwright.sync_api import BrowserContext, Page, expect
from tests.acceptance import acts
from tests.acceptance.conftest import OpenContext
from tests.acceptance.people import Person
from tests.acceptance.server import Server
from tests.acceptance.words import Words

ROUNDS = 3


def test_refreshing_in_two_tabs_at_once_signs_nobody_out(
    open_context: OpenContext, server: Server, person: Person, words: Words
) -> None:
    first, second = _two_tabs(open_context, server, person)
    for _ in range(ROUNDS):
        # both spend the refresh cookie, which rotates with each use
        with _answered(first), _answered(second):
            first.evaluate("() => location.reload()")
            second.evaluate("() => location.reload()")
        for tab in (first, second):
            acts.shows_balance(tab, words, 100)
    for tab in (first, second):
        acts.go_to(tab, words, "studies")
        expect(tab.get_by_text(words("studies:emptyTitle"))).to_be_visible()


def test_signing_out_in_one_tab_ends_the_other(
    open_context: OpenContext, server: Server, person: Person, words: Words
) -> None:
    first, second = _two_tabs(open_context, server, person)
    first.get_by_role("button", name=words("account")).click()
    first.get_by_role("menuitem", name=words("signOut")).click()
    for tab in (first, second):
        expect(tab.get_by_role("button", name=words("auth:signIn.submit"))).to_be_visible()
    second.reload()
    expect(second.get_by_role("button", name=words("auth:signIn.submit"))).to_be_visible()


def _two_tabs(open_context: OpenContext, server: Server, person: Person) -> tuple[Page, Page]:
    context: BrowserContext = open_context()[0]
    person.enter(context, server.url)
    first, second = context.new_page(), context.new_page()
    for tab in (first, second):
        tab.goto("/tasks")
        acts.shows_balance(tab, Words("en"), 100)
    return first, second


def _answered(tab: Page):
    return tab.expect_response(lambda response: response.url.endswith("/users/refresh"))
