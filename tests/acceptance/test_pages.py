"""Every page, in both languages and themes, on a desk and in a hand: it fits, it is accessible, nothing in it fails."""

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.acceptance import files, records
from tests.acceptance.browser import PHONE, RESULTS
from tests.acceptance.conftest import OpenContext
from tests.acceptance.people import Person, newcomer, sign_in
from tests.acceptance.server import ADMIN_PASSWORD, Server
from tests.acceptance.words import WEB, Words

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = RESULTS / "screens"
LOOKS = [("en", "light"), ("zh-CN", "dark")]  # no page looks at its language to choose a colour
LONGEST_TASK_MS = 90_000
ASK_AXE = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ['violations'] })
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
}"""
_SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

GUEST_PAGES = {"sign-in": "/sign-in", "register": "/register"}
EMPTY_PAGES = {"no-tasks": "/tasks", "no-studies": "/studies", "no-models": "/models", "no-points": "/points"}
PHONE_PAGES = (
    "tasks",
    "task",
    "upload",
    "studies",
    "study",
    "models",
    "model",
    "points",
    "profile",
    "engines",
    "queues",
    "algorithms",
    "add-model",
    "patients",
    "patient",
    "archive-exports",
    "rules",
    "dicom-nodes",
    "dicom-node-search",
)


@pytest.fixture(scope="session")
def member_pages(browser: Browser, server: Server) -> dict[str, str]:
    """Addresses by name; those of one thing show what the demonstration has made, and a task that failed."""
    admin = sign_in(server.url, "admin", ADMIN_PASSWORD)
    failed = admin.order(files.real_ct("pages", missing=[7]), "Thorax follow-up with a gap")
    words = Words("en")
    with browser.new_context(base_url=server.url, locale="en") as context:
        admin.enter(context, server.url)
        page = context.new_page()
        page.goto("/tasks")
        for name, state in (("Demonstration", "COMPLETED"), ("Thorax", "FAILED")):
            row = page.get_by_role("row").filter(has_text=name)
            expect(row).to_contain_text(words(f"tasks:status.{state}"), timeout=LONGEST_TASK_MS)
    done = admin.get("/tasks?q=Demonstration")["items"][0]
    return {
        "tasks": "/tasks",
        "tasks-none-found": "/tasks?q=nothing-is-called-this",
        "task": f"/tasks/{done['task_id']}",
        "task-failed": f"/tasks/{failed}",
        "upload": "/upload",
        "studies": "/studies",
        "study": f"/studies/{done['study_uid']}",
        "order": f"/order?study_uid={done['study_uid']}",
        "models": "/models",
        "model": f"/models/{done['model_info_id']}",
        "points": "/points",
        "profile": "/profile",
        "users": "/admin/users",
        "engines": "/admin/engines",
        "queues": "/admin/queues",
        "algorithms": "/admin/algorithms",
        "add-model": "/admin/algorithms/new",
        "configuration": "/admin/configs",
        "not-found": "/nowhere",
        **records.fill(admin, done["study_uid"]),
    }


@dataclass(frozen=True)
class Look:
    """How the pages are seen, and where their pictures are kept."""

    language: str
    theme: str
    size: str = "desk"

    def context(self, open_context: OpenContext, url: str, **options: Any) -> BrowserContext:
        """Open a browser in which this theme and language were chosen before."""
        chosen = {"hounsfield.theme": self.theme, "hounsfield.language": self.language}
        kept = [{"name": name, "value": value} for name, value in chosen.items()]
        state = {"cookies": [], "origins": [{"origin": url, "localStorage": kept}]}
        context, _ = open_context(self.language, storage_state=state, **options)
        # the content policy of the page forbids to add it later
        context.add_init_script(path=AXE)
        return context

    def judge(self, page: Page, name: str, path: str) -> list[str]:
        """Open a page, keep its picture and return what is wrong with it."""
        page.goto(path)
        _settle(page)
        folder = SCREENS / f"{self.size}-{self.language}-{self.theme}"
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png")
        faults: list[str] = page.evaluate(ASK_AXE)
        if page.evaluate(_SIDEWAYS) > 0:
            faults.append("wider than the screen")
        return [f"{name}: {fault}" for fault in faults]


def _settle(page: Page) -> None:
    """Wait until everything has come and nothing moves."""
    page.wait_for_load_state("networkidle")
    expect(page.locator("[aria-busy=true], .animate-spin")).to_have_count(0)
    page.wait_for_function("() => document.fonts.status === 'loaded'")
    page.wait_for_function(
        "() => document.getAnimations().every((one) => one.effect.getTiming().iterations === Infinity"
        " || one.playState === 'finished')"
    )


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_pages_of_a_member(
    open_context: OpenContext,
    server: Server,
    admin: Person,
    member_pages: dict[str, str],
    language: str,
    theme: str,
) -> None:
    admin.speaks(language)
    look = Look(language, theme)
    context = look.context(open_context, server.url)
    admin.enter(context, server.url)
    page = context.new_page()
    faults = [fault for name, path in member_pages.items() for fault in look.judge(page, name, path)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_pages_of_a_guest_and_of_a_newcomer(
    open_context: OpenContext, server: Server, language: str, theme: str
) -> None:
    look = Look(language, theme)
    context = look.context(open_context, server.url)
    page = context.new_page()
    faults = [fault for name, path in GUEST_PAGES.items() for fault in look.judge(page, name, path)]
    newcomer(server.url, language).enter(context, server.url)
    faults += [fault for name, path in EMPTY_PAGES.items() for fault in look.judge(page, name, path)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_pages_in_a_hand(
    open_context: OpenContext,
    server: Server,
    admin: Person,
    member_pages: dict[str, str],
    language: str,
    theme: str,
) -> None:
    admin.speaks(language)
    look = Look(language, theme, "phone")
    context = look.context(open_context, server.url, viewport=PHONE, has_touch=True, is_mobile=True)
    admin.enter(context, server.url)
    page = context.new_page()
    faults = [fault for name in PHONE_PAGES for fault in look.judge(page, name, member_pages[name])]
    assert not faults, "\n".join(faults)
