"""Ordering: validated, priced, reserved and recorded in one transaction, or nothing happens."""

from typing import Any

import jsonschema
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.algorithms.service import Chosen, choose
from hounsfield.audit.errors import Refused
from hounsfield.audit.service import note_attempt
from hounsfield.dicom.messages import MESSAGES
from hounsfield.imaging.access import about as study_about
from hounsfield.imaging.access import own_study_for, upload_for
from hounsfield.imaging.inputs import SeriesRefused
from hounsfield.imaging.models import UploadRejected
from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import db_now
from hounsfield.kit.errors import Conflict, NotFound
from hounsfield.kit.ids import new_id, order_number
from hounsfield.kit.outbox import send_job
from hounsfield.notifications.service import tell
from hounsfield.points.prices import price_of
from hounsfield.tasks import settlement
from hounsfield.tasks.access import about
from hounsfield.tasks.errors import (
    ImagesRefused,
    InputMissing,
    InvalidParameters,
    NotRetryable,
    StillRunning,
    UnknownTaskType,
)
from hounsfield.tasks.models import Task
from hounsfield.tasks.queueing import enqueue
from hounsfield.tasks.schemas import OrderWish
from hounsfield.tasks.shadows import ask_for_shadows
from hounsfield.tasks.transitions import ENDED, Status, announce, move, ordered, record

MAX_PARAMETER_BYTES = 64 * 1024
_IMAGES_UNUSABLE = frozenset({SeriesRefused.code, UploadRejected.code, "INPUT_GONE"})


def order(session: Session, actor: Actor, wish: OrderWish, *, retry_of: str | None = None) -> Task:
    """Create a task.

    Raises
    ------
    UnknownTaskType, InvalidParameters, InputMissing, NotFound, InsufficientPoints
        Nothing is created.
    """
    actor.require("task:create")
    order_no = order_number("T", utc_now().strftime("%y%m%d"))
    chosen = check_order(session, wish, order_no)
    manifest = chosen.manifest
    if wish.upload_id:
        upload_for(session, actor, wish.upload_id).must_be_complete()
    elif wish.study_uid:
        study = own_study_for(session, actor, wish.study_uid, "task.order")
        if study.organization_id != actor.organization_id:
            # who was granted a look at another organization's images does not compute on them
            raise Refused(study_about(actor, "task.order", study))
    elif manifest.input_kind != "none":
        raise InputMissing
    task = Task(
        id=new_id(),
        order_no=order_no,
        organization_id=actor.organization_id,
        owner_id=actor.user_id,
        name=wish.name.strip() or manifest.title.get("en", wish.task_type),
        description=wish.description,
        category_id=wish.category_id,
        task_type=wish.task_type,
        algorithm_version=manifest.version,
        runs_on=chosen.runs_on,
        memory_mb=manifest.memory_mb,
        parameters=wish.parameters,
        priority=wish.priority,
        upload_id=wish.upload_id,
        study_uid=wish.study_uid,
        series_uid=wish.series_uid,
        retry_of=retry_of,
        status=Status.CREATED.value,
        epoch=1,  # the first attempt is number one
        attempt=0,
        progress=0,
        progress_message="",
        start_to_close_s=manifest.start_to_close_s,
        schedule_to_start_s=manifest.schedule_to_start_s,
        crashed_on=[],
        created_at=db_now(session),
    )
    settlement.open_account(session, task, price_of(session, wish.task_type))
    reason = "ordered again" if retry_of else "ordered"
    record(session, task, None, actor=f"user:{actor.user_id}", reason=reason)
    if task.study_uid or task.upload_id:
        note_attempt(session, about(session, actor, "task.order", task))
    announce(session, task)
    if task.payment_mode == settlement.PREPAID:
        tell(session, task.owner_id, "balance_changed", {})
    if not _queued_at_once(session, task, chosen):
        send_job(session, "tasks.prepare", task_id=task.id, priority=task.priority)
    session.add(task)  # written once, as it is now
    session.flush()
    ordered.fire(session, task)
    return task


def _queued_at_once(session: Session, task: Task, chosen: Chosen) -> bool:
    """Queue a task for which no worker has to do anything; return whether that could be done."""
    if task.upload_id and not task.study_uid:
        return False
    try:
        enqueue(session, task, chosen.manifest)
    except (SeriesRefused, NotFound):
        return False  # a worker says so and gives back what was reserved
    if chosen.shadowed:
        ask_for_shadows(session, task)
    return True


def check_order(session: Session, wish: OrderWish, order_no: str = "") -> Chosen:
    """Return the version that an order gets, its parameters checked against the manifest's JSON Schema."""
    chosen = choose(session, wish.task_type, order_no)
    if chosen is None:
        raise UnknownTaskType(task_type=wish.task_type)
    _check_parameters(wish.parameters, chosen.manifest.parameters)
    return chosen


def _check_parameters(parameters: dict[str, Any], schema: dict[str, Any]) -> None:
    if len(repr(parameters)) > MAX_PARAMETER_BYTES:
        raise InvalidParameters(reason="too large")
    try:
        jsonschema.Draft202012Validator(schema).validate(parameters)
    except jsonschema.ValidationError as error:
        where = "/".join(str(part) for part in error.absolute_path)
        raise InvalidParameters(
            reason=f"{where}: {error.message}"[:300] if where else error.message[:300]
        ) from None
    except jsonschema.SchemaError:
        raise UnknownTaskType(task_type=schema.get("title", "")) from None


def order_again(session: Session, actor: Actor, task: Task) -> Task:
    """Order a failed or cancelled task anew: a new number, a new price, the same wish.

    Raises
    ------
    NotRetryable
        It has not failed.
    ImagesRefused
        It failed because of its images, and would again.
    """
    actor.require("task:retry")
    if task.status not in (Status.FAILED, Status.CANCELLED) or task.shadow_of:
        raise NotRetryable
    if images_refused(task):
        raise ImagesRefused
    wish = OrderWish(
        task_type=task.task_type,
        study_uid=task.study_uid,
        series_uid=task.series_uid,
        upload_id=None if task.study_uid else task.upload_id,
        parameters=task.parameters,
        priority=task.priority,
        name=task.name,
        description=task.description,
        category_id=task.category_id,
    )
    return order(session, actor, wish, retry_of=task.id)


def images_refused(task: Task) -> bool:
    """Tell whether a task failed because of its images: the same order can only fail again."""
    return task.failure_code in MESSAGES or task.failure_code in _IMAGES_UNUSABLE


def cancel(session: Session, actor: Actor, task: Task) -> None:
    """Stop a task wherever it is; its engine is told at its next word with the platform."""
    actor.require("task:cancel")
    note_attempt(session, about(session, actor, "task.cancel", task))
    move(
        session,
        task,
        Status.CANCELLED,
        actor=f"user:{actor.user_id}",
        reason="cancelled",
        cancel_requested=True,
    )


def pay(session: Session, actor: Actor, task: Task) -> None:
    """Settle a completed postpaid task: only the person who ordered it pays."""
    actor.require("task:pay")
    if task.owner_id != actor.user_id:
        raise Conflict
    settlement.pay(session, task)
    announce(session, task)
    tell(session, task.owner_id, "balance_changed", {})


def delete(session: Session, actor: Actor, task: Task) -> None:
    """Remove an ended task from every list; its ledger entries and events stay."""
    actor.require("task:delete")
    if Status(task.status) not in ENDED:
        raise StillRunning
    note_attempt(session, about(session, actor, "task.delete", task))
    task.deleted_at = db_now(session)
