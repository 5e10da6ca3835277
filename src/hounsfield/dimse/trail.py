"""The one place where this room tells the audit trail what a node asked for, was sent, or brought, and who had it done."""

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.audit.service import Agent, note, note_read
from hounsfield.dimse.models import DicomNode, DicomTransfer
from hounsfield.dimse.selection import Chosen
from hounsfield.imaging.models import Study
from hounsfield.kit.platform import Platform

SOURCE = "dimse"


class Device(Protocol):
    """A node, whether it calls or is called."""

    @property
    def id(self) -> str: ...
    @property
    def organization_id(self) -> str: ...
    @property
    def ae_title(self) -> str: ...


def note_seek(platform: Platform, actor: Actor, node: DicomNode, keys: dict[str, Any]) -> None:
    """Note that somebody looks for studies in another archive."""
    details = {"node": node.ae_title, "keys": keys}
    note_read(platform, actor, "study.seek", object_type="query", object_id=node.id, details=details)


def note_order(session: Session, actor: Actor, transfer: DicomTransfer, node: DicomNode) -> None:
    """Note who has a study moved: the moving itself is noted as the node's doing."""
    patient = select(Study.patient_id).where(
        Study.organization_id == node.organization_id, Study.study_uid == transfer.study_uid
    )
    note(
        session,
        actor,
        "study.forward" if transfer.direction == "SEND" else "study.fetch",
        object_type="study",
        object_id=transfer.study_uid or "",
        patient_id=session.scalar(patient),
        organization_id=node.organization_id,
        details={"node": node.ae_title},
    )


class Trail:
    """Notes what one node does, before it hears of it."""

    def __init__(self, platform: Platform, device: Device) -> None:
        self._platform = platform
        self._who = Agent("device", device.id, device.ae_title, device.organization_id)
        self._received: set[str] = set()

    def searched(self, level: str, keys: dict[str, Any]) -> None:
        """Note a query."""
        asked = {keyword: value for keyword, value in keys.items() if value}
        self._note(f"{level.lower()}.query", "query", level, details={"keys": asked})

    def retrieved(self, chosen: Sequence[Chosen], destination: str) -> None:
        """Note what is about to leave, and for where: one row a study."""
        studies = sorted({(each.study_uid, each.patient_id) for each in chosen})
        for study_uid, patient_id in studies:
            details = {
                "destination": destination,
                "instances": sum(each.study_uid == study_uid for each in chosen),
            }
            self._note("study.send", "study", study_uid, patient_id=patient_id, details=details)

    def received(self, study_uid: str) -> None:
        """Note that a study came, or some of it: once for as long as this trail is kept."""
        if study_uid in self._received:
            return
        with self._platform.db.read() as session:
            query = select(Study.patient_id).where(
                Study.organization_id == self._who.organization_id, Study.study_uid == study_uid
            )
            patient_id = session.scalar(query)
        self._note("study.receive", "study", study_uid, patient_id=patient_id)
        self._received.add(study_uid)

    def _note(
        self,
        action: str,
        object_type: str,
        object_id: str,
        *,
        patient_id: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        note_read(
            self._platform,
            self._who,
            action,
            object_type=object_type,
            object_id=object_id,
            patient_id=patient_id,
            source=SOURCE,
            details=details,
        )
