"""C-STORE (PS3.4 annex B): an object is answered with success once it is durable and searchable."""

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicom.header import read_header
from hounsfield.dimse import figures
from hounsfield.dimse.callers import Caller
from hounsfield.dimse.objects import as_file, data_set_of
from hounsfield.dimse.trail import Trail
from hounsfield.dimse.wire import commands
from hounsfield.dimse.wire.acceptor import Association
from hounsfield.dimse.wire.channel import Message
from hounsfield.imaging.intake import Arrived, Intake, Outcome
from hounsfield.imaging.models import Instance
from hounsfield.kit.errors import NotFound
from hounsfield.kit.platform import Platform

log = structlog.get_logger()

SUCCESS = 0x0000
NOT_AUTHORIZED = 0x0124
OUT_OF_RESOURCES = 0xA700
DOES_NOT_MATCH = 0xA900
CANNOT_UNDERSTAND = 0xC000
UID_TAKEN = 0xC001


class Refused(Exception):
    """An object is not taken; the other end is told a status and why."""

    def __init__(self, status: int, comment: str) -> None:
        super().__init__(comment)
        self.status, self.comment = status, comment


class StoreHandler:
    """Takes what one node sends."""

    def __init__(self, platform: Platform, caller: Caller) -> None:
        self._platform, self._caller = platform, caller
        self._trail = Trail(platform, caller)
        self._intake = Intake(platform, caller.organization_id, None, f"dimse:{caller.ae_title}")

    def __call__(self, association: Association, message: Message) -> None:
        try:
            self._take(association, message)
            answer = commands.reply(message.command, SUCCESS)
        except Refused as refused:
            log.warning(
                "dimse.not_stored",
                node=self._caller.ae_title,
                instance=message.command.get("AffectedSOPInstanceUID"),
                status=f"{refused.status:04X}",
                reason=refused.comment,
            )
            answer = commands.reply(message.command, refused.status, ErrorComment=refused.comment)
        figures.OPERATIONS.labels("C-STORE", f"{answer['Status']:04X}").inc()
        association.channel.write_message(message.context_id, answer)

    def _take(self, association: Association, message: Message) -> None:
        if not self._caller.may_store:
            raise Refused(NOT_AUTHORIZED, "this node may not store")
        if message.oversized:
            raise Refused(OUT_OF_RESOURCES, "too large for now")
        if not message.data:
            raise Refused(CANNOT_UNDERSTAND, "no data set")
        file = _checked_file(association, message)
        try:
            (arrived,) = self._intake.take([file])
            if arrived.study_uid:
                self._trail.received(arrived.study_uid)
        except (OSError, SQLAlchemyError) as error:
            # nothing was taken: whoever sends it still has it, and tries again
            log.exception("dimse.store_failed", node=self._caller.ae_title)
            figures.STORED.labels("failed").inc()
            raise Refused(OUT_OF_RESOURCES, "cannot be stored now") from error
        figures.STORED.labels(arrived.outcome.value).inc()
        if arrived.outcome is Outcome.REFUSED:
            raise Refused(CANNOT_UNDERSTAND, arrived.code)
        if arrived.outcome is Outcome.CONFLICT and not self._is_the_same(arrived, file):
            raise Refused(UID_TAKEN, "other content is stored under this UID")
        figures.STORED_BYTES.inc(len(file))

    def _is_the_same(self, arrived: Arrived, file: bytes) -> bool:
        """Tell whether what is stored under the UID differs in nothing but what is around the data set."""
        with self._platform.db.read() as session:
            query = select(Instance.sha256).where(
                Instance.organization_id == self._caller.organization_id,
                Instance.sop_uid == arrived.sop_instance_uid,
            )
            sha256 = session.scalar(query)
        if sha256 is None:
            return False
        try:
            with self._platform.blobs.open(sha256) as stored:
                return data_set_of(stored.read()) == data_set_of(file)
        except (OSError, NotFound):
            return False


def _checked_file(association: Association, message: Message) -> bytes:
    """Return the object as a file, having checked that it is what the command says."""
    abstract, syntax = association.context(message)
    sop_class = message.command.get("AffectedSOPClassUID", "")
    sop_instance = message.command.get("AffectedSOPInstanceUID", "")
    if not sop_instance:
        raise Refused(CANNOT_UNDERSTAND, "no SOP Instance UID")
    if sop_class != abstract:
        raise Refused(DOES_NOT_MATCH, "another SOP class was agreed")
    assert message.data is not None
    file = as_file(
        message.data,
        sop_class_uid=sop_class,
        sop_instance_uid=sop_instance,
        transfer_syntax_uid=syntax,
        source_ae_title=association.calling,
    )
    try:
        header = read_header(file)
    except InvalidInstance as error:
        figures.STORED.labels("refused").inc()
        raise Refused(CANNOT_UNDERSTAND, error.code) from error
    if header.SOPClassUID != sop_class or header.SOPInstanceUID != sop_instance:
        figures.STORED.labels("refused").inc()
        raise Refused(DOES_NOT_MATCH, "the data set has other UIDs than the command")
    return file
