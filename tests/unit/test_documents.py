"""What the documents say stays true: the diagram, the twins of two languages, links, commands and variables."""

import re
import runpy
from pathlib import Path

import pytest

from hounsfield.cli.main import main as platform_command
from hounsfield.kit.settings import Settings
from hounsfield_engine.cli import main as engine_command
from hounsfield_engine.settings import EngineSettings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "deploy/**/*.md", "src/*/README.md", "web/README.md")
    for path in ROOT.glob(pattern)
)
TWINS = sorted(path for path in DOCUMENTS if path.name.endswith(".zh-CN.md"))
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,6}) +(.+?) *$", re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)>\s]+)>?\)")
_VARIABLE = re.compile(r"\bHOUNSFIELD_[A-Z0-9_]+\b")
# what the suites read, and the page's own
_TEST_VARIABLES = {
    variable
    for source in (ROOT / "tests").rglob("*.py")
    for variable in re.findall(r"\bHOUNSFIELD_TEST_[A-Z0-9_]+\b", source.read_text("utf-8"))
} | {"HOUNSFIELD_URL"}  # web/vite.config.ts


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose(path: Path) -> str:
    return _FENCED.sub("", path.read_text("utf-8"))


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings as GitHub makes them."""
    titles = (title for _, title in _HEADING.findall(prose(path)))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def settings_variables() -> set[str]:
    return {f"HOUNSFIELD_{field.upper()}" for field in Settings.model_fields}


def engine_variables() -> set[str]:
    return {
        str(field.validation_alias or f"HOUNSFIELD_ENGINE_{key.upper()}")
        for key, field in EngineSettings.model_fields.items()
    }


def test_the_diagram_is_the_table_of_transitions():
    script = runpy.run_path(str(ROOT / "scripts/diagram.py"))
    for document in script["DOCUMENTS"]:
        text = document.read_text("utf-8")
        assert text == script["rewritten"](text), f"{name(document)}: run scripts/diagram.py"


@pytest.mark.parametrize("twin", TWINS, ids=name)
def test_both_languages_have_the_same_sections(twin: Path):
    original = twin.with_name(twin.name.replace(".zh-CN.md", ".md"))
    levels = [[len(marks) for marks, _ in _HEADING.findall(prose(path))] for path in (original, twin)]
    assert levels[0] == levels[1]
    blocks = [len(_FENCED.findall(path.read_text("utf-8"))) for path in (original, twin)]
    assert blocks[0] == blocks[1]


def test_what_operators_read_exists_in_both_languages():
    assert {"README.zh-CN.md", "docs/architecture.zh-CN.md", "docs/operations.zh-CN.md"} <= set(
        map(name, TWINS)
    )


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_lead_somewhere(document: Path):
    for link in _LINK.findall(prose(document)):
        target, _, anchor = link.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        found = (document.parent / target).resolve() if target else document
        assert found.exists(), f"{name(document)}: {link}"
        if anchor:
            assert anchor in anchors(found), f"{name(document)}: {link}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_commands_exist(document: Path):
    text = document.read_text("utf-8")
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`|&& )make ([a-z0-9]+)", text, re.MULTILINE)) <= targets
    for program, known in (("hounsfield", platform_command), ("hounsfield-engine", engine_command)):
        named = re.findall(rf"(?:^|[`/ ]){program} ([a-z]+)(?=[` \n])", code(text), re.MULTILINE)
        assert set(named) <= set(known.commands), name(document)


def code(text: str) -> str:
    """Return what a document shows as code: fenced blocks and spans."""
    return "\n".join([*_FENCED.findall(text), *re.findall(r"`[^`\n]+`", _FENCED.sub("", text))])


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_variables_exist(document: Path):
    named = set(_VARIABLE.findall(document.read_text("utf-8")))
    assert named <= settings_variables() | engine_variables() | _TEST_VARIABLES


@pytest.mark.parametrize("language", ["", ".zh-CN"])
def test_the_operators_table_has_every_setting(language: str):
    table = (ROOT / f"docs/operations{language}.md").read_text("utf-8")
    assert settings_variables() <= set(_VARIABLE.findall(table))
