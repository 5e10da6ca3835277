"""`/admin/algorithms`: models added, versions switched, shares given out, prices set, shadows compared."""

from typing import Annotated

from fastapi import Query, Request, status
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from hounsfield.accounts.actor import Actor, CurrentActor
from hounsfield.algorithms import registry
from hounsfield.algorithms.check import check_model
from hounsfield.algorithms.models import Algorithm, AlgorithmChange
from hounsfield.algorithms.registry import MAX_MODEL_BYTES, CheckedModel, VersionWish
from hounsfield.http.algorithms_views import (
    AlgorithmLine,
    AlgorithmList,
    AlgorithmWish,
    ChangeView,
    ShadowView,
    VersionSwitch,
    VersionView,
    algorithm_line,
    change_view,
    manifest_from,
    shadow_view,
    usernames,
    version_view,
)
from hounsfield.imaging.multipart import InvalidForm, ReceivedForm, stream_form
from hounsfield.kit.errors import NotFound
from hounsfield.kit.paging import Page, PagingQuery, paginate
from hounsfield.kit.platform import Platform
from hounsfield.kit.routing import Router
from hounsfield.kit.web import Language, PlatformDep
from hounsfield.points.prices import TASK_PRICES
from hounsfield.system import configs
from hounsfield.tasks.models import Task

router = Router(prefix="/admin/algorithms", tags=["algorithms"])
PERMISSION = "algorithm:manage"


@router.get("")
def algorithms(actor: CurrentActor, platform: PlatformDep) -> AlgorithmList:
    """List every algorithm with its versions, who gets which, and its price."""
    actor.require(PERMISSION)
    with platform.db.read() as session:
        rows = session.scalars(select(Algorithm).order_by(Algorithm.name)).all()
        return AlgorithmList(
            items=[algorithm_line(session, row) for row in rows],
            max_model_bytes=configs.get(session, MAX_MODEL_BYTES),
        )


@router.post("/onnx", status_code=status.HTTP_201_CREATED)
async def add_model(request: Request, actor: CurrentActor, platform: PlatformDep) -> VersionView:
    """Add a model: multipart `model` (an ONNX file) and `manifest` (JSON). It is checked before it is kept."""
    actor.require(PERMISSION)
    limit = await run_in_threadpool(_size_limit, platform)
    form = await stream_form(request, platform, limit, "model")
    try:
        return await run_in_threadpool(_add, platform, actor, form)
    finally:
        form.discard()


def _size_limit(platform: Platform) -> int:
    with platform.db.read() as session:
        return int(configs.get(session, MAX_MODEL_BYTES))


def _add(platform: Platform, actor: Actor, form: ReceivedForm) -> VersionView:
    if form.file is None or form.fields.keys() - {"manifest"}:
        raise InvalidForm
    manifest = manifest_from(form.fields.get("manifest", ""))
    with platform.db.read() as session:
        registry.must_be_free(session, manifest)  # before the long work
    facts = check_model(form.file.path, manifest)
    platform.blobs.adopt(form.file.path, form.file.sha256)
    model = CheckedModel(manifest, form.file.sha256, form.file.size, facts)
    with platform.db.write() as session:
        row = registry.add_model(session, model, actor_id=actor.user_id)
        return version_view(row, {}, usernames(session, [row.created_by]))


@router.put("/{name}")
def change_algorithm(
    name: str, wish: AlgorithmWish, actor: CurrentActor, platform: PlatformDep
) -> AlgorithmLine:
    """Let an algorithm be ordered or not, and set its price (null: the price of what has none of its own)."""
    actor.require(PERMISSION)
    with platform.db.write() as session:
        row = session.get(Algorithm, name)
        if row is None:
            raise NotFound
        if wish.enabled is not None:
            registry.set_enabled(session, name, wish.enabled, actor_id=actor.user_id)
        if "price" in wish.model_fields_set:
            before = dict(configs.get(session, TASK_PRICES))
            rule = wish.price.model_dump(mode="json") if wish.price else None
            after = {key: value for key, value in before.items() if key != name}
            after |= {name: rule} if rule else {}
            if after != before:
                configs.put(session, TASK_PRICES.key, after, actor_id=actor.user_id)
                registry.note_price(session, name, before.get(name), rule, actor_id=actor.user_id)
        session.flush()
        return algorithm_line(session, row)


@router.put("/{name}/versions/{version}")
def change_version(
    name: str, version: str, wish: VersionSwitch, actor: CurrentActor, platform: PlatformDep
) -> AlgorithmLine:
    """Switch a version of a model on or off, give it a share of the orders, or run it in the shadow."""
    actor.require(PERMISSION)
    with platform.db.write() as session:
        asked = VersionWish(wish.state, wish.canary_percent, wish.shadow)
        registry.change_version(session, name, version, asked, actor_id=actor.user_id)
        session.flush()
        row = session.get(Algorithm, name)
        assert row is not None
        return algorithm_line(session, row)


@router.get("/{name}/changes")
def changes(name: str, actor: CurrentActor, platform: PlatformDep, paging: PagingQuery) -> Page[ChangeView]:
    """Show who changed what and when, newest first."""
    actor.require(PERMISSION)
    with platform.db.read() as session:
        query = select(AlgorithmChange).where(AlgorithmChange.name == name)
        return paginate(
            session,
            query.order_by(AlgorithmChange.id.desc()),
            paging,
            lambda row: change_view(session, row),
        )


@router.get("/{name}/shadows")
def shadows(
    name: str,
    actor: CurrentActor,
    platform: PlatformDep,
    language: Language,
    paging: PagingQuery,
    version: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[ShadowView]:
    """Show what ran in the shadow of orders, and how far it agrees with them."""
    actor.require(PERMISSION)
    with platform.db.read() as session:
        query = select(Task).where(Task.task_type == name, Task.shadow_of.is_not(None))
        if version:
            query = query.where(Task.algorithm_version == version)
        return paginate(
            session,
            query.order_by(Task.created_at.desc(), Task.id),
            paging,
            lambda task: shadow_view(session, task, language),
        )
