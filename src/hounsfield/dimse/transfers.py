"""Transfers that people and rules order: a row says how far each is, a job carries it out and tries again."""

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from hounsfield.dimse.models import DicomNode, DicomTransfer
from hounsfield.dimse.outgoing import Counts
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import DomainError
from hounsfield.kit.jobs import job
from hounsfield.kit.outbox import send_event, send_job
from hounsfield.kit.platform import Platform
from hounsfield.notifications.service import user_room

log = structlog.get_logger()
TELL_SECONDS: Final = 0.5
KEPT: Final = timedelta(days=30)
ENDED: Final = ("DONE", "FAILED")


def order(
    session: Session, node: DicomNode, direction: str, wanted: dict[str, Any], *, total: int, by: str | None
) -> DicomTransfer:
    """Make a transfer in the caller's transaction; a worker begins it after the commit."""
    transfer = DicomTransfer(
        organization_id=node.organization_id,
        node_id=node.id,
        direction=direction,
        wanted=wanted,
        total=total,
        created_by=by,
    )
    session.add(transfer)
    session.flush()
    send_job(session, "dimse.send" if direction == "SEND" else "dimse.retrieve", transfer_id=transfer.id)
    return transfer


def begin(platform: Platform, transfer_id: str) -> tuple[DicomTransfer, DicomNode] | None:
    """Return a transfer that is to be carried out, with its node; None where it is over or gone."""
    with platform.db.write() as session:
        transfer = session.get(DicomTransfer, transfer_id)
        if transfer is None or transfer.status in ENDED:
            return None
        transfer.status = "RUNNING"
        return transfer, session.get_one(DicomNode, transfer.node_id)


class Teller:
    """Keeps the row of a transfer up to date, not more often than somebody looks."""

    def __init__(self, platform: Platform, transfer: DicomTransfer) -> None:
        self._platform, self._transfer = platform, transfer
        self._told = time.monotonic()

    def tell(self, counts: Counts) -> None:
        if time.monotonic() - self._told > TELL_SECONDS:
            self._told = time.monotonic()
            self._put(counts, "RUNNING", None)

    def end(self, counts: Counts, error: DomainError | None = None) -> None:
        """Say how it ended: failed where anything was not transferred."""
        failed = error is not None or counts.failed > 0
        self._put(counts, "FAILED" if failed else "DONE", error)

    def again(self, counts: Counts, error: DomainError, *, sent: Sequence[str] = ()) -> None:
        """Say that it is going to be tried again, and what need not be sent then."""
        self._put(counts, "QUEUED", error, {"wanted": {**self._transfer.wanted, "sent": list(sent)}})

    def _put(
        self, counts: Counts, status: str, error: DomainError | None, more: dict[str, Any] | None = None
    ) -> None:
        values: dict[str, Any] = {
            "status": status,
            "total": max(counts.total, self._transfer.total),
            "completed": counts.completed,
            "warnings": counts.warnings,
            "failed": counts.failed,
            "error_code": error.code if error else None,
            "error_params": error.params if error else None,
        }
        if status in ENDED:
            values["finished_at"] = utc_now()
        with self._platform.db.write() as session:
            session.execute(
                update(DicomTransfer)
                .where(DicomTransfer.id == self._transfer.id)
                .values({**values, **(more or {})})
            )
            if self._transfer.created_by:
                told = ("status", "total", "completed", "warnings", "failed", "error_code")
                body = {"transfer_id": self._transfer.id, "node_id": self._transfer.node_id}
                body |= {name: values[name] for name in told}
                send_event(session, user_room(self._transfer.created_by), "dicom_transfer", body)


def give_up(platform: Platform, transfer_id: str) -> None:
    """Note that every try has failed; why is there already."""
    with platform.db.write() as session:
        still = (DicomTransfer.id == transfer_id, DicomTransfer.status.not_in(ENDED))
        session.execute(update(DicomTransfer).where(*still).values(status="FAILED", finished_at=utc_now()))


@job("dimse.sweep")
def forget_old(platform: Platform, **_arguments: Any) -> None:
    """Remove what ended long ago."""
    with platform.db.write() as session:
        session.execute(delete(DicomTransfer).where(DicomTransfer.finished_at < utc_now() - KEPT))
