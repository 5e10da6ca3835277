"""Refusals and failures of tasks. The classes are also the texts of `failure_code`s that people read."""

from hounsfield.kit import i18n
from hounsfield.kit.errors import Conflict, Invalid, PaymentRequired, TooLarge


class IllegalTransition(Conflict):
    """A task that is {origin} cannot become {target}."""

    code = "ILLEGAL_TRANSITION"
    zh = "状态为 {origin} 的任务不能变为 {target}。"


class StaleEpoch(Conflict):
    """This attempt is no longer the current one."""

    code = "STALE_EPOCH"
    zh = "该次执行已不是当前执行。"


class UnknownTaskType(Invalid):
    """No algorithm named {task_type} is offered."""

    code = "UNKNOWN_TASK_TYPE"
    zh = "没有名为 {task_type} 的算法。"


class InvalidParameters(Invalid):
    """The parameters do not fit the algorithm: {reason}"""

    code = "INVALID_PARAMETERS"
    zh = "参数不符合算法要求：{reason}"


class InputMissing(Invalid):
    """This task needs images to work on: a study or an upload."""

    code = "INPUT_MISSING"
    zh = "该任务需要影像输入：检查或上传文件。"


class ResultMissing(Invalid):
    """The result {name} was not uploaded, or is not what was uploaded."""

    code = "RESULT_MISSING"
    zh = "结果 {name} 未上传或与上传内容不一致。"


class ChecksumMismatch(Invalid):
    """What arrived does not have the hash that was announced."""

    code = "CHECKSUM_MISMATCH"
    zh = "收到的内容与声明的哈希值不一致。"


class ResultTooLarge(TooLarge):
    """A result may have at most {limit} bytes."""

    code = "RESULT_TOO_LARGE"
    zh = "单个结果最多 {limit} 字节。"


class NotRetryable(Conflict):
    """Only a failed or cancelled task can be ordered again."""

    code = "NOT_RETRYABLE"
    zh = "只有失败或已取消的任务可以重新下单。"


class ImagesRefused(Conflict):
    """The images of this task were refused, and the same images would be refused again. Bring in complete images and order on those."""

    code = "IMAGES_REFUSED"
    zh = "该任务的影像已被拒绝，使用相同影像会再次被拒绝。请上传完整的影像后重新下单。"


class NothingToPay(Conflict):
    """There is nothing to pay for this task."""

    code = "NOTHING_TO_PAY"
    zh = "该任务没有待付款项。"


class NotPaid(PaymentRequired):
    """The results can be downloaded after payment."""

    code = "NOT_PAID"
    zh = "付款后才能下载结果。"


class StillRunning(Conflict):
    """Cancel the task before deleting it."""

    code = "STILL_RUNNING"
    zh = "请先取消任务再删除。"


for _code, _en, _zh in (
    (
        "SCHEDULE_TIMEOUT",
        "No compute engine took the task in time. Nothing was charged.",
        "没有计算引擎及时接收该任务，未扣费。",
    ),
    (
        "NO_ENGINE",
        "No compute engine can run {task_type}. Nothing was charged. An administrator can add an engine that does.",
        "没有计算引擎能够执行 {task_type}，未扣费。请管理员添加支持该算法的引擎。",
    ),
    (
        "NOT_ENOUGH_MEMORY",
        "These images need {memory_mb} MB of memory, more than any compute engine has. Nothing was charged.",
        "这些影像需要 {memory_mb} MB 内存，超过所有计算引擎的内存，未扣费。",
    ),
    (
        "EXECUTION_TIMEOUT",
        "The computation took longer than allowed. Nothing was charged.",
        "计算超时，未扣费。",
    ),
    (
        "ENGINE_LOST",
        "The compute engines working on this task were lost. Nothing was charged.",
        "执行该任务的计算引擎失去联系，未扣费。",
    ),
    (
        "POISON",
        "This task stopped several compute engines and is not tried again by itself. Nothing was charged.",
        "该任务导致多个计算引擎停止，不再自动重试，未扣费。",
    ),
    (
        "ENDED_BY_HAND",
        "An administrator ended this task. Nothing was charged.",
        "管理员已终止该任务，未扣费。",
    ),
    (
        "PREPARATION_FAILED",
        "The images could not be prepared because of a fault in the platform. Nothing was charged.",
        "由于平台故障，影像准备失败，未扣费。",
    ),
    (
        "INPUT_GONE",
        "The images of this task are no longer there. Nothing was charged.",
        "该任务的影像已不存在，未扣费。",
    ),
    (
        "NO_USABLE_SERIES",
        "None of the series can be computed. {reason}",
        "没有可用于计算的序列。{reason}",
    ),
):
    i18n.register(_code, {"en": _en, "zh-CN": _zh})
