"""The double-entry ledger. Entries and postings are only ever added; balances are a projection of them."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Base, Id
from hounsfield.kit.ids import new_id

SERIAL = BigInteger().with_variant(Integer, "sqlite")


class LedgerAccount(Base):
    """A pot of one unit. People's pots (available, held) never go below zero; the system's may."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        UniqueConstraint("owner_id", "unit", "kind"),
        CheckConstraint("balance >= 0 OR kind NOT IN ('available', 'held')", name="not_negative"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    owner_id: Mapped[str] = mapped_column(Id)  # a user, or "system"
    unit: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(12))  # available | held | issuance | revenue | expired
    balance: Mapped[int] = mapped_column(BigInteger, default=0)


class JournalEntry(Base):
    """One operation: why points moved, who moved them. Its postings sum to zero per unit."""

    __tablename__ = "journal_entries"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(
        String(16)
    )  # grant | hold | capture | release | charge | allocate | adjust
    actor_id: Mapped[str | None] = mapped_column(Id)
    reason: Mapped[str] = mapped_column(String(200), default="")
    order_no: Mapped[str | None] = mapped_column(String(32), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Posting(Base):
    """A change of one pot by one operation, with the balance it left."""

    __tablename__ = "postings"
    __table_args__ = (Index(None, "account_id", "id"),)

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    entry_id: Mapped[str] = mapped_column(Id, ForeignKey("journal_entries.id"), index=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("ledger_accounts.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    balance_after: Mapped[int] = mapped_column(BigInteger)


class Hold(Base):
    """Points reserved for an order. It resolves exactly once: captured or released."""

    __tablename__ = "holds"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    owner_id: Mapped[str] = mapped_column(Id, index=True)
    unit: Mapped[str] = mapped_column(String(40))
    amount: Mapped[int] = mapped_column(BigInteger)
    order_no: Mapped[str] = mapped_column(String(32), unique=True)
    status: Mapped[str] = mapped_column(String(10), default="HELD")  # HELD | CAPTURED | RELEASED
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    resolved_at: Mapped[datetime | None]


class Charge(Base):
    """A captured price: at most one per order, prepaid or postpaid."""

    __tablename__ = "charges"

    order_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    entry_id: Mapped[str] = mapped_column(Id, ForeignKey("journal_entries.id"))
    owner_id: Mapped[str] = mapped_column(Id)
    unit: Mapped[str] = mapped_column(String(40))
    amount: Mapped[int] = mapped_column(BigInteger)
