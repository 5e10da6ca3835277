"""A request that creates an order or moves money happens once per `Idempotency-Key`, however often it is sent."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel
from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Base, Id
from hounsfield.kit.errors import Conflict, Invalid
from hounsfield.kit.ids import new_id

M = TypeVar("M", bound=BaseModel)


class IdempotencyKeyReused(Invalid):
    """This Idempotency-Key was used before with another request."""

    code = "IDEMPOTENCY_KEY_REUSED"
    zh = "该 Idempotency-Key 已用于另一个请求。"


class IdempotencyInProgress(Conflict):
    """A request with this Idempotency-Key is still being carried out."""

    code = "IDEMPOTENCY_IN_PROGRESS"
    zh = "使用该 Idempotency-Key 的请求正在处理中。"


class IdempotentRequest(Base):
    """What was answered to a key."""

    __tablename__ = "idempotent_requests"
    __table_args__ = (UniqueConstraint("owner_id", "key"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    owner_id: Mapped[str] = mapped_column(Id)
    key: Mapped[str] = mapped_column(String(128))
    fingerprint: Mapped[str] = mapped_column(String(64))
    response: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


def fingerprint(operation: str, body: Any) -> str:
    """Return the hash that tells two requests apart: what is asked, of what."""
    content = body.model_dump(mode="json") if isinstance(body, BaseModel) else body
    return hashlib.sha256(orjson.dumps([operation, content], option=orjson.OPT_SORT_KEYS)).hexdigest()


def replay(session: Session, owner_id: str, key: str | None, mark: str, shape: type[M]) -> M | None:
    """Return the earlier answer to this key, or None where there is none."""
    if key is None:
        return None
    query = select(IdempotentRequest).where(
        IdempotentRequest.owner_id == owner_id, IdempotentRequest.key == key
    )
    earlier = session.scalar(query)
    if earlier is None:
        return None
    if earlier.fingerprint != mark:
        raise IdempotencyKeyReused
    return shape.model_validate(earlier.response)


def once(
    session: Session, owner_id: str, key: str | None, mark: str, shape: type[M], act: Callable[[], M]
) -> M:
    """Carry out `act` in this transaction unless the key was answered before; then return that answer."""
    earlier = replay(session, owner_id, key, mark, shape)
    if earlier is not None or key is None:
        return earlier if earlier is not None else act()
    row = IdempotentRequest(owner_id=owner_id, key=key, fingerprint=mark, response={})
    session.add(row)
    try:
        session.flush()  # the unique key makes a concurrent twin wait here, then fail
    except IntegrityError:
        raise IdempotencyInProgress from None
    answer = act()
    row.response = answer.model_dump(mode="json")
    return answer
