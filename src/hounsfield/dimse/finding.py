"""C-FIND (PS3.4 annexes C and K): what is found is sent one by one, until the end or until it is cancelled."""

from collections.abc import Iterator
from typing import Any, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hounsfield.dimse import figures
from hounsfield.dimse.callers import Caller
from hounsfield.dimse.identifiers import Keys, UnreadableIdentifier, dataset, decode, encode, keys_of
from hounsfield.dimse.levels import LEVELS
from hounsfield.dimse.search import find
from hounsfield.dimse.syntaxes import PATIENT_ROOT_FIND, WORKLIST_FIND
from hounsfield.dimse.trail import Trail
from hounsfield.dimse.wire import commands
from hounsfield.dimse.wire.acceptor import Association
from hounsfield.dimse.wire.channel import Message
from hounsfield.dimse.worklist import find_steps
from hounsfield.kit.platform import Platform

log = structlog.get_logger()
SUCCESS, PENDING, CANCELLED = 0x0000, 0xFF00, 0xFE00
NOT_AUTHORIZED, OUT_OF_RESOURCES = 0x0124, 0xA700
DOES_NOT_MATCH, UNABLE = 0xA900, 0xC000
_CONTROL: Final = ("QueryRetrieveLevel", "RetrieveAETitle", "InstanceAvailability")


class BadQuestion(Exception):
    """What is asked cannot be answered."""


class FindHandler:
    """Answers what one node asks for."""

    def __init__(self, platform: Platform, caller: Caller) -> None:
        self._platform, self._caller = platform, caller
        self._trail = Trail(platform, caller)

    def __call__(self, association: Association, message: Message) -> None:
        status, comment = SUCCESS, {}
        try:
            status = self._answer(association, message)
        except (BadQuestion, UnreadableIdentifier) as error:
            status, comment = DOES_NOT_MATCH, {"ErrorComment": str(error) or "the identifier cannot be read"}
        except SQLAlchemyError:
            log.exception("dimse.find_failed", node=self._caller.ae_title)
            status, comment = OUT_OF_RESOURCES, {"ErrorComment": "the database does not answer"}
        figures.OPERATIONS.labels("C-FIND", f"{status:04X}").inc()
        association.channel.write_message(
            message.context_id, commands.reply(message.command, status, **comment)
        )

    def _answer(self, association: Association, message: Message) -> int:
        abstract, syntax = association.context(message)
        worklist = abstract == WORKLIST_FIND
        if not (self._caller.may_worklist if worklist else self._caller.may_query):
            return NOT_AUTHORIZED
        if message.data is None:
            raise BadQuestion("no identifier")
        identifier = decode(message.data, syntax)
        character_set = identifier.get("SpecificCharacterSet")
        keys = keys_of(identifier)
        found = self._worklist(keys) if worklist else self._archive(abstract, keys, association)
        channel = association.channel
        for answer in found:
            if channel.cancelled(message.command.get("MessageID", 0)):
                return CANCELLED
            data = encode(dataset(answer, character_set=character_set), syntax)
            channel.write_message(message.context_id, commands.reply(message.command, PENDING), data)
        return SUCCESS

    def _archive(self, abstract: str, keys: Keys, association: Association) -> Iterator[dict[str, Any]]:
        level = (keys.get("QueryRetrieveLevel") or [""])[0]
        if level not in LEVELS or (level == "PATIENT" and abstract != PATIENT_ROOT_FIND):
            raise BadQuestion("no such query level")
        if level == "IMAGE" and not any(
            keys.get(k) for k in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
        ):
            raise BadQuestion("images are found within a study")
        asked = {keyword: value for keyword, value in keys.items() if keyword not in _CONTROL}
        self._trail.searched(level, asked)
        shown = {
            "QueryRetrieveLevel": level,
            "RetrieveAETitle": association.called,
            "InstanceAvailability": "ONLINE",
        }
        for answer in find(self._platform, self._caller.organization_id, level, asked):
            yield {**answer, **shown}

    def _worklist(self, keys: Keys) -> Iterator[dict[str, Any]]:
        self._trail.searched("WORKLIST", keys)
        yield from find_steps(self._platform, self._caller.organization_id, keys)
