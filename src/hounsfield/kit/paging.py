"""Lists as the API gives them: `?page=1&size=20` or `?limit=&offset=` → `{items,total,page,size}`."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

T = TypeVar("T")
MAX_SIZE = 200


class Paging(BaseModel):
    """Which stretch of a list is wanted."""

    offset: int
    size: int

    @property
    def page(self) -> int:
        return self.offset // self.size + 1


def _paging(
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    size: Annotated[int, Query(ge=1, le=MAX_SIZE)] = 20,
    limit: Annotated[int | None, Query(ge=1, le=MAX_SIZE)] = None,
    offset: Annotated[int | None, Query(ge=0, le=100_000_000)] = None,
) -> Paging:
    wanted = limit or size
    return Paging(size=wanted, offset=offset if offset is not None else (page - 1) * wanted)


PagingQuery = Annotated[Paging, Depends(_paging)]


class Page(BaseModel, Generic[T]):
    """One stretch of a list and the length of the whole."""

    items: list[T]
    total: int
    page: int
    size: int


def paginate(
    session: Session,
    query: Select[*tuple[Any, ...]],
    paging: Paging,
    show: Callable[[Any], T],
    *,
    rows: bool = False,
) -> Page[T]:
    """Run a list query for one page; `show` turns a row's first entity (or the whole row) into what is sent."""
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    result = session.execute(query.offset(paging.offset).limit(paging.size))
    found: Sequence[Any] = result.all() if rows else result.scalars().all()
    return Page(items=[show(row) for row in found], total=total, page=paging.page, size=paging.size)


def like(text: str) -> str:
    """Return a LIKE pattern that matches the text anywhere, with the wildcards in it taken literally (escape `\\`)."""
    escaped = text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"
