"""Ordering once more what failed. The failed transfer stays as it is."""

from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.dimse.access import MANAGE, node_for, transfer_for
from hounsfield.dimse.errors import NodeWithoutAddress, TransferNotFailed
from hounsfield.dimse.models import DicomTransfer
from hounsfield.dimse.send import send_instances
from hounsfield.dimse.trail import note_order
from hounsfield.dimse.transfers import order
from hounsfield.imaging.access import study_for


def order_again(session: Session, actor: Actor, transfer_id: str) -> DicomTransfer:
    """Return a new transfer of what a failed one should have moved.

    Raises
    ------
    NotFound
        No such transfer, or what it sent is not for the actor to see.
    TransferNotFailed
        It is under way or done.
    """
    failed = transfer_for(session, actor, transfer_id)
    node = node_for(session, actor, failed.node_id, MANAGE)
    if failed.status != "FAILED":
        raise TransferNotFailed
    if not node.host:
        raise NodeWithoutAddress
    if failed.direction == "RETRIEVE":
        ordered = order(session, node, "RETRIEVE", failed.wanted, total=0, by=actor.user_id)
    else:
        # a rule may have sent it, or its record was restricted since: sending is for who sees the study
        study_for(session, actor, failed.study_uid or "")
        ordered = send_instances(session, node, failed.wanted["instances"], by=actor.user_id)
    note_order(session, actor, ordered, node)
    return ordered
