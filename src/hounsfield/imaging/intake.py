"""Stand-in until the room's own is merged."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from hounsfield.accounts.models import User
from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicom.header import read_header
from hounsfield.imaging.store import Incoming, refresh, store_batch
from hounsfield.kit.platform import Platform


class Outcome(StrEnum):
    STORED = "stored"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True)
class Arrived:
    outcome: Outcome
    code: str = ""
    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    study_uid: str = ""
    series_uid: str = ""


class Intake:
    def __init__(self, platform: Platform, organization_id: str, owner_id: str | None, source: str) -> None:
        self._platform, self._organization_id, self._owner_id = platform, organization_id, owner_id

    def take(self, objects: Sequence[bytes]) -> list[Arrived]:
        arrived = []
        for data in objects:
            try:
                header = read_header(data)
            except InvalidInstance as error:
                arrived.append(Arrived(Outcome.REFUSED, error.code))
                continue
            sha = hashlib.sha256(data).hexdigest()
            self._platform.blobs.put(data, sha)
            with self._platform.db.write() as session:
                owner = session.scalar(
                    select(User.id).where(User.organization_id == self._organization_id).limit(1)
                )
                stored = store_batch(
                    session, self._organization_id, owner, [Incoming("", header, sha, len(data))]
                )
                refresh(session, stored.series_ids)
            outcome = (
                Outcome.CONFLICT
                if stored.conflicts
                else Outcome.DUPLICATE
                if stored.duplicates
                else Outcome.STORED
            )
            arrived.append(
                Arrived(
                    outcome,
                    "UID_TAKEN" if stored.conflicts else "",
                    header.SOPClassUID,
                    header.SOPInstanceUID,
                    header.StudyInstanceUID,
                    header.SeriesInstanceUID,
                )
            )
        return arrived
