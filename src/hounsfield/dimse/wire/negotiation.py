"""What two ends agree on before the first message (PS3.7 annex D, PS3.8 §7.1), with pynetdicom's PDUs."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydicom.uid import UID
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RJ, A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
    SCP_SCU_RoleSelectionNegotiation,
)
from pynetdicom.presentation import PresentationContext, build_context, negotiate_as_acceptor

from hounsfield.dicom.writer import IMPLEMENTATION_CLASS_UID
from hounsfield.dimse.wire.channel import ASSOCIATE_AC, ASSOCIATE_RJ, ASSOCIATE_RQ, Channel, Peer
from hounsfield.dimse.wire.errors import UNEXPECTED_PDU, ProtocolError, Rejected
from hounsfield.dimse.wire.limits import Budget, Limits

IMPLEMENTATION_VERSION: Final = "HOUNSFIELD"
APPLICATION_CONTEXT: Final = "1.2.840.10008.3.1.1.1"
MOST_CONTEXTS: Final = 128
_ACCEPTED: Final = 0


@dataclass(frozen=True)
class Call:
    """What somebody who wants an association said."""

    calling: str
    called: str
    primitive: A_ASSOCIATE


@dataclass(frozen=True)
class Service:
    """What an acceptor offers for an abstract syntax: its transfer syntaxes, and whether it may also be the one who sends."""

    transfer_syntaxes: frozenset[str]
    both_roles: bool = False


def read_call(channel: Channel) -> Call:
    """Wait for a request for an association.

    Raises
    ------
    AssociationEnded
        What came is none, or nothing came.
    """
    kind, body = channel.read_pdu(channel.limits.acse_seconds)
    if kind != ASSOCIATE_RQ:
        raise ProtocolError(f"PDU type {kind} before an association", UNEXPECTED_PDU)
    pdu = A_ASSOCIATE_RQ()
    _decode(pdu, kind, body)
    if not pdu.protocol_version & 1:
        raise refusal(channel, result=1, source=2, diagnostic=2)
    primitive = _primitive(pdu)
    if primitive.application_context_name != APPLICATION_CONTEXT:
        raise refusal(channel, result=1, source=1, diagnostic=2)
    return Call(primitive.calling_ae_title.strip(), primitive.called_ae_title.strip(), primitive)


def _decode(pdu: Any, kind: int, body: memoryview) -> None:
    head = bytes((kind, 0)) + len(body).to_bytes(4, "big")
    try:
        pdu.decode(head + bytes(body))
    except Exception as error:  # pynetdicom raises nearly anything on broken input; all of it means the same
        raise ProtocolError("a PDU that cannot be read") from error


def _primitive(pdu: Any) -> A_ASSOCIATE:
    try:
        return pdu.to_primitive()
    except Exception as error:  # as above
        raise ProtocolError("a PDU that cannot be understood") from error


def refusal(channel: Channel, *, result: int, source: int, diagnostic: int) -> Rejected:
    """Send A-ASSOCIATE-RJ and return the exception that says so."""
    primitive = A_ASSOCIATE()
    primitive.result, primitive.result_source, primitive.diagnostic = result, source, diagnostic
    channel.send(A_ASSOCIATE_RJ(primitive).encode())
    return Rejected(result, source, diagnostic)


def accept(channel: Channel, call: Call, services: Mapping[str, Service]) -> None:
    """Answer a request with what is offered; of the transfer syntaxes of a context the caller's first choice counts."""
    wanted = call.primitive.presentation_context_definition_list
    roles: dict[Any, tuple[bool | None, bool | None]] = {
        item.sop_class_uid: (item.scu_role, item.scp_role)
        for item in call.primitive.user_information
        if isinstance(item, SCP_SCU_RoleSelectionNegotiation)
    }
    results: list[PresentationContext] = []
    answered: dict[Any, SCP_SCU_RoleSelectionNegotiation] = {}
    for context in wanted:
        found, own_roles = negotiate_as_acceptor([context], _offer(context, services), roles)
        results += found
        answered |= {item.sop_class_uid: item for item in own_roles}
    channel.peer = Peer(
        _max_pdu(call.primitive),
        {
            context.context_id: (
                str(context.abstract_syntax),
                str(context.transfer_syntax[0]),
                bool(context.as_scu),
            )
            for context in results
            if context.result == _ACCEPTED and context.context_id is not None
        },
    )
    primitive = A_ASSOCIATE()
    primitive.application_context_name = UID(APPLICATION_CONTEXT)
    primitive.calling_ae_title = call.primitive.calling_ae_title
    primitive.called_ae_title = call.primitive.called_ae_title
    primitive.result, primitive.result_source = _ACCEPTED, 1
    primitive.presentation_context_definition_results_list = results
    primitive.user_information = _about_us(channel.limits) + list(answered.values())
    channel.send(A_ASSOCIATE_AC(primitive).encode())


