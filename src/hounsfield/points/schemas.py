"""Shapes of the points API."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from hounsfield.points.prices import Unit

MAX_POINTS = 1_000_000_000
Operation = Literal["grant", "hold", "capture", "release", "charge", "allocate", "adjust"]


class Amounts(BaseModel):
    available: int
    held: int


class Balance(BaseModel):
    low: Amounts
    high: Amounts
    credits: Amounts


class Transaction(BaseModel):
    """One operation on a person's points of one unit.

    `amount` is what it changed of the points that can be spent, `held_change` of those reserved for running tasks:
    a hold of 10 is -10 and +10, its charge 0 and -10, its release +10 and -10.
    """

    transaction_id: str
    at: datetime
    kind: Operation
    unit: Unit
    amount: int
    held_change: int
    available_after: int
    order_no: str | None
    order_name: str | None
    task_id: str | None
    reason: str
    actor: str | None


class Allocation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sub_user_id: str = Field(max_length=32)
    point_type: Unit
    points: StrictInt = Field(gt=0, le=MAX_POINTS)


class Adjustment(BaseModel):
    """Either `delta` or `limit`: by how much, or to how much, a person's available points change."""

    model_config = ConfigDict(extra="forbid")

    quota_type: Unit
    delta: StrictInt | None = Field(default=None, ge=-MAX_POINTS, le=MAX_POINTS)
    limit: StrictInt | None = Field(default=None, ge=0, le=MAX_POINTS)
    reason: str = Field(min_length=1, max_length=200)


class Moved(BaseModel):
    """The operation that was carried out and what it left."""

    transaction_id: str
    balance: Balance
