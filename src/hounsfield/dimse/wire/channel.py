"""An association as a stream of messages: PDUs in, PDUs out, bounded in size and time.

One thread reads and writes. It blocks in the kernel, so an association that is silent costs nothing and one that is not
waits for nobody's clock.
"""

import select
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct
from typing import Final

from pynetdicom.pdu import A_ABORT_RQ, A_RELEASE_RP, A_RELEASE_RQ

from hounsfield.dimse.wire import commands
from hounsfield.dimse.wire.commands import C_CANCEL_RQ, MEDIUM, NO_DATASET, Command
from hounsfield.dimse.wire.errors import (
    INVALID_PARAMETER,
    UNEXPECTED_PDU,
    UNRECOGNIZED_PDU,
    Aborted,
    ProtocolError,
    Released,
    TimedOut,
)
from hounsfield.dimse.wire.limits import Budget, Limits

ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, DATA, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)
_MOST_OF_OTHERS: Final = 1 << 18  # 128 presentation contexts with every transfer syntax need a fifth of it
_MOST_OF_A_COMMAND: Final = 1 << 16
_TOLERATED: Final = 12  # some count the headers of a PDU, some do not
_CHUNK: Final = 1 << 20  # of a data set for somebody who takes PDUs of any size
_LINGER_SECONDS: Final = 1.0

_pdu_header = Struct(">BBL")
_pdv_header = Struct(">LBB")


@dataclass(slots=True)
class Message:
    """A command and its data set; `oversized` where the data set was not kept because it is too large for now."""

    context_id: int
    command: Command
    data: bytearray | None = None
    oversized: bool = False


@dataclass(slots=True)
class Peer:
    """What negotiation found out: context id → (abstract syntax, transfer syntax, whether we may send objects on it)."""

    max_pdu: int = 0
    contexts: dict[int, tuple[str, str, bool]] = field(default_factory=dict)