def _offer(wanted: PresentationContext, services: Mapping[str, Service]) -> list[PresentationContext]:
    service = services.get(str(wanted.abstract_syntax))
    if service is None:
        return []
    syntaxes = [str(uid) for uid in wanted.transfer_syntax if str(uid) in service.transfer_syntaxes]
    # where nothing fits the context is refused for its transfer syntax, which takes an offer to compare with
    offered = build_context(str(wanted.abstract_syntax), [*syntaxes] or [*sorted(service.transfer_syntaxes)])
    if service.both_roles:
        offered.scu_role = offered.scp_role = True
    return [offered]


def _about_us(limits: Limits) -> list[Any]:
    size = MaximumLengthNotification()
    size.maximum_length_received = limits.max_pdu
    implementation = ImplementationClassUIDNotification()
    implementation.implementation_class_uid = UID(IMPLEMENTATION_CLASS_UID)
    version = ImplementationVersionNameNotification()
    version.implementation_version_name = IMPLEMENTATION_VERSION
    return [size, implementation, version]


def _max_pdu(primitive: A_ASSOCIATE) -> int:
    sizes = [
        item.maximum_length_received
        for item in primitive.user_information
        if isinstance(item, MaximumLengthNotification)
    ]
    return sizes[0] if sizes else 0


def request(
    address: tuple[str, int],
    *,
    calling: str,
    called: str,
    contexts: Sequence[tuple[str, Sequence[str]]],
    limits: Limits,
    budget: Budget,
    receive: frozenset[str] = frozenset(),
) -> Channel:
    """Open an association.

    Parameters
    ----------
    contexts
        Abstract syntax and transfer syntaxes of each presentation context, at most `MOST_CONTEXTS`.
    receive
        Abstract syntaxes for which the other end shall be the one who sends (C-GET).

    Raises
    ------
    OSError
        There is nobody at this address.
    AssociationEnded
        It was refused, or what came is no answer.
    """
    sock = socket.create_connection(address, timeout=limits.acse_seconds)
    channel = Channel(sock, limits, budget)
    try:
        primitive = A_ASSOCIATE()
        primitive.application_context_name = UID(APPLICATION_CONTEXT)
        primitive.calling_ae_title, primitive.called_ae_title = calling, called
        proposed = []
        for number, (abstract, syntaxes) in enumerate(contexts):
            context = build_context(abstract, list(syntaxes))
            context.context_id = 2 * number + 1
            proposed.append(context)
        primitive.presentation_context_definition_list = proposed
        primitive.user_information = _about_us(limits) + [_to_receive(uid) for uid in sorted(receive)]
        channel.send(A_ASSOCIATE_RQ(primitive).encode())
        _read_answer(channel, proposed)
    except BaseException:
        channel.close()
        raise
    return channel


def _to_receive(abstract_syntax: str) -> SCP_SCU_RoleSelectionNegotiation:
    role = SCP_SCU_RoleSelectionNegotiation()
    role.sop_class_uid = UID(abstract_syntax)
    role.scu_role, role.scp_role = False, True
    return role


def _read_answer(channel: Channel, proposed: Sequence[PresentationContext]) -> None:
    kind, body = channel.read_pdu(channel.limits.acse_seconds)
    if kind == ASSOCIATE_RJ:
        rejected = A_ASSOCIATE_RJ()
        _decode(rejected, kind, body)
        raise Rejected(rejected.result or 0, rejected.source or 0, rejected.reason_diagnostic or 0)
    if kind != ASSOCIATE_AC:
        raise ProtocolError(f"PDU type {kind} in answer to a request", UNEXPECTED_PDU)
    accepted = A_ASSOCIATE_AC()
    _decode(accepted, kind, body)
    primitive = _primitive(accepted)
    accepted_contexts = {
        context.context_id: str(context.transfer_syntax[0])
        for context in primitive.presentation_context_definition_results_list
        if context.result == _ACCEPTED and context.transfer_syntax
    }
    channel.peer = Peer(
        _max_pdu(primitive),
        {
            number: (str(context.abstract_syntax), accepted_contexts[number], True)
            for context in proposed
            if (number := context.context_id) is not None and number in accepted_contexts
        },
    )
