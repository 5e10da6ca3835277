"""What we ask of a node: whether it is there, what it has, and to give it to us."""

from collections.abc import Callable, Iterator
from typing import Any

from pydicom import Dataset

from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicom.header import read_header
from hounsfield.dicom.syntaxes import EXPLICIT_LE
from hounsfield.dimse.errors import NodeFailed, NodeLacksService
from hounsfield.dimse.identifiers import dataset, decode, encode
from hounsfield.dimse.models import DicomNode
from hounsfield.dimse.nodes import calling
from hounsfield.dimse.objects import as_file
from hounsfield.dimse.outgoing import Counts
from hounsfield.dimse.syntaxes import (
    STORED,
    STUDY_ROOT_FIND,
    STUDY_ROOT_GET,
    STUDY_ROOT_MOVE,
    UNCOMPRESSED,
    VERIFICATION,
)
from hounsfield.dimse.wire import commands
from hounsfield.dimse.wire.channel import Channel, Message
from hounsfield.dimse.wire.errors import ProtocolError
from hounsfield.kit.platform import Platform

_SUCCESS, _CANNOT_UNDERSTAND = 0x0000, 0xC000
_MESSAGE_ID = 1
_PENDING = frozenset({0xFF00, 0xFF01})
# what is asked for with C-GET; an association has room for 128 contexts, of which these are the usual
_GOT = 126


def echo(platform: Platform, node: DicomNode) -> None:
    """Ask a node whether it is there; raises NodeError where it does not say yes."""
    with calling(platform, node, [(VERIFICATION, UNCOMPRESSED)]) as channel:
        context_id = _context(channel, VERIFICATION, "C-ECHO")
        channel.write_message(context_id, _command(commands.C_ECHO_RQ, VERIFICATION))
        _check(channel.read_message(channel.limits.dimse_seconds))


def find(
    platform: Platform, node: DicomNode, level: str, keys: dict[str, Any], limit: int
) -> tuple[list[Dataset], bool]:
    """Return what a node has, and whether that is all of it.

    Raises
    ------
    NodeError
        It cannot be asked, or refuses to answer.
    """
    found: list[Dataset] = []
    with calling(platform, node, [(STUDY_ROOT_FIND, UNCOMPRESSED)]) as channel:
        context_id = _context(channel, STUDY_ROOT_FIND, "C-FIND")
        syntax = channel.peer.contexts[context_id][1]
        question = dataset({"QueryRetrieveLevel": level, **keys})
        channel.write_message(
            context_id, _command(commands.C_FIND_RQ, STUDY_ROOT_FIND), encode(question, syntax)
        )
        complete = True
        for message in _answers(channel):
            if message.data is not None and len(found) < limit:
                found.append(decode(message.data, syntax))
            elif complete:
                complete = False
                channel.write_message(context_id, _cancel())
        return found, complete


def move(
    platform: Platform, node: DicomNode, level: str, keys: dict[str, Any], told: Callable[[Counts], None]
) -> Counts:
    """Have a node send us what is named; it comes as C-STORE, over an association of the node's own."""
    with calling(platform, node, [(STUDY_ROOT_MOVE, UNCOMPRESSED)]) as channel:
        context_id = _context(channel, STUDY_ROOT_MOVE, "C-MOVE")
        syntax = channel.peer.contexts[context_id][1]
        command = _command(commands.C_MOVE_RQ, STUDY_ROOT_MOVE)
        command["MoveDestination"] = platform.settings.dimse_ae_title
        question = dataset({"QueryRetrieveLevel": level, **keys})
        channel.write_message(context_id, command, encode(question, syntax))
        counts = Counts()
        for message in _answers(channel, told=lambda command: told(_counts(command, counts))):
            _counts(message.command, counts)
        return counts


