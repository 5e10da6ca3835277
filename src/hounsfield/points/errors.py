"""Refusals about money."""

from hounsfield.kit.errors import Conflict, Invalid, PaymentRequired


class InsufficientPoints(PaymentRequired):
    """Not enough points: {needed} {unit} are needed and {available} are available."""

    code = "INSUFFICIENT_POINTS"
    zh = "积分不足：需要 {needed} {unit}，可用 {available}。"


class HoldResolved(Conflict):
    """The points of order {order_no} were settled before."""

    code = "HOLD_RESOLVED"
    zh = "订单 {order_no} 的积分已经结算。"


class UnknownUnit(Invalid):
    """{unit} is not a kind of points."""

    code = "UNKNOWN_UNIT"
    zh = "{unit} 不是有效的积分类型。"
