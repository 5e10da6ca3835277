"""`/worklist-views`: filters of the worklist to which a person has given a name."""

from typing import Annotated

from fastapi import status
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from hounsfield.accounts.access import is_id
from hounsfield.accounts.actor import CurrentActor
from hounsfield.imaging.models import WorklistView
from hounsfield.imaging.worklist import StudySort
from hounsfield.kit.errors import Conflict, NotFound
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep

router = Router(prefix="/worklist-views", tags=["studies"])
MOST = 50
Day = Annotated[str, Field(pattern=r"^\d{8}$")]


class ViewNameTaken(Conflict):
    """You have a view of this name."""

    code = "VIEW_NAME_TAKEN"
    zh = "已有同名视图。"


class TooManyViews(Conflict):
    """You have {limit} views; remove one first."""

    code = "TOO_MANY_VIEWS"
    zh = "最多保存 {limit} 个视图，请先删除一个。"


class Filters(BaseModel):
    """What `GET /studies` takes; `days` counts back from today and moves with it."""

    model_config = ConfigDict(extra="forbid")

    q: str | None = Field(default=None, max_length=200)
    modality: str | None = Field(default=None, pattern=r"^[A-Z0-9_]{1,16}$")
    date_from: Day | None = None
    date_to: Day | None = None
    days: int | None = Field(default=None, ge=1, le=3650)
    sort: StudySort | None = None


class ViewWish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=60, pattern=r"\S")
    filters: Filters


class SavedView(ViewWish):
    view_id: str


class SavedViews(BaseModel):
    items: list[SavedView]


@router.get("")
def views(actor: CurrentActor, platform: PlatformDep) -> SavedViews:
    """List the actor's own views by name."""
    with platform.db.read() as session:
        query = select(WorklistView).where(WorklistView.user_id == actor.user_id).order_by(WorklistView.name)
        return SavedViews(items=[_view(row) for row in session.scalars(query)])


@router.post("", status_code=status.HTTP_201_CREATED)
def save(wish: ViewWish, actor: CurrentActor, platform: PlatformDep) -> SavedView:
    """Keep filters under a name."""
    row = WorklistView(
        user_id=actor.user_id, name=wish.name.strip(), filters=wish.filters.model_dump(exclude_none=True)
    )
    with platform.db.write() as session:
        count = select(func.count()).where(WorklistView.user_id == actor.user_id)
        if (session.scalar(count) or 0) >= MOST:
            raise TooManyViews(limit=MOST)
        session.add(row)
        try:
            session.flush()
        except IntegrityError:
            raise ViewNameTaken from None
        return _view(row)


@router.delete("/{view_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove(view_id: str, actor: CurrentActor, platform: PlatformDep) -> None:
    """Remove one of the actor's own views."""
    with platform.db.write() as session:
        row = session.get(WorklistView, view_id) if is_id(view_id) else None
        if row is None or row.user_id != actor.user_id:
            raise NotFound
        session.delete(row)


def _view(row: WorklistView) -> SavedView:
    return SavedView(view_id=row.id, name=row.name, filters=Filters.model_validate(row.filters))
