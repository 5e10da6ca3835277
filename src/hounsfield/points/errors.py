"""Refusals about money."""

from collections.abc import Mapping

from hounsfield.kit import i18n
from hounsfield.kit.errors import Conflict, Invalid, PaymentRequired

for _unit, _en, _zh in (
    ("POINT_LOW", "{count} {count:low point|low points}", "{count} 低级积分"),
    ("POINT_HIGH", "{count} {count:high point|high points}", "{count} 高级积分"),
    ("MEMBER_CREDIT", "{count} {count:member credit|member credits}", "{count} 会员额度"),
):
    i18n.register(f"amount.{_unit}", {"en": _en, "zh-CN": _zh})
i18n.register("list.or", {"en": " or ", "zh-CN": " 或 "})
i18n.register("list.and", {"en": " and ", "zh-CN": "、"})


class InsufficientPoints(PaymentRequired):
    """Not enough points: {needed} needed, {available} available. Ask your administrator for more, or wait until points that are held for running tasks come back."""

    code = "INSUFFICIENT_POINTS"
    zh = "积分不足：需要 {needed}，可用 {available}。请联系管理员增加积分，或等待进行中的任务退回冻结的积分。"

    def __init__(
        self, *, unit: str, needed: int, available: int, others: Mapping[str, int] | None = None
    ) -> None:
        """`others` are further units that could have paid, and what there is of them."""
        super().__init__(needed=needed, available={unit: available, **(others or {})})

    def detail(self, language: str) -> str:
        """Say how much of what is needed and available, each unit by its name."""

        def listed(word: str, amounts: Mapping[str, int]) -> str:
            parts = (i18n.text(f"amount.{unit}", language, {"count": n}) for unit, n in amounts.items())
            return i18n.text(f"list.{word}", language).join(parts)

        available: dict[str, int] = self.params["available"]
        needed = dict.fromkeys(available, self.params["needed"])
        shown = {"needed": listed("or", needed), "available": listed("and", available)}
        return i18n.text(self.code, language, shown)


class HoldResolved(Conflict):
    """The points of order {order_no} were settled before."""

    code = "HOLD_RESOLVED"
    zh = "订单 {order_no} 的积分已经结算。"


class UnknownUnit(Invalid):
    """{unit} is not a kind of points."""

    code = "UNKNOWN_UNIT"
    zh = "{unit} 不是有效的积分类型。"
