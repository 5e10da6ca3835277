"""The only way to a node or a transfer: it comes back, or there is no such thing."""

from typing import TypeVar

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import Session

from hounsfield.accounts.access import is_id
from hounsfield.accounts.actor import Actor
from hounsfield.dimse.models import DicomNode, DicomTransfer
from hounsfield.kit.errors import NotFound

Owned = TypeVar("Owned", DicomNode, DicomTransfer)
READ, MANAGE = "node:read", "node:manage"


def node_for(session: Session, actor: Actor, node_id: str, permission: str = READ) -> DicomNode:
    """Return a node of the actor's organization, or raise NotFound; Forbidden where the actor may have none at all."""
    actor.require(permission)
    return _own(session, actor, DicomNode, node_id)


def transfer_for(session: Session, actor: Actor, transfer_id: str) -> DicomTransfer:
    """Return a transfer of the actor's organization, or raise NotFound."""
    actor.require(READ)
    return _own(session, actor, DicomTransfer, transfer_id)


def _own(session: Session, actor: Actor, model: type[Owned], identity: str) -> Owned:
    row = session.get(model, identity) if is_id(identity) else None
    if row is None or not (actor.is_super_admin or row.organization_id == actor.organization_id):
        raise NotFound
    return row


def visible(actor: Actor, model: type[Owned]) -> ColumnElement[bool]:
    """Return the condition that keeps what belongs to the actor's organization."""
    return true() if actor.is_super_admin else model.organization_id == actor.organization_id
