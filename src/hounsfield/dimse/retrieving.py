"""C-MOVE and C-GET (PS3.4 annex C): objects to somebody whom the archive knows, or back to whoever asks."""

import time
from collections.abc import Iterator
from typing import Any, Final

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from hounsfield.dimse import figures
from hounsfield.dimse.callers import Caller
from hounsfield.dimse.errors import NodeError
from hounsfield.dimse.identifiers import Keys, UnreadableIdentifier, dataset, decode, encode, keys_of
from hounsfield.dimse.levels import LEVELS, UNIQUE
from hounsfield.dimse.models import DicomNode
from hounsfield.dimse.nodes import calling
from hounsfield.dimse.outgoing import Counts, Sender, contexts_for
from hounsfield.dimse.search import OPEN
from hounsfield.dimse.selection import Chosen, named
from hounsfield.dimse.syntaxes import PATIENT_ROOT_GET, PATIENT_ROOT_MOVE
from hounsfield.dimse.trail import Trail
from hounsfield.dimse.wire import commands
from hounsfield.dimse.wire.acceptor import Association
from hounsfield.dimse.wire.channel import Message
from hounsfield.kit.platform import Platform

log = structlog.get_logger()
SUCCESS, PENDING, CANCELLED, WITH_FAILURES = 0x0000, 0xFF00, 0xFE00, 0xB000
NOT_AUTHORIZED, CANNOT_COUNT, CANNOT_SEND = 0x0124, 0xA701, 0xA702
UNKNOWN_DESTINATION, DOES_NOT_MATCH = 0xA801, 0xA900
_TELL_SECONDS: Final = 0.5  # between two words about how far it is
_MOST_COUNTED: Final = 0xFFFF


class Refused(Exception):
    """The operation is not carried out."""

    def __init__(self, status: int, comment: str) -> None:
        super().__init__(comment)
        self.status, self.comment = status, comment


class Retrieval:
    """What C-MOVE and C-GET have in common: which objects, how far it is, and what it came to."""

    name = ""

    def __init__(self, platform: Platform, caller: Caller) -> None:
        self.platform, self.caller = platform, caller
        self._trail = Trail(platform, caller)

    def __call__(self, association: Association, message: Message) -> None:
        counts = Counts()
        try:
            status, comment = self._carry_out(association, message, counts), ""
        except Refused as refused:
            status, comment = refused.status, refused.comment
        except UnreadableIdentifier:
            status, comment = DOES_NOT_MATCH, "the identifier cannot be read"
        except SQLAlchemyError:
            log.exception("dimse.retrieve_failed", node=self.caller.ae_title)
            status, comment = CANNOT_COUNT, "the database does not answer"
        figures.OPERATIONS.labels(self.name, f"{status:04X}").inc()
        self._tell_end(association, message, counts, status, comment)

    def _carry_out(self, association: Association, message: Message, counts: Counts) -> int:
        if not self.caller.may_retrieve:
            raise Refused(NOT_AUTHORIZED, "this node may not retrieve")
        chosen = self._chosen(association, message)
        counts.total = len(chosen)
        return self.send(association, message, chosen, counts)

    def send(self, association: Association, message: Message, chosen: list[Chosen], counts: Counts) -> int:
        raise NotImplementedError

    def _chosen(self, association: Association, message: Message) -> list[Chosen]:
        abstract, syntax = association.context(message)
        if message.data is None:
            raise Refused(DOES_NOT_MATCH, "no identifier")
        keys = keys_of(decode(message.data, syntax))
        level = (keys.get("QueryRetrieveLevel") or [""])[0]
        if level not in LEVELS or (
            level == "PATIENT" and abstract not in (PATIENT_ROOT_MOVE, PATIENT_ROOT_GET)
        ):
            raise Refused(DOES_NOT_MATCH, "no such level")
        if not keys.get(UNIQUE[level]) or _has_wildcards(keys, level):
            raise Refused(DOES_NOT_MATCH, f"{UNIQUE[level]} does not say what is wanted")
        return named(self.platform, self.caller.organization_id, level, keys, OPEN)

    def note(self, chosen: list[Chosen], destination: str) -> None:
        self._trail.retrieved(chosen, destination)

    def going_on(self, association: Association, message: Message, counts: Counts) -> Iterator[None]:
        """Say now and then how far it is; iterate once for each object."""
        told = time.monotonic()
        while True:
            yield
            if counts.remaining and time.monotonic() - told > _TELL_SECONDS:
                told = time.monotonic()
                answer = commands.reply(message.command, PENDING, **_numbers(counts, remaining=True))
                association.channel.write_message(message.context_id, answer)

    def _tell_end(
        self, association: Association, message: Message, counts: Counts, status: int, comment: str
    ) -> None:
        more: dict[str, Any] = _numbers(counts, remaining=status == CANCELLED)
        if comment:
            more["ErrorComment"] = comment
        data = None
        if counts.failed_uids:
            _, syntax = association.context(message)
            data = encode(dataset({"FailedSOPInstanceUIDList": counts.failed_uids}), syntax)
        association.channel.write_message(
            message.context_id, commands.reply(message.command, status, **more), data
        )


