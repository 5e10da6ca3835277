"""The only way to a rule, a run or a peer: it comes back, or there is no such thing."""

from typing import TypeVar

from sqlalchemy.orm import Session

from hounsfield.accounts.access import is_id
from hounsfield.accounts.actor import Actor
from hounsfield.dimse.models import DicomNode
from hounsfield.kit.errors import NotFound
from hounsfield.rules.errors import TargetGone
from hounsfield.rules.models import DicomwebPeer, Rule, RuleRun

Owned = TypeVar("Owned", Rule, RuleRun, DicomwebPeer)
READ, MANAGE = "rule:read", "rule:manage"


def own(session: Session, actor: Actor, model: type[Owned], identity: str, permission: str) -> Owned:
    """Return a thing of the actor's organization, or raise NotFound; Forbidden where they may have none at all."""
    actor.require(permission)
    return of_organization(session, model, identity, actor.organization_id)


def of_organization(session: Session, model: type[Owned], identity: str, organization_id: str) -> Owned:
    row = session.get(model, identity) if is_id(identity) else None
    if row is None or row.organization_id != organization_id or getattr(row, "deleted_at", None):
        raise NotFound
    return row


def node_of(session: Session, organization_id: str, node_id: str) -> DicomNode:
    """Return a DICOM node of an organization to which something can be sent.

    Raises
    ------
    TargetGone
        There is none, or it only calls us.
    """
    node = session.get(DicomNode, node_id)
    if node is None or node.organization_id != organization_id or not node.host:
        raise TargetGone(what="DICOM node")
    return node
