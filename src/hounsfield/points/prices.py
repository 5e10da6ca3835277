"""What a task costs, which units may pay it, and when: system configuration, read at the moment of ordering."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from hounsfield.points import ledger
from hounsfield.points.errors import InsufficientPoints
from hounsfield.system import configs

PaymentMode = Literal["prepaid_mode", "postpaid_mode"]
Unit = Literal["POINT_LOW", "POINT_HIGH", "MEMBER_CREDIT"]


class PriceRule(BaseModel):
    """The price of one task type; `units` is the order in which a person's points are tried."""

    model_config = ConfigDict(extra="forbid")

    amount: int = Field(ge=0, le=1_000_000_000)
    units: list[Unit] = Field(default=["POINT_LOW", "POINT_HIGH"], min_length=1)


class Price(BaseModel):
    """What an order costs, as it was fixed when it was made."""

    amount: int
    units: list[Unit]
    mode: PaymentMode


PAYMENT_MODE = configs.declare(
    "payment_mode",
    PaymentMode,
    "prepaid_mode",
    en="When a task is paid: held at the order and charged when done (prepaid_mode), or paid after it is done",
    zh="任务付款方式：下单时冻结、完成后扣除（prepaid_mode），或完成后付款（postpaid_mode）",
)
CALCULATION_PRICE = configs.declare(
    "calculation_price",
    int,
    10,
    en="Price of a task that has no price of its own",
    zh="未单独定价的任务的价格",
)
TASK_PRICES = configs.declare(
    "task_prices",
    dict[str, PriceRule],
    {},
    en="Price per task type: amount and the units that may pay it, in order",
    zh="各任务类型的价格：数量以及可用于支付的积分类型（按顺序）",
)
REGISTRATION_GRANT = configs.declare(
    "registration_grant", int, 100, en="Low points given to a new account", zh="新注册账户赠送的低级积分"
)


def price_of(session: Session, task_type: str) -> Price:
    """Return today's price of a task type."""
    rules = configs.get(session, TASK_PRICES)
    rule = PriceRule.model_validate(
        rules.get(task_type) or {"amount": configs.get(session, CALCULATION_PRICE)}
    )
    return Price(amount=rule.amount, units=rule.units, mode=configs.get(session, PAYMENT_MODE))


def paying_unit(session: Session, owner_id: str, price: Price) -> str:
    """Return the first unit of which the person has enough.

    Raises
    ------
    InsufficientPoints
        None has; names each of them and what there is of it.
    """
    found = ledger.available(session, owner_id)
    available: dict[str, int] = {unit: found.get(unit, 0) for unit in price.units}
    for unit in price.units:
        if available[unit] >= price.amount:
            return unit
    first = price.units[0]
    raise InsufficientPoints(
        unit=first, needed=price.amount, available=available.pop(first), others=available
    )