def _has_wildcards(keys: Keys, level: str) -> bool:
    return any(letter in value for value in keys[UNIQUE[level]] for letter in "*?")


def _numbers(counts: Counts, *, remaining: bool) -> dict[str, int]:
    numbers = {
        "NumberOfCompletedSuboperations": counts.completed,
        "NumberOfFailedSuboperations": counts.failed,
        "NumberOfWarningSuboperations": counts.warnings,
    }
    if remaining:
        numbers["NumberOfRemainingSuboperations"] = counts.remaining
    return {keyword: min(number, _MOST_COUNTED) for keyword, number in numbers.items()}


def _outcome(counts: Counts) -> int:
    if counts.failed == 0 and counts.warnings == 0:
        return SUCCESS
    return WITH_FAILURES if counts.completed or counts.warnings else CANNOT_SEND


class MoveHandler(Retrieval):
    """Sends to a node that the organization has registered, over associations of our own."""

    name = "C-MOVE"

    def send(self, association: Association, message: Message, chosen: list[Chosen], counts: Counts) -> int:
        destination = self._destination(message.command.get("MoveDestination", ""))
        message_id = message.command.get("MessageID", 0)
        self.note(chosen, destination.ae_title)
        going_on = self.going_on(association, message, counts)
        for group, contexts in contexts_for(chosen):
            left = list(group)
            try:
                with calling(self.platform, destination, contexts) as channel:
                    sender = Sender(
                        self.platform,
                        channel,
                        MoveOriginatorApplicationEntityTitle=association.calling,
                        MoveOriginatorMessageID=message_id,
                    )
                    while left:
                        next(going_on)
                        if association.channel.cancelled(message_id):
                            return CANCELLED
                        sender.send(left.pop(0), counts)
            except NodeError as error:
                log.warning("dimse.not_moved", node=destination.ae_title, reason=error.detail("en"))
                for each in left:
                    counts.fail(each)
        return _outcome(counts)

    def _destination(self, ae_title: str) -> DicomNode:
        with self.platform.db.read() as session:
            query = select(DicomNode).where(
                DicomNode.organization_id == self.caller.organization_id, DicomNode.ae_title == ae_title
            )
            node = session.scalar(query)
        if node is None or node.ae_title != ae_title or not node.host:
            raise Refused(UNKNOWN_DESTINATION, f"{ae_title} is not registered")
        return node


class GetHandler(Retrieval):
    """Sends over the association on which it was asked."""

    name = "C-GET"

    def send(self, association: Association, message: Message, chosen: list[Chosen], counts: Counts) -> int:
        sender = Sender(self.platform, association.channel)
        message_id = message.command.get("MessageID", 0)
        self.note(chosen, association.calling)
        going_on = self.going_on(association, message, counts)
        for each in chosen:
            next(going_on)
            if sender.cancelled_id == message_id or association.channel.cancelled(message_id):
                return CANCELLED
            sender.send(each, counts)
        return _outcome(counts)
