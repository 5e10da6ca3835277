"""What each person has been told, in order: one gapless sequence per user, replayed to whoever reconnects."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Base, Id


class UserEvent(Base):
    """One thing a user was told live."""

    __tablename__ = "user_events"

    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=utc_now)


class UserEventHead(Base):
    """The last number given out to a user."""

    __tablename__ = "user_event_heads"

    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
