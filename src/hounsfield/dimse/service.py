"""Keeping the register of nodes."""

from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.dimse.access import MANAGE, node_for
from hounsfield.dimse.errors import AeTitleOurs, AeTitleTaken
from hounsfield.dimse.models import DicomNode, DicomTransfer
from hounsfield.dimse.schemas import NodeWish


def add(session: Session, actor: Actor, wish: NodeWish, *, ours: str) -> DicomNode:
    """Register a node of the actor's organization.

    Raises
    ------
    AeTitleTaken, AeTitleOurs
        Its title is somebody's already.
    """
    actor.require(MANAGE)
    _check_title(session, wish.ae_title, ours, but=None)
    node = DicomNode(
        organization_id=actor.organization_id, created_by=actor.user_id, **wish.model_dump(mode="json")
    )
    _put(session, node, wish.ae_title)
    return node


def change(session: Session, actor: Actor, node_id: str, wish: NodeWish, *, ours: str) -> DicomNode:
    """Describe a node anew; associations that are open go on as they began."""
    node = node_for(session, actor, node_id, MANAGE)
    _check_title(session, wish.ae_title, ours, but=node.id)
    for name, value in wish.model_dump(mode="json").items():
        setattr(node, name, value)
    _put(session, node, wish.ae_title)
    return node


def remove(session: Session, actor: Actor, node_id: str) -> None:
    """Forget a node and what was moved to and from it; what it sent stays."""
    node = node_for(session, actor, node_id, MANAGE)
    session.execute(delete(DicomTransfer).where(DicomTransfer.node_id == node.id))
    session.delete(node)


def _check_title(session: Session, title: str, ours: str, *, but: str | None) -> None:
    if title.upper() == ours.upper():
        raise AeTitleOurs(ae_title=ours)
    # titles that differ in nothing but case are different to DICOM, and the same to people and to some databases
    query: Any = select(DicomNode.id).where(func.upper(DicomNode.ae_title) == title.upper())
    taken = session.scalar(query.limit(1))
    if taken is not None and taken != but:
        raise AeTitleTaken(ae_title=title)


def _put(session: Session, node: DicomNode, title: str) -> None:
    try:
        with session.begin_nested():
            session.add(node)
    except IntegrityError:  # somebody else was faster
        raise AeTitleTaken(ae_title=title) from None
