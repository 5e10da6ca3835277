"""A CT of the owner, and a colleague who reads it too."""

from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydicom import FileDataset
from tests.factories.accounts import bearer, make_user
from tests.factories.dicom import ct_datasets
from tests.factories.studies import archived, zipped

from hounsfield.accounts.models import ClinicalRole, User
from hounsfield.dicom.writer import encode
from hounsfield.kit.platform import Platform

Headers = dict[str, str]


@dataclass
class Ct:
    """A series of the archive and what it was made of."""

    study_uid: str
    series_uid: str
    frame_of_reference_uid: str
    datasets: list[FileDataset]

    @property
    def path(self) -> str:
        return f"/api/v1/studies/{self.study_uid}"

    def sop_uid(self, index: int) -> str:
        return str(self.datasets[index].SOPInstanceUID)


@pytest.fixture
def ct(client: TestClient, as_owner: Headers, run_outbox: Any) -> Ct:
    """Twelve slices of 32 x 32 voxels of 1.5 x 1.5 x 2.5 mm."""
    made = ct_datasets()
    archived(client, as_owner, zipped(encode(ds) for ds in made), run_outbox)
    first = made[0]
    return Ct(first.StudyInstanceUID, first.SeriesInstanceUID, first.FrameOfReferenceUID, made)


@pytest.fixture
def as_colleague(platform: Platform, owner: User) -> Headers:
    """A doctor of the owner's organization."""
    user = make_user(
        platform, "colleague", organization_id=owner.organization_id, clinical_role=ClinicalRole.DOCTOR
    )
    return bearer(platform, user)


@pytest.fixture
def as_nurse(platform: Platform, owner: User) -> Headers:
    """Somebody of the organization who reads and does not mark."""
    user = make_user(
        platform, "nurse", organization_id=owner.organization_id, clinical_role=ClinicalRole.NURSE
    )
    return bearer(platform, user)
