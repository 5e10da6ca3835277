"""dcmtk's clients against our application entity."""

from pathlib import Path

import pytest
from pydicom import dcmread
from sqlalchemy import select
from tests.factories.dicom import ct_folder
from tests.factories.nodes import dcmtk

from hounsfield.dimse.application import Application
from hounsfield.dimse.objects import data_set_of
from hounsfield.imaging.models import Instance, Study
from hounsfield.kit.platform import Platform

MANY = 1500  # studies: more than leave before a cancel can come


@pytest.fixture
def series(tmp_path: Path) -> list[Path]:
    return ct_folder(tmp_path / "series", slices=6)


def stored(platform: Platform) -> list[Instance]:
    with platform.db.read() as session:
        return list(session.scalars(select(Instance).order_by(Instance.number)))


def test_echo(port: int) -> None:
    done = dcmtk("echoscu", port)
    assert done.returncode == 0, done.stdout


def test_whoever_is_not_registered_is_refused(port: int) -> None:
    done = dcmtk("echoscu", port, title="STRANGER")
    assert done.returncode != 0
    assert "Calling AE Title Not Recognized" in done.stdout


def test_whoever_calls_somebody_else_is_refused(port: int) -> None:
    done = dcmtk("echoscu", port, called="ELSEWHERE")
    assert done.returncode != 0
    assert "Called AE Title Not Recognized" in done.stdout


@pytest.mark.parametrize("program", ["storescu", "dcmsend"])
def test_a_series_is_stored_byte_for_byte(
    platform: Platform, entity: Application, series: list[Path], program: str
) -> None:
    done = dcmtk(program, entity.port, *series)
    assert done.returncode == 0, done.stdout
    assert entity.settled()
    rows = stored(platform)
    assert len(rows) == len(series)
    for path, row in zip(series, rows, strict=True):
        with platform.blobs.open(row.sha256) as file:
            kept = file.read()
        assert data_set_of(kept) == data_set_of(path.read_bytes())
        meta = dcmread(platform.blobs.path(row.sha256), stop_before_pixels=True).file_meta
        assert meta.MediaStorageSOPInstanceUID == row.sop_uid
        assert meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
        assert meta.SourceApplicationEntityTitle == "SCANNER"
        assert meta.FileMetaInformationGroupLength > 0


def test_the_same_series_again_is_success_and_changes_nothing(
    platform: Platform, entity: Application, series: list[Path]
) -> None:
    for _ in range(2):
        done = dcmtk("storescu", entity.port, *series)
        assert done.returncode == 0, done.stdout
    assert entity.settled()
    assert len(stored(platform)) == len(series)


def test_studies_are_found(platform: Platform, port: int, series: list[Path]) -> None:
    dcmtk("storescu", port, *series)
    keys = [
        "QueryRetrieveLevel=STUDY",
        "PatientName=HOUNS*",
        "StudyDate=20260101-20260131",
        "StudyInstanceUID",
    ]
    keys += ["NumberOfStudyRelatedInstances", "ModalitiesInStudy", "StudyID"]
    done = dcmtk("findscu", port, "-S", *(part for key in keys for part in ("-k", key)))
    assert done.returncode == 0, done.stdout
    assert "Hounsfield^Godfrey" in done.stdout
    assert "[6 ]" in done.stdout


def test_a_search_ends_when_it_is_called_off(
    platform: Platform, entity: Application, port: int, series: list[Path]
) -> None:
    dcmtk("storescu", port, series[0])
    assert entity.settled()
    with platform.db.write() as session:
        one = session.scalars(select(Study)).one()
        same = {"organization_id": one.organization_id, "patient_id": one.patient_id, "modalities": ["CT"]}
        session.add_all(Study(study_uid=f"2.25.{number}", **same) for number in range(MANY))
    keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID", "-k", "PatientName"]
    done = dcmtk("findscu", port, "-v", "-S", "--cancel", "3", *keys)
    assert "MatchingTerminatedDueToCancelRequest" in done.stdout, done.stdout[-2000:]
    assert done.stdout.count("Find Response:") < MANY
    everything = dcmtk("findscu", port, "-v", "-S", *keys)
    assert everything.stdout.count("Find Response:") == MANY + 1
