"""C-STORE (PS3.4 annex B): an object is answered with success once it is durable."""

import structlog
from sqlalchemy import bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicom.header import read_header
from hounsfield.dimse import figures
from hounsfield.dimse.callers import Caller
from hounsfield.dimse.landing.strip import Origin, Strip
from hounsfield.dimse.objects import as_file, data_set_of
from hounsfield.dimse.trail import Trail
from hounsfield.dimse.wire import commands
from hounsfield.dimse.wire.acceptor import Association
from hounsfield.dimse.wire.channel import Message
from hounsfield.imaging.intake import Intake, Outcome
from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.kit.errors import NotFound
from hounsfield.kit.platform import Platform

log = structlog.get_logger()

SUCCESS = 0x0000
NOT_AUTHORIZED = 0x0124
OUT_OF_RESOURCES = 0xA700
DOES_NOT_MATCH = 0xA900
CANNOT_UNDERSTAND = 0xC000
UID_TAKEN = 0xC001
WAIT_SECONDS = 10.0  # for room on the strip

# asked for every object, so made once
_TAKEN = select(Instance.id).where(
    Instance.organization_id == bindparam("organization_id"), Instance.sop_uid == bindparam("uid")
)
_HOME = (
    select(Study.study_uid)
    .join(Series, Series.study_id == Study.id)
    .where(Series.organization_id == bindparam("organization_id"), Series.series_uid == bindparam("uid"))
)


class Refused(Exception):
    """An object is not taken; the other end is told a status and why."""

    def __init__(self, status: int, comment: str) -> None:
        super().__init__(comment)
        self.status, self.comment = status, comment


class StoreHandler:
    """Takes what one node sends."""

    def __init__(self, platform: Platform, caller: Caller, strip: Strip | None) -> None:
        self._platform, self._caller, self._strip = platform, caller, strip
        self._origin = Origin(caller.organization_id, caller.id, caller.ae_title)
        self._intake = Intake(platform, caller.organization_id, None, f"dimse:{caller.ae_title}")
        self._trail = Trail(platform, caller)
        self._series: dict[str, str] = {}  # of this association, with the study of each

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
        file, header = _checked_file(association, message)
        try:
            if self._strip is not None and len(file) <= self._strip.largest and self._is_new(header):
                self._strip.put(self._origin, header.SOPInstanceUID, file, WAIT_SECONDS)
            else:
                self._take_in(file)
        except (OSError, SQLAlchemyError) as error:
            # it was not acknowledged: whoever sends it still has it, and tries again
            log.exception("dimse.store_failed", node=self._caller.ae_title)
            figures.STORED.labels("failed").inc()
            raise Refused(OUT_OF_RESOURCES, "cannot be stored now") from error
        figures.STORED_BYTES.inc(len(file))

    def _is_new(self, header: InstanceHeader) -> bool:
        """Tell whether nothing stands against taking an object in later: neither its UID nor its series is taken."""
        assert self._strip is not None
        own = self._caller.organization_id
        if self._strip.holds(own, header.SOPInstanceUID):
            self._strip.settled(WAIT_SECONDS)
        named = {"organization_id": own, "uid": header.SOPInstanceUID}
        with self._platform.db.look() as connection:
            if connection.execute(_TAKEN, named).first() is not None:
                return False
            if header.SeriesInstanceUID not in self._series:
                named["uid"] = header.SeriesInstanceUID
                study_uid = connection.execute(_HOME, named).scalar()
                self._series[header.SeriesInstanceUID] = study_uid or header.StudyInstanceUID
        return self._series[header.SeriesInstanceUID] == header.StudyInstanceUID

    def _take_in(self, file: bytes) -> None:
        (arrived,) = self._intake.take([file])
        figures.STORED.labels(arrived.outcome.value).inc()
        if arrived.outcome is Outcome.REFUSED:
            raise Refused(CANNOT_UNDERSTAND, arrived.code)
        if arrived.outcome is Outcome.CONFLICT and not self._is_the_same(arrived.sop_instance_uid, file):
            raise Refused(UID_TAKEN, "other content is stored under this UID")
        self._trail.received(arrived.study_uid)

    def _is_the_same(self, sop_uid: str, file: bytes) -> bool:
        """Tell whether what is stored under the UID differs in nothing but what is around the data set."""
        with self._platform.db.read() as session:
            query = select(Instance.sha256).where(
                Instance.organization_id == self._caller.organization_id, Instance.sop_uid == sop_uid
            )
            sha256 = session.scalar(query)
        if sha256 is None:
            return False
        try:
            with self._platform.blobs.open(sha256) as stored:
                return data_set_of(stored.read()) == data_set_of(file)
        except NotFound:
            return False


def _checked_file(association: Association, message: Message) -> tuple[bytes, InstanceHeader]:
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
    return file, header
