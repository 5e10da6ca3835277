"""What an acceptor does with an association from the first word to the last."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hounsfield.dimse.wire.channel import Channel, Message
from hounsfield.dimse.wire.commands import RESPONSE, reply
from hounsfield.dimse.wire.errors import UNEXPECTED_PDU, Aborted, ProtocolError, Released, TimedOut

UNRECOGNIZED_OPERATION = 0x0211
Handler = Callable[["Association", Message], None]


@dataclass
class Association:
    """An established association, for those who handle its messages."""

    channel: Channel
    calling: str
    called: str
    address: str

    def context(self, message: Message) -> tuple[str, str]:
        """Return the abstract and the transfer syntax under which a message came."""
        abstract, syntax, _ = self.channel.peer.contexts[message.context_id]
        return abstract, syntax


def serve(association: Association, handlers: Mapping[int, Handler], *, draining: Callable[[], bool]) -> str:
    """Handle messages until the association ends, and return how it ended."""
    channel = association.channel
    try:
        while not draining():
            message = channel.read_message(channel.limits.idle_seconds)
            handlers.get(message.command["CommandField"], _unknown)(association, message)
        channel.abort()
    except Released:
        return "released"
    except Aborted:
        if draining():
            channel.abort()
            return "drained"
        return "aborted"
    except TimedOut:
        channel.abort()
        return "timed_out"
    except ProtocolError as error:
        channel.abort(source=2, reason=error.reason)
        return "broken"
    return "drained"


def _unknown(association: Association, message: Message) -> None:
    field = message.command["CommandField"]
    if field & RESPONSE:
        raise ProtocolError("an answer to nothing", UNEXPECTED_PDU)
    answer = reply(message.command, UNRECOGNIZED_OPERATION)
    association.channel.write_message(message.context_id, answer)
