"""Links for people without an account: a secret that is sent in a body, never part of an address."""

import hashlib
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.audit.service import note_attempt
from hounsfield.kit.db import db_now
from hounsfield.kit.ids import new_id, new_token
from hounsfield.models3d.access import about
from hounsfield.models3d.errors import ShareInvalid
from hounsfield.models3d.models import ModelInfo, ModelShare
from hounsfield.models3d.schemas import ShareView


def share(session: Session, actor: Actor, info: ModelInfo, expires_in: int) -> ShareView:
    """Make a link to a set that works for some seconds."""
    actor.require("model:share")
    secret = new_token("hfs")
    row = ModelShare(
        id=new_id(),
        model_info_id=info.id,
        secret_hash=_hash(secret),
        created_by=actor.user_id,
        expires_at=db_now(session) + timedelta(seconds=expires_in),
    )
    session.add(row)
    note_attempt(session, about(session, actor, "model.share", info))
    return ShareView(share_id=row.id, secret=secret, expires_at=row.expires_at)


def open_share(session: Session, secret: str) -> tuple[ModelShare, ModelInfo]:
    """Return what a secret opens, or raise ShareInvalid."""
    row = session.scalar(select(ModelShare).where(ModelShare.secret_hash == _hash(secret)))
    if row is None or row.expires_at <= db_now(session):
        raise ShareInvalid
    info = session.get(ModelInfo, row.model_info_id)
    if info is None or info.deleted_at is not None or info.status != "ENABLED":
        raise ShareInvalid
    return row, info


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
