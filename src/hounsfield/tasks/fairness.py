"""The order of the queue: priority first, then every organization's share (start-time fair queueing).

Each task is stamped when it is queued, so that giving work out is one indexed read however long the queue is. Virtual
time advances as work is given out. A task's stamp is the virtual time of its arrival, or where its organization's
earlier orders end if that is later; an order moves that end by one divided by the organization's weight. So ten
thousand orders of one organization lie one behind the other, and another's single order starts at the present.

Source: P. Goyal, H. Vin, H. Cheng, "Start-time Fair Queuing", SIGCOMM 1996.
"""

from typing import Annotated

from pydantic import Field
from sqlalchemy import exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

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


def queue_rank(session: Session, task: Task) -> float:
    """Return where a task that is queued now stands; the lowest comes first."""
    share = _share(session, task.organization_id)
    # asked once the row is held: what another order of the organization did meanwhile must be seen
    clock = select(FairShare.tag).where(FairShare.organization_id == CLOCK).scalar_subquery()
    backlog = exists().where(Task.organization_id == task.organization_id, Task.status == "QUEUED")
    present, waiting = session.execute(select(clock, backlog)).one()
    now: float = present or 0.0
    # orders that were cancelled must not count against those that come later
    start = max(now, share.tag) if waiting else now
    share.tag = start + 1.0 / _weight(session, task.organization_id)
    return (HIGHEST_PRIORITY - task.priority) * LEVEL + start


def shadow_rank(session: Session) -> float:
    """Return where a shadow stands: behind every order, whatever its priority, and on nobody's account."""
    now = session.scalar(select(FairShare.tag).where(FairShare.organization_id == CLOCK)) or 0.0
    return (HIGHEST_PRIORITY + 1) * LEVEL + now


def advance(session: Session, ranks: list[float]) -> None:
    """Move virtual time to the latest of the tasks given out."""
    latest = max((rank % LEVEL for rank in ranks), default=0.0)
    if latest > 0:
        _share(session, CLOCK)
        session.execute(
            update(FairShare)
            .where(FairShare.organization_id == CLOCK, FairShare.tag < latest)
            .values(tag=latest)
            .execution_options(synchronize_session=False)
        )


def _weight(session: Session, organization_id: str) -> float:
    weight: float = configs.get(session, WEIGHTS).get(organization_id, 1.0)
    return weight


def _share(session: Session, organization_id: str) -> FairShare:
    """Return an organization's row, locked: two orders of one organization never get one stamp."""
    share = session.get(FairShare, organization_id, with_for_update=True)
    if share is None:
        try:
            with session.begin_nested():
                share = FairShare(organization_id=organization_id, tag=0.0)
                session.add(share)
        except IntegrityError:
            share = session.get_one(FairShare, organization_id, with_for_update=True)
    return share
