"""`/tasks`, `/files/upload`, `/algorithms`: ordering, watching, cancelling, paying, taking the results."""

from typing import Annotated

from fastapi import Query, Request, Response, status
from pydantic import BaseModel
from sqlalchemy import select

from hounsfield.accounts.actor import CurrentActor, actor_of
from hounsfield.algorithms.service import Chosen, manifests
from hounsfield.audit.service import note_attempt_read, note_read
from hounsfield.engines.service import fresh
from hounsfield.imaging.multipart import receive_form
from hounsfield.kit import i18n
from hounsfield.kit.db import db_now
from hounsfield.kit.downloads import download
from hounsfield.kit.errors import NotFound
from hounsfield.kit.idempotency import fingerprint, once
from hounsfield.kit.paging import Page, PagingQuery
from hounsfield.kit.routing import Router
from hounsfield.kit.short import Short
from hounsfield.kit.web import IdempotencyKey, Language, PlatformDep
from hounsfield.points.prices import Price, price_of
from hounsfield.tasks import orders, views
from hounsfield.tasks.access import about, task_for
from hounsfield.tasks.errors import NotPaid
from hounsfield.tasks.models import TaskFile
from hounsfield.tasks.schemas import Moved, Ordered, OrderWish, TaskDetail, TaskView
from hounsfield.tasks.settlement import is_unpaid
from hounsfield.tasks.upload_form import order_from_form

router = Router(tags=["tasks"])

i18n.register(
    "message.ORDERED",
    {"en": "Received. The images are being checked.", "zh-CN": "已收到，正在检查影像。"},
)


class AlgorithmView(BaseModel):
    """Something that can be ordered, and what it costs today."""

    name: str
    title: dict[str, str]
    description: dict[str, str]
    version: str
    input_kind: str
    parameters: dict[str, object]
    intended_use: dict[str, str]
    licence: str
    price: Price
    available: bool


SHOWN = AlgorithmView.model_fields.keys() - {"price", "available"}


class Algorithms(BaseModel):
    items: list[AlgorithmView]


@router.get("/algorithms")
def algorithms(actor: CurrentActor, platform: PlatformDep) -> Algorithms:
    """List what can be ordered; `available` says whether an engine for it is there now."""
    actor.require("task:read")
    with platform.db.read() as session:
        engines = fresh(session, db_now(session), platform.settings.lease_seconds)
        there = {entry["name"] for engine in engines for entry in engine.algorithms}

        def show(offer: Chosen) -> AlgorithmView:
            shown = offer.manifest.model_dump(include=SHOWN)
            return AlgorithmView(
                **shown,
                price=price_of(session, offer.manifest.name),
                available=offer.runs_on in there,
            )

        return Algorithms(items=[show(offer) for offer in manifests(session)])


@router.post("/files/upload", status_code=status.HTTP_202_ACCEPTED)
async def upload(
    request: Request,
    actor: CurrentActor,
    platform: PlatformDep,
    language: Language,
    key: IdempotencyKey = None,
) -> Ordered:
    """Take a ZIP of DICOM (multipart `file`, or `upload_id` of a finished tus upload) and order a task on it."""
    actor.require("upload:create")
    form = await receive_form(request, platform, actor)
    return await order_from_form(platform, actor, form, language, key)


@router.post("/tasks", status_code=status.HTTP_201_CREATED)
def order(
    wish: OrderWish,
    actor: CurrentActor,
    platform: PlatformDep,
    language: Language,
    key: IdempotencyKey = None,
) -> TaskDetail:
    """Order a task on images that are in the archive or were uploaded."""
    mark = fingerprint("POST /tasks", wish)
    with platform.db.write() as session:

        def act() -> TaskDetail:
            task = orders.order(session, actor, wish)
            return views.detail_of_new(session, task, actor, language)

        return once(session, actor.user_id, key, mark, TaskDetail, act)


