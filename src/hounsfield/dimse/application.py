"""Our application entity: who may open an association, what it may ask, and who answers."""

from functools import partial
from time import perf_counter

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hounsfield.audit.where import coming_from
from hounsfield.dimse import figures
from hounsfield.dimse.callers import Caller, Places, find_caller
from hounsfield.dimse.finding import FindHandler
from hounsfield.dimse.landing.arrivals import open_strip
from hounsfield.dimse.landing.strip import Strip
from hounsfield.dimse.patience import limits_of
from hounsfield.dimse.retrieving import GetHandler, MoveHandler
from hounsfield.dimse.storing import StoreHandler
from hounsfield.dimse.syntaxes import (
    MESSAGES,
    PATIENT_ROOT_FIND,
    PATIENT_ROOT_GET,
    PATIENT_ROOT_MOVE,
    STORAGE,
    STORED,
    STUDY_ROOT_FIND,
    STUDY_ROOT_GET,
    STUDY_ROOT_MOVE,
    VERIFICATION,
    WORKLIST_FIND,
)
from hounsfield.dimse.trail import SOURCE
from hounsfield.dimse.wire import commands
from hounsfield.dimse.wire.acceptor import Association, Handler, serve
from hounsfield.dimse.wire.channel import Channel, Message
from hounsfield.dimse.wire.errors import AssociationEnded, ProtocolError, Rejected, TimedOut
from hounsfield.dimse.wire.limits import Budget
from hounsfield.dimse.wire.negotiation import Service, accept, read_call, refusal
from hounsfield.dimse.wire.server import Server
from hounsfield.kit.platform import Platform

log = structlog.get_logger()
_SUCCESS = 0x0000
SETTLE_SECONDS = 3.0  # for what has landed to be taken in before the process ends
_QUESTION = Service(MESSAGES)
_STORAGE = Service(frozenset(STORED), both_roles=True)


class Application:
    """Serves associations until stopped."""

    def __init__(self, platform: Platform, host: str, port: int) -> None:
        """Open the port; raises OSError where that cannot be done."""
        settings = platform.settings
        self._platform, self._title = platform, settings.dimse_ae_title
        self._strip: Strip | None = None
        self._places = Places(settings.dimse_max_associations_per_node)
        self._server = Server(
            (host, port),
            self._answer,
            limits=limits_of(settings),
            budget=Budget(settings.dimse_memory_mb << 20),
            most=settings.dimse_max_associations,
        )

    @property
    def port(self) -> int:
        return self._server.port

    def start(self) -> None:
        """Begin to serve; what an earlier process acknowledged and did not take in is taken in first."""
        try:
            self._strip = open_strip(self._platform)
        except BaseException:
            self._server.stop(0)
            raise
        if self._strip:
            self._strip.start()
        self._server.start()

    def settled(self) -> bool:
        """Wait until what has been acknowledged by now can be found; tell whether it can."""
        return self._strip is None or self._strip.settled(SETTLE_SECONDS)

    def stop(self, seconds: float) -> None:
        """Let every association finish the message it is at, within so many seconds."""
        self._server.stop(seconds)
        if self._strip:
            self._strip.stop(SETTLE_SECONDS)

    def _answer(self, channel: Channel, address: tuple[str, int], room: bool) -> None:
        outcome = "broken"
        figures.OPEN.inc()
        try:
            outcome = self._associate(channel, address[0], room=room)
        except Rejected:
            outcome = "refused"
        except TimedOut:
            outcome = "timed_out"
            channel.abort(source=2)
        except ProtocolError as error:
            log.warning("dimse.broken", address=address[0], error=str(error))
            channel.abort(source=2, reason=error.reason)
        except AssociationEnded:
            outcome = "aborted"
        finally:
            figures.OPEN.dec()
            figures.ASSOCIATIONS.labels(outcome).inc()

    def _associate(self, channel: Channel, address: str, *, room: bool) -> str:
        call = read_call(channel)
        if not room:
            raise refusal(channel, result=2, source=3, diagnostic=2)
        if call.called != self._title:
            log.warning(
                "dimse.refused", reason="called", called=call.called, calling=call.calling, address=address
            )
            raise refusal(channel, result=1, source=1, diagnostic=7)
        try:
            caller = find_caller(self._platform, call.calling, address)
        except SQLAlchemyError as error:
            log.error("dimse.refused", reason="database", error=str(error))
            raise refusal(channel, result=2, source=3, diagnostic=1) from error
        if caller is None:
            log.warning("dimse.refused", reason="calling", calling=call.calling, address=address)
            raise refusal(channel, result=1, source=1, diagnostic=3)
        with self._places.place(caller.id) as free:
            if not free:
                raise refusal(channel, result=2, source=3, diagnostic=2)
            accept(channel, call, services_for(caller))
            association = Association(channel, call.calling, call.called, address)
            with coming_from(SOURCE, f"{call.calling}@{address}"):
                return serve(association, self._handlers(caller), draining=lambda: self._server.draining)

    def _handlers(self, caller: Caller) -> dict[int, Handler]:
        platform = self._platform
        handlers: dict[int, Handler] = {
            commands.C_ECHO_RQ: _echo,
            commands.C_CANCEL_RQ: lambda _association, _message: None,  # of what is over already
        }
        for command, name, handler in (
            (commands.C_STORE_RQ, "C-STORE", StoreHandler(platform, caller, self._strip)),
            (commands.C_FIND_RQ, "C-FIND", FindHandler(platform, caller)),
            (commands.C_MOVE_RQ, "C-MOVE", MoveHandler(platform, caller)),
            (commands.C_GET_RQ, "C-GET", GetHandler(platform, caller)),
        ):
            handlers[command] = partial(self._timed, name, handler)
        return handlers

    def _timed(self, name: str, handler: Handler, association: Association, message: Message) -> None:
        began = perf_counter()
        if name != "C-STORE":
            self.settled()  # whoever has stored something finds it
        try:
            handler(association, message)
        finally:
            figures.OPERATION_SECONDS.labels(name).observe(perf_counter() - began)


def services_for(caller: Caller) -> dict[str, Service]:
    """Return what a node is offered: nothing that it may not use."""
    offered = {VERIFICATION: _QUESTION}
    if caller.may_store or caller.may_retrieve:
        offered |= dict.fromkeys(STORAGE, _STORAGE)
    if caller.may_query:
        offered |= dict.fromkeys((PATIENT_ROOT_FIND, STUDY_ROOT_FIND), _QUESTION)
    if caller.may_retrieve:
        retrieval = (PATIENT_ROOT_MOVE, PATIENT_ROOT_GET, STUDY_ROOT_MOVE, STUDY_ROOT_GET)
        offered |= dict.fromkeys(retrieval, _QUESTION)
    if caller.may_worklist:
        offered[WORKLIST_FIND] = _QUESTION
    return offered


def _echo(association: Association, message: Message) -> None:
    association.channel.write_message(message.context_id, commands.reply(message.command, _SUCCESS))