def get(
    platform: Platform,
    node: DicomNode,
    level: str,
    keys: dict[str, Any],
    classes: list[str],
    take: Callable[[bytes], int],
    told: Callable[[Counts], None],
) -> Counts:
    """Fetch what is named over our own association; `take` keeps an object and returns a status.

    Raises
    ------
    NodeLacksService
        The node does not offer C-GET.
    """
    wanted = classes[:_GOT]
    contexts: list[tuple[str, Any]] = [(STUDY_ROOT_GET, UNCOMPRESSED)]
    contexts += [(uid, [EXPLICIT_LE, *sorted(STORED - {EXPLICIT_LE})]) for uid in wanted]
    with calling(platform, node, contexts, receive=frozenset(wanted)) as channel:
        context_id = _context(channel, STUDY_ROOT_GET, "C-GET")
        syntax = channel.peer.contexts[context_id][1]
        question = dataset({"QueryRetrieveLevel": level, **keys})
        channel.write_message(
            context_id, _command(commands.C_GET_RQ, STUDY_ROOT_GET), encode(question, syntax)
        )
        counts = Counts()

        def store(message: Message) -> None:
            status = _take(channel, node, message, take)
            channel.write_message(message.context_id, commands.reply(message.command, status))

        for message in _answers(channel, store=store, told=lambda command: told(_counts(command, counts))):
            _counts(message.command, counts)
        return counts


def _take(channel: Channel, node: DicomNode, message: Message, take: Callable[[bytes], int]) -> int:
    abstract, syntax, _ = channel.peer.contexts[message.context_id]
    if not message.data:
        return _CANNOT_UNDERSTAND
    file = as_file(
        message.data,
        sop_class_uid=abstract,
        sop_instance_uid=message.command.get("AffectedSOPInstanceUID", ""),
        transfer_syntax_uid=syntax,
        source_ae_title=node.ae_title,
    )
    try:
        header = read_header(file)
    except InvalidInstance:
        return _CANNOT_UNDERSTAND
    if header.SOPInstanceUID != message.command.get("AffectedSOPInstanceUID"):
        return _CANNOT_UNDERSTAND
    return take(file)


def _answers(
    channel: Channel,
    *,
    store: Callable[[Message], None] | None = None,
    told: Callable[[commands.Command], None] = lambda _command: None,
) -> Iterator[Message]:
    """Yield the answers that carry something, and check the last one."""
    while True:
        message = channel.read_message(channel.limits.dimse_seconds)
        command = message.command
        if command["CommandField"] == commands.C_STORE_RQ and store:
            store(message)
        elif not command["CommandField"] & commands.RESPONSE:
            raise ProtocolError("a request in place of an answer")
        elif command.get("Status") in _PENDING:
            told(command)
            if message.data is not None:
                yield message
        else:
            _check(message)
            if "NumberOfCompletedSuboperations" in command:
                message.data = None
                yield message
            return


def _counts(command: commands.Command, counts: Counts) -> Counts:
    counts.completed = command.get("NumberOfCompletedSuboperations", counts.completed)
    counts.failed = command.get("NumberOfFailedSuboperations", counts.failed)
    counts.warnings = command.get("NumberOfWarningSuboperations", counts.warnings)
    done = counts.completed + counts.failed + counts.warnings
    counts.total = max(counts.total, done + command.get("NumberOfRemainingSuboperations", 0))
    return counts


def _check(message: Message) -> None:
    """Raise NodeFailed for a status that is neither success, nor a warning, nor the end that we asked for."""
    status = message.command.get("Status", _CANNOT_UNDERSTAND)
    if status == _SUCCESS or status >> 12 == 0xB or status == 0xFE00:
        return
    raise NodeFailed(status=f"{status:04X}", comment=message.command.get("ErrorComment", ""))


def _command(field: int, abstract: str) -> commands.Command:
    command = {"CommandField": field, "MessageID": _MESSAGE_ID, "AffectedSOPClassUID": abstract}
    return command if field == commands.C_ECHO_RQ else {**command, "Priority": 0}


def _cancel() -> commands.Command:
    return {"CommandField": commands.C_CANCEL_RQ, "MessageIDBeingRespondedTo": _MESSAGE_ID}


def _context(channel: Channel, abstract: str, service: str) -> int:
    for context_id, (found, _, _) in channel.peer.contexts.items():
        if found == abstract:
            return context_id
    raise NodeLacksService(service=service)
