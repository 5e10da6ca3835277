"""Objects on their way to somebody else, over an association that is open: sub-operations of ours and of others."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from hounsfield.dimse import figures
from hounsfield.dimse.conversion import NotConvertible, choose, encoded
from hounsfield.dimse.selection import Chosen
from hounsfield.dimse.syntaxes import UNCOMPRESSED
from hounsfield.dimse.wire import commands
from hounsfield.dimse.wire.channel import Channel
from hounsfield.dimse.wire.errors import ProtocolError
from hounsfield.dimse.wire.negotiation import MOST_CONTEXTS
from hounsfield.kit.errors import NotFound
from hounsfield.kit.platform import Platform

log = structlog.get_logger()
_SUCCESS: Final = 0x0000
_HIGHEST_ID: Final = 0xFFFF


@dataclass
class Counts:
    """How many of an operation's objects came to what."""

    total: int = 0
    completed: int = 0
    warnings: int = 0
    failed: int = 0
    failed_uids: list[str] = field(default_factory=list)

    @property
    def remaining(self) -> int:
        return self.total - self.completed - self.warnings - self.failed

    def fail(self, chosen: Chosen) -> None:
        self.failed += 1
        self.failed_uids.append(chosen.sop_instance_uid)


class Sender:
    """Sends instances over one association."""

    def __init__(self, platform: Platform, channel: Channel, **originator: Any) -> None:
        """`originator` are the elements that say on whose behalf (C-MOVE)."""
        self._platform, self._channel, self._originator = platform, channel, originator
        self._taken: dict[str, dict[str, int]] = defaultdict(dict)
        for context_id, (abstract, syntax, may_send) in channel.peer.contexts.items():
            if may_send:
                self._taken[abstract].setdefault(syntax, context_id)
        self._message_id = 0
        self.cancelled_id: int | None = None

    def send(self, chosen: Chosen, counts: Counts) -> None:
        """Send one instance and count what it came to.

        Raises
        ------
        AssociationEnded
            The association is over, and this instance counts as failed.
        """
        try:
            status = self._store(chosen)
        except (NotConvertible, NotFound, OSError) as error:
            log.warning("dimse.not_sent", instance=chosen.sop_instance_uid, reason=str(error))
            status = None
        except BaseException:
            counts.fail(chosen)
            raise
        if status == _SUCCESS:
            counts.completed += 1
        elif status is not None and status >> 12 == 0xB:
            counts.warnings += 1
        else:
            if status is not None:
                log.warning("dimse.not_taken", instance=chosen.sop_instance_uid, status=f"{status:04X}")
            counts.fail(chosen)
        figures.SENT.labels("sent" if status == _SUCCESS else "failed").inc()

    def _store(self, chosen: Chosen) -> int:
        taken = self._taken[chosen.sop_class_uid]
        syntax = choose(chosen.transfer_syntax_uid, taken)
        path = self._platform.blobs.path(chosen.sha256)
        data = encoded(path, chosen.transfer_syntax_uid, syntax)
        self._message_id = self._message_id % _HIGHEST_ID + 1
        command = {
            "CommandField": commands.C_STORE_RQ,
            "MessageID": self._message_id,
            "Priority": 0,
            "AffectedSOPClassUID": chosen.sop_class_uid,
            "AffectedSOPInstanceUID": chosen.sop_instance_uid,
            **self._originator,
        }
        self._channel.write_message(taken[syntax], command, data)
        return self._status()

    def _status(self) -> int:
        """Return the status of the answer; a C-CANCEL that comes before it is kept in mind."""
        while True:
            answer = self._channel.read_message(self._channel.limits.dimse_seconds).command
            if answer["CommandField"] == commands.C_CANCEL_RQ:
                self.cancelled_id = answer.get("MessageIDBeingRespondedTo")
            elif answer["CommandField"] == commands.C_STORE_RQ | commands.RESPONSE:
                return int(answer.get("Status", 0xC000))
            else:
                raise ProtocolError("an answer to something else")


def contexts_for(chosen: Sequence[Chosen]) -> Iterator[tuple[list[Chosen], list[tuple[str, list[str]]]]]:
    """Yield instances in groups with the presentation contexts that an association for them proposes.

    Each class is proposed in each form that its instances have, and once without compression: then the other end can say
    exactly what it takes.
    """
    by_class: dict[str, list[Chosen]] = defaultdict(list)
    for each in chosen:
        by_class[each.sop_class_uid].append(each)
    group: list[Chosen] = []
    contexts: list[tuple[str, list[str]]] = []
    for uid, members in by_class.items():
        own = [(uid, [syntax]) for syntax in sorted({each.transfer_syntax_uid for each in members})]
        own.append((uid, list(UNCOMPRESSED)))
        if len(contexts) + len(own) > MOST_CONTEXTS:
            yield group, contexts
            group, contexts = [], []
        group, contexts = group + members, contexts + own
    if group:
        yield group, contexts
