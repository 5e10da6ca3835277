"""The order of the queue: priority first, then every organization's share (start-time fair queueing).

Each task is stamped when it is queued, so that giving work out is one indexed read however long the queue is. Virtual
time advances as work is given out. A task's stamp is the virtual time of its arrival, or where its organization's
earlier orders end if that is later; an order moves that end by one divided by the organization's weight. So ten
thousand orders of one organization lie one behind the other, and another's single order starts at the present.

Source: P. Goyal, H. Vin, H. Cheng, "Start-time Fair Queuing", SIGCOMM 1996.
"""

from contextlib import suppress
from typing import Annotated

from pydantic import Field
from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hounsfield.kit.db import run, table_of
from hounsfield.system import configs
from hounsfield.tasks.models import FairShare, Task

CLOCK = ""
HIGHEST_PRIORITY = 9
LEVEL = 1e12
"""Distance between priorities in `queue_rank`: far more than any stamp; doubles still resolve a hundredth."""


Weight = Annotated[float, Field(ge=0.01, le=100)]
WEIGHTS = configs.declare(
    "scheduling_weights",
    dict[str, Weight],
    {},
    en="Share of the compute engines per organization id, where it is not 1 (0.01 to 100)",
    zh="各机构（按机构 ID）占用计算引擎的份额，未列出者为 1（0.01 到 100）",
)


_SHARES = table_of(FairShare)
_OWN = _SHARES.c.organization_id == bindparam("whose")
_HOLD = select(_SHARES.c.tag).where(_OWN).with_for_update()
_REACH = update(_SHARES).where(_OWN).values(tag=bindparam("far"))
_PRESENT = select(
    select(FairShare.tag).where(FairShare.organization_id == CLOCK).scalar_subquery().label("clock"),
    exists()
    .where(Task.organization_id == bindparam("organization"), Task.status == "QUEUED")
    .label("waiting"),
)


def queue_rank(session: Session, task: Task) -> float:
    """Return where a task that is queued now stands; the lowest comes first."""
    reached = _held(session, task.organization_id)
    # asked once the row is held: what another order of the organization did meanwhile must be seen
    present = run(session, _PRESENT, {"organization": task.organization_id}).one()
    now: float = present.clock or 0.0
    # orders that were cancelled must not count against those that come later
    start = max(now, reached) if present.waiting else now
    end = start + 1.0 / _weight(session, task.organization_id)
    run(session, _REACH, {"whose": task.organization_id, "far": end})
    return (HIGHEST_PRIORITY - task.priority) * LEVEL + start


def shadow_rank(session: Session) -> float:
    """Return where a shadow stands: behind every order, whatever its priority, and on nobody's account."""
    now = session.scalar(select(FairShare.tag).where(FairShare.organization_id == CLOCK)) or 0.0
    return (HIGHEST_PRIORITY + 1) * LEVEL + now


def advance(session: Session, ranks: list[float]) -> None:
    """Move virtual time to the latest of the tasks given out."""
    latest = max((rank % LEVEL for rank in ranks), default=0.0)
    if latest > 0 and _held(session, CLOCK) < latest:
        run(session, _REACH, {"whose": CLOCK, "far": latest})


def _weight(session: Session, organization_id: str) -> float:
    weight: float = configs.get(session, WEIGHTS).get(organization_id, 1.0)
    return weight


def _held(session: Session, organization_id: str) -> float:
    """Return how far an organization reaches, its row locked: two orders of one organization never get one stamp."""
    whose = {"whose": organization_id}
    tag: float | None = run(session, _HOLD, whose).scalar()
    if tag is None:
        with suppress(IntegrityError), session.begin_nested():  # made by another transaction in between
            session.add(FairShare(organization_id=organization_id, tag=0.0))
        tag = run(session, _HOLD, whose).scalar_one()
    return tag