class Channel:
    """One association on one socket."""

    def __init__(self, sock: socket.socket, limits: Limits, budget: Budget) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket, self.limits, self._budget = sock, limits, budget
        self._buffer = bytearray(limits.max_pdu + _TOLERATED)
        self.peer = Peer()
        self.idle = True  # waiting for a message of which nothing has arrived
        self._fragments = self._read_fragments()
        self._early: list[Message] = []
        self._charged = 0

    # ---- PDUs

    def read_pdu(self, seconds: float) -> tuple[int, memoryview]:
        """Return the type and body of the next PDU; the body is valid until the next call.

        Raises
        ------
        TimedOut, Aborted, ProtocolError
            Nothing came in time; the connection is gone; what came is no PDU, or larger than agreed.
        """
        head = memoryview(bytearray(_pdu_header.size))
        self._fill(head, time.monotonic() + seconds)
        kind, _, length = _pdu_header.unpack(head)
        if not ASSOCIATE_RQ <= kind <= ABORT:
            raise ProtocolError(f"PDU type {kind:#04x}", UNRECOGNIZED_PDU)
        most = len(self._buffer) if kind == DATA else _MOST_OF_OTHERS
        if length > most:
            raise ProtocolError(f"a PDU of {length} bytes", INVALID_PARAMETER)
        if length > len(self._buffer):
            self._buffer = bytearray(length)
        body = memoryview(self._buffer)[:length]
        self._fill(body, time.monotonic() + self.limits.dimse_seconds)
        return kind, body

    def _fill(self, target: memoryview, deadline: float) -> None:
        filled = 0
        while filled < len(target):
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimedOut
            try:
                self._socket.settimeout(left)
                received = self._socket.recv_into(target[filled:])
            except TimeoutError:
                raise TimedOut from None
            except OSError as error:
                raise Aborted(str(error)) from error
            if not received:
                raise Aborted("the connection was closed")
            filled += received

    def send(self, *parts: bytes | memoryview) -> None:
        """Send bytes as they are; raise Aborted or TimedOut where they do not go through."""
        try:
            self._socket.settimeout(self.limits.dimse_seconds)
            sent = self._socket.sendmsg(parts)
            for part in parts:
                if sent < len(part):
                    self._socket.sendall(memoryview(part)[sent:])
                sent = max(sent - len(part), 0)
        except TimeoutError:
            raise TimedOut from None
        except OSError as error:
            raise Aborted(str(error)) from error

    # ---- messages

    def read_message(self, seconds: float) -> Message:
        """Return the next message, waiting so long for its beginning.

        Raises
        ------
        AssociationEnded
            There is none: released, aborted, silent or broken.
        """
        if self._early:
            return self._early.pop(0)
        self.release_memory()
        self._wait, self.idle = seconds, True
        context_id, data = self._collect(bytearray(), None, command=True, most=_MOST_OF_A_COMMAND)
        if data is None:
            raise ProtocolError("a command set of unusual size", INVALID_PARAMETER)
        message = Message(context_id, commands.decode(bytes(data)))
        if message.command["CommandDataSetType"] != NO_DATASET:
            message.data = bytearray()
            _, message.data = self._collect(
                message.data, context_id, command=False, most=self.limits.max_object
            )
            message.oversized = message.data is None
        return message

    def _collect(
        self, data: bytearray, context_id: int | None, *, command: bool, most: int
    ) -> tuple[int, bytearray | None]:
        """Put fragments together until the last of them; what grows too large is read and forgotten."""
        keeps = True
        for found_id, control, fragment in self._fragments:
            self.idle, self._wait = False, self.limits.dimse_seconds
            context_id = found_id if context_id is None else context_id
            if found_id != context_id or bool(control & 1) is not command:
                raise ProtocolError("fragments of two messages", UNEXPECTED_PDU)
            keeps = keeps and len(data) + len(fragment) <= most and (command or self._charge(len(fragment)))
            if keeps:
                data += fragment
            if control & 2:
                break
        assert context_id is not None
        return context_id, data if keeps else None

    def _charge(self, size: int) -> bool:
        if not self._budget.take(size):
            return False
        self._charged += size
        return True

    def release_memory(self) -> None:
        """Give back what the last message took of the common budget: its data set is not needed any more."""
        self._budget.give_back(self._charged)
        self._charged = 0

    def _read_fragments(self) -> Iterator[tuple[int, int, memoryview]]:
        """Yield (context id, control header, data) of each PDV of each P-DATA-TF."""
        while True:
            kind, body = self.read_pdu(self._wait)
            if kind == RELEASE_RQ:
                self.send(A_RELEASE_RP().encode())
                raise Released
            if kind == ABORT:
                raise Aborted("A-ABORT")
            if kind != DATA:
                raise ProtocolError(f"PDU type {kind} within an association", UNEXPECTED_PDU)
            pos = 0
            while pos < len(body):
                if len(body) - pos < _pdv_header.size:
                    raise ProtocolError("a PDV that is cut off", INVALID_PARAMETER)
                length, context_id, control = _pdv_header.unpack_from(body, pos)
                stop = pos + 4 + length
                if length < 2 or stop > len(body):
                    raise ProtocolError("a PDV that does not fit its PDU", INVALID_PARAMETER)
                if context_id not in self.peer.contexts:
                    raise ProtocolError("a presentation context that was not accepted", INVALID_PARAMETER)
                yield context_id, control, body[pos + _pdv_header.size : stop]
                pos = stop

    def cancelled(self, message_id: int) -> bool:
        """Tell whether a C-CANCEL for this message has arrived; other messages are kept for later."""
        while not self._early and self.readable():
            message = self.read_message(self.limits.dimse_seconds)
            if message.command["CommandField"] != C_CANCEL_RQ:
                self._early.append(message)
            elif message.command.get("MessageIDBeingRespondedTo") == message_id:
                return True
        return False

    def readable(self) -> bool:
        return bool(select.select([self._socket], [], [], 0)[0])

    def write_message(
        self, context_id: int, command: Command, data: bytes | bytearray | memoryview | None = None
    ) -> None:
        """Send a command and its data set, cut to the PDUs that the other end takes."""
        kind = MEDIUM if data is not None else NO_DATASET
        encoded = commands.encode({**command, "CommandDataSetType": kind})
        head = _pdu(context_id, 3, len(encoded)) + encoded
        if data is None:
            self.send(head)
            return
        whole = memoryview(data)
        most = max((self.peer.max_pdu or _CHUNK) - _pdv_header.size, 64)
        for start in range(0, max(len(whole), 1), most):
            part = whole[start : start + most]
            last = start + most >= len(whole)
            self.send(head + _pdu(context_id, 2 if last else 0, len(part)), part)
            head = b""

    # ---- the end

    def release(self) -> None:
        """Ask for the release, and wait until it is granted."""
        self.send(A_RELEASE_RQ().encode())
        while self.read_pdu(self.limits.acse_seconds)[0] not in (RELEASE_RP, ABORT):
            pass

    def abort(self, source: int = 0, reason: int = 0) -> None:
        """Say that it is over (PS3.8 §9.3.8), whether or not somebody still listens."""
        pdu = A_ABORT_RQ()
        pdu.source, pdu.reason_diagnostic = source, reason
        try:
            self.send(pdu.encode())
        except (Aborted, TimedOut):
            return

    def interrupt(self) -> None:
        """Let whoever waits for a message find the connection closed."""
        try:
            self._socket.shutdown(socket.SHUT_RD)
        except OSError:  # closed already
            return

    def close(self) -> None:
        """Close, giving the other end a moment to read what was said last: unread bytes here would destroy it there."""
        self.release_memory()
        try:
            self._socket.shutdown(socket.SHUT_WR)
            deadline = time.monotonic() + _LINGER_SECONDS
            while (left := deadline - time.monotonic()) > 0:
                self._socket.settimeout(left)
                if not self._socket.recv(1 << 16):
                    break
        except OSError:  # it is gone, or not in a hurry
            pass
        self._socket.close()


def _pdu(context_id: int, control: int, size: int) -> bytes:
    """Return the headers of a P-DATA-TF with one PDV."""
    return _pdu_header.pack(DATA, 0, size + _pdv_header.size) + _pdv_header.pack(
        size + 2, context_id, control
    )
