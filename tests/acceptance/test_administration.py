"""An administrator registers a scanner, sends a study, writes a rule, gives images away without identity, and brings a study back."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect
from pydicom import dcmread
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt
from pynetdicom.sop_class import CTImageStorage, Verification  # type: ignore[attr-defined]  # made at import
from tests.acceptance.browser import RESULTS
from tests.acceptance.people import Person
from tests.acceptance.words import LANGUAGES, Words
from tests.processes import free_port, until

SLICES = 112  # of the demonstration's study


@pytest.fixture
def scanner() -> Iterator[int]:
    """A far end that answers C-ECHO; its port."""
    entity, port = AE("SCANNER"), free_port()
    entity.add_supported_context(Verification)
    running = entity.start_server(
        ("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_ECHO, lambda _: 0)]
    )
    assert running is not None
    yield port
    running.shutdown()


@pytest.fixture
def workstation(admin: Person) -> Iterator[list[str]]:
    """A registered node that takes CT images; what it took, by instance UID."""
    taken: list[str] = []

    def take(event: evt.Event) -> int:
        taken.append(str(event.request.AffectedSOPInstanceUID))  # type: ignore[union-attr]  # of a C-STORE
        return 0

    entity, port = AE("READING_1"), free_port()
    entity.add_supported_context(CTImageStorage, ALL_TRANSFER_SYNTAXES)
    running = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_STORE, take)])
    assert running is not None
    wish = {"ae_title": "READING_1", "host": "127.0.0.1", "port": port, "description": "Reading room"}
    node = admin.post("/admin/dicom-nodes", wish)
    yield taken
    assert admin.api.delete(f"/admin/dicom-nodes/{node['id']}").status_code == 204
    running.shutdown()


@pytest.fixture
def images(admin: Person) -> list[Any]:
    """The demonstration's study, once all of it is there."""
    until(
        lambda: [each["instance_count"] for each in admin.get("/studies")["items"]] == [SLICES], "images", 120
    )
    return list(admin.get("/studies")["items"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_scanner_is_registered_called_and_removed(
    office: Page, scanner: int, words: Words, language: str
) -> None:
    title = f"CT-{language[:2].upper()}"
    office.goto("/admin/dicom-nodes")
    office.get_by_role("button", name=words("nodes:new")).click()
    dialog = office.get_by_role("dialog")
    dialog.get_by_label(words("nodes:aeTitle")).fill(title)
    dialog.get_by_label(words("nodes:host")).fill("127.0.0.1")
    dialog.get_by_label(words("nodes:port")).fill(str(free_port()))
    dialog.get_by_role("checkbox", name=words("nodes:may_query")).check()
    dialog.get_by_role("button", name=words("nodes:add"), exact=True).click()
    expect(office.get_by_text(words("nodes:saved", title=title))).to_be_visible()

    line = office.get_by_role("row").filter(has_text=title)
    echo = line.get_by_role("button", name=words("nodes:echoOf", title=title))
    echo.click()
    said = line.get_by_role("status")
    expect(said).not_to_be_empty()
    refused = said.text_content()

    line.get_by_role("button", name=words("nodes:actionsFor", title=title)).click()
    office.get_by_role("menuitem", name=words("nodes:edit")).click()
    dialog.get_by_label(words("nodes:port")).fill(str(scanner))
    dialog.get_by_role("button", name=words("action.save")).click()
    expect(line).to_contain_text(str(scanner))
    echo.click()
    expect(said).to_contain_text(re.compile(re.escape(words("nodes:took", ms="N")).replace("N", r"\d+")))
    assert refused
    assert refused not in (said.text_content() or "")
    office.screenshot(path=RESULTS / f"nodes-{language}.png")

    line.get_by_role("button", name=words("nodes:actionsFor", title=title)).click()
    office.get_by_role("menuitem", name=words("nodes:remove")).click()
    office.get_by_role("dialog").get_by_role("button", name=words("nodes:remove"), exact=True).click()
    expect(office.get_by_text(words("nodes:removed", title=title))).to_be_visible()
    expect(line).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_study_is_sent_to_a_workstation(
    office: Page, images: list[Any], workstation: list[str], words: Words, language: str
) -> None:
    office.goto(f"/studies/{images[0]['study_uid']}")
    office.get_by_role("button", name=words("studies:send.action"), exact=True).click()
    dialog = office.get_by_role("dialog")
    dialog.get_by_label(words("studies:send.node")).select_option(label="READING_1 · Reading room")
    dialog.get_by_role("button", name=words("studies:send.submit"), exact=True).click()
    expect(office.get_by_text(words("studies:send.asked"))).to_be_visible()
    sent = office.get_by_role("row").filter(has_text=words("nodes:transfers.SEND", title="READING_1"))
    expect(sent).to_contain_text(words("nodes:transferStatus.DONE"))
    expect(sent).to_contain_text(words("nodes:transfers.images", done=str(SLICES), total=str(SLICES)))
    here = sent.get_by_role("link").first
    expect(here).to_have_attribute("href", f"/studies/{images[0]['study_uid']}")
    assert len(set(workstation)) == SLICES
    office.screenshot(path=RESULTS / f"transfers-{language}.png")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rule_is_tried_saved_stopped_and_removed(
    office: Page, admin: Person, images: list[Any], words: Words, language: str
) -> None:
    name = f"Night shift {language}"
    office.goto("/admin/rules")
    office.get_by_role("button", name=words("archive:rules.new")).click()
    dialog = office.get_by_role("dialog")
    dialog.get_by_label(words("archive:rules.name")).fill(name)
    modality = dialog.get_by_label(words("archive:condition.modality"))
    modality.fill("MR")
    dialog.get_by_role("button", name=words("archive:rules.addAction")).click()
    tried = dialog.get_by_role("button", name=words("archive:preview.try"))
    tried.click()
    table = dialog.get_by_role("table", name=words("archive:preview.title"))
    expect(table).to_contain_text(words("archive:preview.unmet"))
    modality.press("Control+a")
    modality.press_sequentially("ct mr")
    expect(modality).to_have_value("ct mr")  # shown in capitals
    tried.click()
    expect(table).to_contain_text(words("archive:action.notify"))
    office.screenshot(path=RESULTS / f"rule-{language}.png")
    dialog.get_by_role("button", name=words("archive:rules.save")).click()
    expect(dialog).to_have_count(0)

    line = office.get_by_role("row").filter(has_text=name)
    expect(line).to_contain_text("CT")
    line.get_by_role("button", name=words("archive:rules.stop")).click()
    expect(line.get_by_role("button", name=words("archive:rules.start"))).to_be_visible()
    (rule,) = [each for each in admin.get("/rules")["items"] if each["name"] == name]
    assert (rule["enabled"], rule["conditions"]["modality"]) == (False, ["CT", "MR"])
    line.get_by_role("button", name=words("archive:rules.remove")).click()
    office.get_by_role("dialog").get_by_role("button", name=words("archive:rules.remove")).click()
    expect(line).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_study_leaves_without_its_identity_is_deleted_and_comes_back(
    office: Page, admin: Person, images: list[Any], words: Words, language: str, tmp_path: Path
) -> None:
    until(
        lambda: [each["instance_count"] for each in admin.get("/studies")["items"]] == [SLICES], "images", 120
    )
    (study,) = admin.get("/studies")["items"]
    project = f"Research {language}"
    office.goto("/archive")
    office.get_by_role("button", name=words("archive:projects.new")).click()
    dialog = office.get_by_role("dialog")
    dialog.get_by_label(words("archive:projects.name")).fill(project)
    dialog.get_by_role("button", name=words("archive:projects.make")).click()
    expect(office.get_by_role("cell", name=project)).to_be_visible()

    office.goto(f"/studies/{study['study_uid']}")
    office.get_by_role("button", name=words("studies:export.action"), exact=True).click()
    dialog.get_by_label(words("studies:export.project")).select_option(project)
    dialog.get_by_role("button", name=words("studies:export.submit"), exact=True).click()
    line = office.get_by_role("row").filter(has_text=words("archive:exports.deidentified", project=project))
    expect(line).to_contain_text(words("archive:exportStatus.DONE"))
    with office.expect_download() as saving:
        line.get_by_role("button", name=words("archive:exports.download")).click()
    saved = tmp_path / "export.zip"
    saving.value.save_as(saved)
    with ZipFile(saved) as archive:
        given = [dcmread(BytesIO(archive.read(name))) for name in archive.namelist() if name.endswith(".dcm")]
    assert len(given) == SLICES
    assert {str(image.PatientName)[:4] for image in given} == {"ANON"}
    assert study["study_uid"] not in {image.StudyInstanceUID for image in given}
    office.screenshot(path=RESULTS / f"exports-{language}.png")

    office.goto(f"/studies/{study['study_uid']}")
    office.get_by_role("button", name=words("studies:more")).click()
    office.get_by_role("menuitem", name=words("studies:delete.action")).click()
    dialog.get_by_role("button", name=words("studies:delete.confirm")).click()
    expect(office).to_have_url(re.compile("/studies$"))
    office.goto("/archive?tab=trash")
    line = office.get_by_role("row").filter(has_text="Demo, Trunk")
    line.get_by_role("button", name=words("archive:trash.restore")).click()
    expect(office.get_by_text(words("archive:trash.restored"))).to_be_visible()
    assert study["study_uid"] in {each["study_uid"] for each in admin.get("/studies")["items"]}
