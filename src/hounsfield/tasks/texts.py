"""What people read about a task: why it failed, and why it changed, in their language."""

import re
from typing import NamedTuple

from sqlalchemy.orm import Session

from hounsfield.algorithms.service import described
from hounsfield.algorithms.wording import translated
from hounsfield.dicom.messages import describe
from hounsfield.kit import i18n
from hounsfield.tasks.models import Task, TaskEvent
from hounsfield.tasks.transitions import Status


class Reason(NamedTuple):
    """Why something happened: the code is stable, the text is for people."""

    code: str | None
    text: str


# events keep the platform's reasons as short sentences; (code, sentence, what each language says)
_SENTENCES = (
    ("ORDERED", r"ordered", "ordered", "下单"),
    ("ORDERED_AGAIN", r"ordered again", "ordered again", "再次下单"),
    ("IMAGES_CHECKED", r"images checked", "images checked", "影像检查完成"),
    ("ENGINE_CHOSEN", r"engine (?P<engine>\S+)", "chose engine {engine}", "选定引擎 {engine}"),
    (
        "OFFERED_TO_ANY",
        r"no engine is there.*",
        "no engine is free; whichever comes first takes it",
        "暂无空闲引擎，由最先可用者接手",
    ),
    ("CLAIMED", r"claimed", "took the task", "接手任务"),
    ("CANCELLED", r"cancelled", "cancelled", "取消"),
    ("STUDY_DELETED", r"STUDY_DELETED", "the study was deleted", "检查已被删除"),
    ("NOT_STARTED", r"not started in time", "not started in time", "未按时开始"),
    ("TOOK_TOO_LONG", r"took too long", "took too long", "用时过长"),
    (
        "ENGINE_SILENT",
        r"engine (?P<engine>\S+) fell silent",
        "engine {engine} fell silent",
        "引擎 {engine} 失去联系",
    ),
    (
        "ENGINE_RESTARTED",
        r"engine (?P<engine>\S+) restarted",
        "engine {engine} restarted",
        "引擎 {engine} 已重启",
    ),
    ("SHADOW_OF", r"shadow of (?P<order>\S+)", "runs in the shadow of {order}", "作为 {order} 的影子运行"),
    ("ORDER_ENDED", r"order (?P<order>\S+) ended", "order {order} ended", "订单 {order} 已结束"),
)
# what engines say when they hand a task back
_HANDED_BACK = (
    ("ENGINE_SHUTDOWN", "the engine shut down", "引擎已关闭"),
    ("ENGINE_CHILD_CRASHED", "the computation broke off", "计算意外中断"),
    ("ENGINE_INTERNAL", "the engine had a fault of its own", "引擎自身故障"),
    ("OUT_OF_MEMORY", "the engine ran out of memory", "引擎内存不足"),
    ("DISK_FULL", "the engine's disk is full", "引擎磁盘已满"),
    ("ALGORITHM_ERROR", "the algorithm had a fault", "算法出现故障"),
    ("ALGORITHM_UNKNOWN", "the engine does not have the algorithm", "引擎没有该算法"),
    ("INPUT_CORRUPT", "the images arrived damaged", "影像传输损坏"),
    ("INPUT_UNAVAILABLE", "the engine could not fetch the images", "引擎无法获取影像"),
    ("UPLOAD_CORRUPT", "the results arrived damaged", "结果传输损坏"),
    ("MODEL_NOT_LOADED", "the engine's runtime cannot load the model", "引擎的运行时无法加载模型"),
    ("MODEL_MANIFEST_UNKNOWN", "the engine does not understand the model", "引擎不理解该模型的清单"),
    ("PLATFORM_REFUSED", "the platform refused what the engine sent", "平台拒绝了引擎发送的内容"),
)
_PATTERNS = [(code, re.compile(pattern)) for code, pattern, _, _ in _SENTENCES]
_CODE = re.compile(r"[A-Z][A-Z0-9_]*")

for _code, _, _en, _zh in _SENTENCES:
    i18n.register(f"event.{_code}", {"en": _en, "zh-CN": _zh})
for _code, _en, _zh in _HANDED_BACK:
    i18n.register(f"event.{_code}", {"en": _en, "zh-CN": _zh})
i18n.register("event.HANDED_BACK", {"en": "handed it back ({code})", "zh-CN": "交回任务（{code}）"})


def engine_text(session: Session, task: Task, text: str, language: str) -> str:
    """Return what an engine said of a task, in the reader's language where its algorithm brought the words."""
    if not text or language == "en":
        return text
    return translated(described(session, task.task_type, task.algorithm_version), text, language)


def failure_text(session: Session, task: Task, language: str) -> str | None:
    """Return why a task failed: the platform's own reasons and the engine's, in the reader's language.

    An engine may use a code that the platform has a text for; that text is taken only if the engine gave its values.
    """
    params = task.failure_params or {}
    if task.failure_code and i18n.fits(task.failure_code, params):
        return describe(task.failure_code, params, language)[1]
    return engine_text(session, task, task.error_message or "", language) or None


def event_reason(session: Session, task: Task, event: TaskEvent, language: str) -> Reason:
    """Return why a task changed; what a person wrote has no code and stays as it is."""
    said = event.reason
    for code, pattern in _PATTERNS:
        if match := pattern.fullmatch(said):
            return Reason(code, i18n.text(f"event.{code}", language, match.groupdict()))
    if not _CODE.fullmatch(said):
        return Reason(None, said)
    if event.to_status == Status.FAILED:
        return Reason(said, failure_text(session, task, language) or "")
    known = f"event.{said}" if i18n.knows(f"event.{said}") else "event.HANDED_BACK"
    return Reason(said, i18n.text(known, language, {"code": said}))
