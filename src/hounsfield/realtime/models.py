"""Tickets: how a page opens a socket without putting a token where it could be logged."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from hounsfield.kit.db import Base, Id


class RealtimeTicket(Base):
    """Good once, for seconds; only its hash is kept."""

    __tablename__ = "realtime_tickets"

    ticket_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id)
    session_id: Mapped[str] = mapped_column(Id)
    expires_at: Mapped[datetime]
