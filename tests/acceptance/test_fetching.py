"""An administrator searches an older archive for a patient and fetches studies from it, at a desk and on a phone."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pydicom import Dataset, FileDataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]  # made at import
    CTImageStorage,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
)
from tests.acceptance.browser import PHONE, RESULTS
from tests.acceptance.people import Person
from tests.acceptance.words import LANGUAGES, Words
from tests.factories.dicom import ct_datasets
from tests.processes import free_port

SLICES = 8
TITLE = "OLD_PACS"
FIRST = {"PatientName": "Cormack^Allan", "PatientID": "C-1979", "StudyDate": "20240229"}
SECOND = {"PatientName": "Cormack^Barbara", "PatientID": "C-1980", "StudyDate": "20250301"}
_SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass(frozen=True)
class Far:
    """An archive with two studies of its own, and how it was asked."""

    uids: list[str]
    asked: list[Dataset]


@pytest.fixture
def far(admin: Person, language: str) -> Iterator[Far]:
    """A registered archive that answers C-FIND and C-GET."""
    studies: list[list[FileDataset]] = []
    for number, patient in enumerate((FIRST, SECOND)):
        about = {**patient, "StudyDescription": "CT head", "AccessionNumber": f"A-{number}"}
        studies.append(ct_datasets(SLICES, attributes=about, seed=f"far/{language}/{number}"))
    far = Far([str(study[0].StudyInstanceUID) for study in studies], [])
    entity, port = AE(TITLE), free_port()
    entity.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
    entity.add_supported_context(StudyRootQueryRetrieveInformationModelGet)
    entity.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)

    def find(event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        asked = event.identifier
        far.asked.append(asked)
        for study in studies:
            if fnmatch(str(study[0].PatientName).lower(), str(asked.PatientName).lower()):
                yield 0xFF00, _answer(study)

    def get(event: evt.Event) -> Iterator[Any]:
        (study,) = (each for each in studies if each[0].StudyInstanceUID == event.identifier.StudyInstanceUID)
        yield len(study)
        for image in study:
            yield 0xFF00, image

    handlers: list[Any] = [(evt.EVT_C_FIND, find), (evt.EVT_C_GET, get)]
    running = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers)
    assert running is not None
    wish = {"ae_title": TITLE, "host": "127.0.0.1", "port": port, "description": "Archive until 2025"}
    node = admin.post("/admin/dicom-nodes", wish)
    yield far
    for uid in far.uids:  # other tests count what is in the archive
        admin.api.delete(f"/studies/{uid}")
    assert admin.api.delete(f"/admin/dicom-nodes/{node['id']}").status_code == 204
    running.shutdown()


def _answer(study: list[FileDataset]) -> Dataset:
    answer = Dataset()
    answer.QueryRetrieveLevel = "STUDY"
    keywords = ("PatientName", "PatientID", "PatientBirthDate", "StudyDate", "StudyDescription")
    for keyword in (*keywords, "AccessionNumber", "StudyInstanceUID"):
        setattr(answer, keyword, study[0][keyword].value)
    answer.ModalitiesInStudy = "CT"
    answer.NumberOfStudyRelatedInstances = len(study)
    return answer


@pytest.mark.parametrize("language", LANGUAGES)
def test_studies_are_found_and_fetched(
    office: Page, admin: Person, far: Far, words: Words, language: str
) -> None:
    office.goto("/admin/dicom-nodes")
    office.get_by_role("link", name=words("nodes:search.actionOf", title=TITLE)).click()
    expect(office.get_by_role("heading", level=1)).to_have_text(words("nodes:search.title", title=TITLE))
    name = office.get_by_label(words("nodes:search.name"))
    name.fill("Nobody")
    name.press("Enter")
    expect(office.get_by_text(words("nodes:search.emptyTitle"))).to_be_visible()

    name.fill("cormack")
    office.get_by_label(words("nodes:search.from")).fill("2024-02-01")
    office.get_by_label(words("nodes:search.modality")).select_option("CT")
    office.get_by_role("button", name=words("nodes:search.submit"), exact=True).click()
    line = office.get_by_role("row").filter(has_text="Cormack, Allan")
    for text in ("C-1979", "CT head", "A-0", str(SLICES)):
        expect(line).to_contain_text(text)
    asked = far.asked[-1]
    assert (asked.PatientName, asked.StudyDate, asked.ModalitiesInStudy) == ("cormack*", "20240201-", "CT")
    office.screenshot(path=RESULTS / f"found-{language}.png")
    line.get_by_role("button", name=words("nodes:search.fetch")).click()
    here = line.get_by_role("link", name=words("nodes:search.inArchive"))
    expect(here).to_have_attribute("href", f"/studies/{far.uids[0]}")

    office.set_viewport_size(PHONE)  # type: ignore[arg-type]  # width and height
    office.reload()  # what was looked for is in the address, and what is here already is known
    first, second = (
        office.get_by_role("listitem").filter(has_text=each)
        for each in ("Cormack, Allan", "Cormack, Barbara")
    )
    expect(first.get_by_role("link", name=words("nodes:search.inArchive"))).to_be_visible()
    second.get_by_role("checkbox").check()
    assert office.evaluate(_SIDEWAYS) == 0
    office.screenshot(path=RESULTS / f"found-phone-{language}.png")
    plural = "one" if language == "en" else "other"
    office.get_by_role("button", name=words(f"nodes:search.fetchCount_{plural}", count="1")).click()
    expect(second.get_by_role("link", name=words("nodes:search.inArchive"))).to_be_visible()

    office.goto("/admin/dicom-nodes")
    moved = office.get_by_role("listitem").filter(has_text=words("nodes:transfers.RETRIEVE", title=TITLE))
    expect(moved).to_have_count(2)
    expect(moved.first).to_contain_text(words("nodes:transferStatus.DONE"))
    office.screenshot(path=RESULTS / f"fetched-phone-{language}.png")
    assert office.evaluate(_SIDEWAYS) == 0
    moved.first.get_by_role("link", name="Cormack, Barbara").click()
    expect(office.get_by_role("heading", level=1)).to_have_text("Cormack, Barbara")
    assert admin.get(f"/studies/{far.uids[1]}")["instance_count"] == SLICES
