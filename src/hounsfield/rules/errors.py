"""Refusals about rules."""

from hounsfield.kit.errors import Conflict, Invalid


class PayerUnfit(Invalid):
    """Tasks cannot be ordered on this person's points: they must be active and see the organization's studies."""

    code = "PAYER_UNFIT"
    zh = "无法使用此人的积分下单：该用户必须处于启用状态，且能查看本机构的检查。"


class TargetGone(Invalid):
    """What the rule names ({what}) is not there any more."""

    code = "RULE_TARGET_GONE"
    zh = "规则中指定的对象（{what}）已不存在。"


class NothingToRetry(Conflict):
    """Nothing of this run has failed."""

    code = "NOTHING_TO_RETRY"
    zh = "该次运行没有失败的步骤。"


class PeerRefused(Invalid):
    """{name} refused the images (HTTP {status})."""

    code = "PEER_REFUSED"
    zh = "{name} 拒绝接收影像（HTTP {status}）。"


class PeerUnreachable(Conflict):
    """{name} did not answer, however often it was tried."""

    code = "PEER_UNREACHABLE"
    zh = "多次尝试后 {name} 仍无应答。"