@router.get("/tasks")
def tasks(
    actor: CurrentActor,
    platform: PlatformDep,
    language: Language,
    paging: PagingQuery,
    status: Annotated[str | None, Query(max_length=200)] = None,
    type: Annotated[str | None, Query(max_length=64)] = None,
    q: Annotated[str | None, Query(max_length=200)] = None,
    sort: Annotated[str, Query(max_length=40)] = "-created_at",
) -> Page[TaskView]:
    """List tasks; `status` takes either vocabulary, several separated by commas."""
    actor.require("task:read")
    with platform.db.read() as session:
        page = views.tasks_page(
            session, actor, language, paging, status=status, task_type=type, text=q, sort=sort
        )
    details = {"q": q} if q else {}
    note_read(platform, actor, "task.search", object_type="task", object_id="", details=details)
    return page


@router.get("/tasks/{task_id}")
def task(task_id: str, actor: CurrentActor, platform: PlatformDep, language: Language) -> TaskDetail:
    """Return one task with its results and events."""
    actor.require("task:read")
    with platform.db.read() as session:
        row = task_for(session, actor, task_id)
        detail = views.detail(session, row, actor, language)
        seen = about(session, actor, "task.read", row)
    note_attempt_read(platform, seen)
    return detail


@router.post("/tasks/{task_id}/cancel")
def cancel(task_id: str, actor: CurrentActor, platform: PlatformDep) -> Moved:
    """Stop a task; what was reserved for it is given back."""
    with platform.db.write() as session:
        row = task_for(session, actor, task_id, "task.cancel")
        orders.cancel(session, actor, row)
        return Moved(task_id=row.id, status=row.status)


@router.post("/tasks/{task_id}/retry", status_code=status.HTTP_201_CREATED)
def retry(
    task_id: str, actor: CurrentActor, platform: PlatformDep, language: Language, key: IdempotencyKey = None
) -> TaskDetail:
    """Order a failed or cancelled task again; the answer is the new task."""
    mark = fingerprint("POST /tasks/retry", task_id)
    with platform.db.write() as session:

        def act() -> TaskDetail:
            again = orders.order_again(session, actor, task_for(session, actor, task_id))
            return views.detail_of_new(session, again, actor, language)

        return once(session, actor.user_id, key, mark, TaskDetail, act)


@router.post("/tasks/{task_id}/pay")
def pay(
    task_id: str, actor: CurrentActor, platform: PlatformDep, language: Language, key: IdempotencyKey = None
) -> TaskDetail:
    """Pay a completed postpaid task; its results open."""
    mark = fingerprint("POST /tasks/pay", task_id)
    with platform.db.write() as session:

        def act() -> TaskDetail:
            row = task_for(session, actor, task_id)
            orders.pay(session, actor, row)
            return views.detail(session, row, actor, language)

        return once(session, actor.user_id, key, mark, TaskDetail, act)


@router.delete("/tasks/{task_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete(task_id: str, actor: CurrentActor, platform: PlatformDep) -> None:
    """Remove an ended task from the lists."""
    with platform.db.write() as session:
        orders.delete(session, actor, task_for(session, actor, task_id))


@router.get("/tasks/{task_id}/results/{name}")
def result(task_id: str, name: str, request: Request, actor: CurrentActor, platform: PlatformDep) -> Response:
    """Download a result file."""
    actor.require("task:read")
    with platform.db.read() as session:
        row = task_for(session, actor, task_id)
        query = select(TaskFile).where(TaskFile.task_id == row.id, TaskFile.final, TaskFile.name == name)
        file = session.scalar(query)
        if file is None:
            raise NotFound
        if is_unpaid(row):
            raise NotPaid
        seen = about(session, actor, "task.download", row)
    note_attempt_read(platform, seen)
    return download(
        platform,
        request,
        file.sha256,
        media_type=file.content_type,
        filename=file.name,
        headers={"ETag": f'"{file.sha256}"'},
        redirect=True,
    )


SHORT = Short(router, {order: OrderWish}, actor=actor_of)
