"""One POST from ZIP to order: the form of `/files/upload`, checked before anything is kept."""

import orjson
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from hounsfield.accounts.actor import Actor
from hounsfield.imaging.multipart import ReceivedForm
from hounsfield.imaging.spool import share, unshare
from hounsfield.imaging.uploads import adopt_received, check_archive, say_whose
from hounsfield.kit import i18n
from hounsfield.kit.errors import Invalid
from hounsfield.kit.idempotency import fingerprint, once
from hounsfield.kit.platform import Platform
from hounsfield.tasks import orders
from hounsfield.tasks.errors import InputMissing
from hounsfield.tasks.schemas import Ordered, OrderWish

FIELDS = {
    "task_type",
    "model_name",
    "description",
    "category_id",
    "priority",
    "parameters",
    "patient_id",
    "upload_id",
}


class InvalidField(Invalid):
    """The field {field} is not valid: {reason}"""

    code = "INVALID_FIELD"
    zh = "字段 {field} 无效：{reason}"


async def order_from_form(
    platform: Platform, actor: Actor, form: ReceivedForm, language: str, key: str | None
) -> Ordered:
    """Check the form and its archive, then order; on any refusal the received file is removed."""
    try:
        return await run_in_threadpool(_order, platform, actor, form, language, key)
    finally:
        if form.file and not form.kept:
            await run_in_threadpool(unshare, platform, form.file)


def _order(platform: Platform, actor: Actor, form: ReceivedForm, language: str, key: str | None) -> Ordered:
    wish = _wish(form)
    if form.file is None and wish.upload_id is None:
        raise InputMissing
    patient_id = form.fields.get("patient_id")
    content = [wish.model_dump(mode="json"), form.file.sha256 if form.file else None, patient_id]
    mark = fingerprint("POST /files/upload", content)
    with platform.db.read() as session:
        orders.check_order(session, wish)
    if form.file is not None:
        check_archive(form.file.path)
        form.file = share(platform, form.file)
    made: list[str] = []
    with platform.db.write() as session:

        def act() -> Ordered:
            upload_id = adopt_received(session, actor, form.file).id if form.file else wish.upload_id
            assert upload_id is not None
            if patient_id:
                say_whose(session, actor, upload_id, patient_id)
            task = orders.order(session, actor, wish.model_copy(update={"upload_id": upload_id}))
            session.flush()
            message = i18n.text("message.ORDERED", language)
            made.append(task.id)
            return Ordered(task_id=task.id, order_no=task.order_no, status=task.status, message=message)

        answer = once(session, actor.user_id, key, mark, Ordered, act)
    form.kept = bool(made)  # committed; a replayed answer has its file already
    return answer


def _wish(form: ReceivedForm) -> OrderWish:
    fields = form.fields
    for name in fields.keys() - FIELDS:
        raise InvalidField(field=name[:40], reason="unknown")
    try:
        parameters = orjson.loads(fields.get("parameters") or "{}")
        return OrderWish.model_validate(
            {
                "task_type": fields.get("task_type", ""),
                "name": fields.get("model_name", ""),
                "description": fields.get("description", ""),
                "category_id": fields.get("category_id") or None,
                "priority": int(fields.get("priority") or 4),
                "parameters": parameters,
                "upload_id": fields.get("upload_id") or None,
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidField(field=".".join(str(part) for part in first["loc"]), reason=first["msg"]) from None
    except orjson.JSONDecodeError as error:
        raise InvalidField(field="parameters", reason=str(error)) from None
    except ValueError as error:
        raise InvalidField(field="priority", reason=str(error)) from None
