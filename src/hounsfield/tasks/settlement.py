"""What a task's end means in points: charged once if done, never if not."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hounsfield.points import ledger
from hounsfield.points.history import OrderRef, naming
from hounsfield.points.prices import Price, paying_unit
from hounsfield.tasks.errors import NothingToPay
from hounsfield.tasks.models import Task

PREPAID = "prepaid_mode"


def open_account(session: Session, task: Task, price: Price) -> None:
    """Fix the price of a new order and, when prepaid, reserve it.

    Raises
    ------
    InsufficientPoints
        The owner has not enough of any unit that may pay.
    """
    task.payment_mode, task.price_amount, task.price_units = price.mode, price.amount, list(price.units)
    if price.mode == PREPAID:
        task.price_unit = paying_unit(session, task.owner_id, price)
        ledger.hold(session, task.owner_id, task.price_unit, price.amount, order_no=task.order_no)
        task.payment_status = "PAID"
    else:
        task.price_unit, task.payment_status = price.units[0], "UNPAID"


def settle(session: Session, task: Task) -> None:
    """Capture or release when a task has ended; a shadow has nothing to settle."""
    if task.shadow_of:
        return
    done = task.status == "COMPLETED"
    if task.payment_mode == PREPAID:
        if done:
            ledger.capture(session, task.order_no)
        else:
            ledger.release(session, task.order_no, reason=task.failure_code or task.status)
            task.payment_status = "REFUNDED"
    elif done:
        task.payment_status = "PENDING"
    session.flush()


def pay(session: Session, task: Task) -> None:
    """Settle a completed postpaid order.

    Raises
    ------
    NothingToPay
        It is prepaid, not completed, or paid already.
    InsufficientPoints
        None of the units that may pay has enough.
    """
    won = session.execute(
        update(Task)
        .where(Task.id == task.id, Task.payment_status == "PENDING")
        .values(payment_status="PAID")
        .execution_options(synchronize_session=False)
    )
    if won.rowcount == 0:  # type: ignore[attr-defined]
        raise NothingToPay
    price = Price(amount=task.price_amount, units=task.price_units, mode="postpaid_mode")
    unit = paying_unit(session, task.owner_id, price)
    ledger.charge(session, task.owner_id, unit, task.price_amount, order_no=task.order_no)
    task.price_unit = unit
    session.flush()
    session.refresh(task)


@naming.connect
def name_orders(session: Session, numbers: set[str], found: dict[str, OrderRef]) -> None:
    """Say what orders are called, for the history of a person's points."""
    query = select(Task.order_no, Task.name, Task.id, Task.deleted_at).where(Task.order_no.in_(numbers))
    for number, name, task_id, deleted_at in session.execute(query):
        found[number] = OrderRef(name, None if deleted_at else task_id)


def is_unpaid(task: Task) -> bool:
    """Tell whether the results must stay closed for now."""
    return task.payment_mode != PREPAID and task.payment_status != "PAID"
