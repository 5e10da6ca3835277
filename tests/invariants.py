"""What must be true of a whole database at any moment, whatever was killed before (domain.md).

Every check yields sentences that say what is wrong, and nothing when all is well. They only read, and they recompute
from the rows instead of asking the code that wrote them.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hounsfield.algorithms.models import AlgorithmVersion
from hounsfield.imaging.models import Instance, Upload, UploadPart
from hounsfield.kit.platform import Platform
from hounsfield.kit.storage import CHUNK, BlobStore
from hounsfield.models3d.models import Model, ModelInfo
from hounsfield.notifications.models import UserEvent, UserEventHead
from hounsfield.points.models import Charge, Hold, JournalEntry, LedgerAccount, Posting
from hounsfield.tasks.models import Task, TaskEvent, TaskFile
from hounsfield.tasks.transitions import ENDED, Status

PEOPLES = ("available", "held")
# what domain.md says, kept apart from the code that must follow it
STEPS = {
    None: {"CREATED"},
    "CREATED": {"QUEUED", "FAILED", "CANCELLED"},
    "QUEUED": {"ASSIGNED", "FAILED", "CANCELLED"},
    "ASSIGNED": {"IN_PROGRESS", "QUEUED", "FAILED", "CANCELLED"},
    "IN_PROGRESS": {"COMPLETED", "FAILED", "CANCELLED", "QUEUED", "WAITING_INPUT"},
    "WAITING_INPUT": {"QUEUED", "CANCELLED", "FAILED"},
}


def faults(platform: Platform) -> list[str]:
    """Return everything that is broken in a platform's database, storage and spool.

    Tasks may go on meanwhile; uploads may not, because their files have no moment in common with their rows.
    """
    with platform.db.read() as session:
        if not platform.db.is_sqlite:  # where every reading transaction is a snapshot
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        return faults_in(session, platform.blobs, platform.settings.spool_dir)


def faults_in(session: Session, blobs: BlobStore, spool: Path) -> list[str]:
    """Return the same of what one transaction sees."""
    return [
        *ledger_faults(session),
        *order_faults(session),
        *event_faults(session),
        *result_faults(session),
        *news_faults(session),
        *object_faults(session, blobs),
        *spool_faults(session, spool),
    ]


def unfinished(session: Session) -> list[str]:
    """Return the tasks that have not ended: none may be left when nothing is going on any more."""
    ended = [status.value for status in ENDED]
    query = select(Task).where(Task.status.not_in(ended)).order_by(Task.created_at)
    return [
        f"task {task.name!r} is stuck in {task.status} at epoch {task.epoch}"
        for task in session.scalars(query)
    ]


def ledger_faults(session: Session) -> Iterator[str]:
    """Postings sum to zero, people's pots are never negative, balances and each step to them are a replay."""
    accounts = {account.id: account for account in session.scalars(select(LedgerAccount))}
    sums: dict[tuple[str, str], int] = defaultdict(int)
    replayed: dict[str, int] = defaultdict(int)
    for posting in session.scalars(select(Posting).order_by(Posting.id)):
        account = accounts[posting.account_id]
        sums[posting.entry_id, account.unit] += posting.amount
        replayed[account.id] += posting.amount
        if posting.balance_after != replayed[account.id]:
            yield f"posting {posting.id} left {posting.balance_after}, a replay gives {replayed[account.id]}"
        if account.kind in PEOPLES and replayed[account.id] < 0:
            yield f"posting {posting.id} made {account.kind} of {account.owner_id} negative"
    yield from (f"entry {entry} sums to {total} {unit}" for (entry, unit), total in sums.items() if total)
    for entry in set(session.scalars(select(JournalEntry.id))) - {entry for entry, _ in sums}:
        yield f"entry {entry} has no posting"
    for account in accounts.values():
        where = f"{account.kind} {account.unit} of {account.owner_id}"
        if account.balance != replayed[account.id]:
            yield f"{where} is {account.balance}, a replay gives {replayed[account.id]}"
        if account.kind in PEOPLES and account.balance < 0:
            yield f"{where} is negative"
    yield from _held_faults(session, list(accounts.values()))


def _held_faults(session: Session, accounts: list[LedgerAccount]) -> Iterator[str]:
    open_holds: dict[tuple[str, str], int] = defaultdict(int)
    for hold in session.scalars(select(Hold)):
        if hold.status == "HELD":
            open_holds[hold.owner_id, hold.unit] += hold.amount
        if (hold.status == "HELD") is not (hold.resolved_at is None):
            yield f"the hold of {hold.order_no} is {hold.status}, resolved at {hold.resolved_at}"
    kept = {
        (account.owner_id, account.unit): account.balance for account in accounts if account.kind == "held"
    }
    for key in kept.keys() | open_holds.keys():
        if kept.get(key, 0) != open_holds[key]:
            yield f"{key} has {kept.get(key, 0)} held, its open holds come to {open_holds[key]}"


def order_faults(session: Session) -> Iterator[str]:
    """A hold is resolved once and as its task ended; who got nothing paid nothing; nobody paid twice."""
    tasks = {task.order_no: task for task in session.scalars(select(Task))}
    holds = {hold.order_no: hold for hold in session.scalars(select(Hold))}
    charges = {charge.order_no: charge for charge in session.scalars(select(Charge))}
    entries: dict[str, Counter[str]] = defaultdict(Counter)
    for order_no, kind in session.execute(select(JournalEntry.order_no, JournalEntry.kind)):
        if order_no:
            entries[order_no][kind] += 1
    paid = _paid(session)
    for order_no in (holds.keys() | charges.keys() | entries.keys()) - tasks.keys():
        yield f"points moved for {order_no}, which nobody ordered"
    for order_no, task in tasks.items():
        hold, charge = holds.get(order_no), charges.get(order_no)
        seen = (hold.status if hold else None, task.payment_status, charge is not None)
        if seen not in _settled(task):
            yield f"{order_no} is {task.status}; hold, payment and charge are {seen}"
        if charge and (charge.owner_id, charge.amount) != (task.owner_id, task.price_amount):
            yield f"{order_no} costs {task.price_amount}, {charge.amount} was charged to {charge.owner_id}"
        if paid[order_no, task.owner_id] != (task.price_amount if charge else 0):
            yield f"{order_no} took {paid[order_no, task.owner_id]} from its owner"
        if entries[order_no] != _entries(hold, charge):
            yield f"{order_no} has the entries {dict(entries[order_no])}"


def _settled(task: Task) -> set[tuple[str | None, str, bool]]:
    """Return what hold, payment status and charge may be in this state."""
    if task.shadow_of:
        return {(None, "PAID", False)}  # nobody ordered it, and it costs nothing
    done, ended = task.status == Status.COMPLETED, Status(task.status) in ENDED
    if task.payment_mode == "prepaid_mode":
        state = "CAPTURED" if done else "RELEASED" if ended else "HELD"
        return {(state, "REFUNDED" if ended and not done else "PAID", done)}
    return {(None, "PENDING", False), (None, "PAID", True)} if done else {(None, "UNPAID", False)}


def _entries(hold: Hold | None, charge: Charge | None) -> Counter[str]:
    """Return how often each kind of entry must be there; what comes to nothing is held and released without one."""
    kinds: list[str] = []
    if hold and hold.amount:
        kinds += ["hold"] + (["release"] if hold.status == "RELEASED" else [])
    if charge:
        kinds.append("capture" if hold else "charge")
    return Counter(kinds)


def _paid(session: Session) -> dict[tuple[str, str], int]:
    """Return what each order took from each person, over all their pots."""
    query = (
        select(JournalEntry.order_no, LedgerAccount.owner_id, Posting.amount)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(JournalEntry.order_no.is_not(None), LedgerAccount.kind.in_(PEOPLES))
    )
    paid: dict[tuple[str, str], int] = defaultdict(int)
    for order_no, owner_id, amount in session.execute(query):
        paid[order_no, owner_id] -= amount
    return paid


def event_faults(session: Session) -> Iterator[str]:
    """The events of a task are an unbroken chain of legal steps that ends where the task stands."""
    chains: dict[str, list[TaskEvent]] = defaultdict(list)
    for event in session.scalars(select(TaskEvent).order_by(TaskEvent.id)):
        chains[event.task_id].append(event)
    for task in session.scalars(select(Task)):
        chain, at, epoch = chains[task.id], None, 0
        for event in chain:
            # an attempt that was given back is fenced off
            least = (
                epoch + 1 if (at in ("ASSIGNED", "IN_PROGRESS") and event.to_status == "QUEUED") else epoch
            )
            if event.from_status != at or event.to_status not in STEPS.get(at, ()) or event.epoch < least:
                yield f"{task.order_no} went from {at} by {event.from_status} → {event.to_status}, epoch {event.epoch}"
            at, epoch = event.to_status, event.epoch
        if (at, epoch) != (task.status, task.epoch):
            yield f"{task.order_no} is {task.status} at epoch {task.epoch}, its events end with {at} at {epoch}"
        claims = sum(event.to_status == Status.IN_PROGRESS for event in chain)
        if task.attempt != claims:
            yield f"{task.order_no} counts {task.attempt} attempts and was claimed {claims} times"
        ended = Status(task.status) in ENDED
        if ended is not (task.completed_at is not None) or (ended and task.lease_until is not None):
            yield f"{task.order_no} is {task.status}, ended at {task.completed_at}, leased until {task.lease_until}"


def result_faults(session: Session) -> Iterator[str]:
    """Results belong to the attempt that completed, and a completed task's models can be seen."""
    tasks = {task.id: task for task in session.scalars(select(Task))}
    for file in session.scalars(select(TaskFile).where(TaskFile.final)):
        task = tasks[file.task_id]
        if task.status != Status.COMPLETED or file.epoch != task.epoch:
            yield f"{file.name} of epoch {file.epoch} is a result of {task.order_no}, {task.status} at {task.epoch}"
    for info in session.scalars(select(ModelInfo)):
        task = tasks[info.task_id]
        if task.status == Status.COMPLETED and info.status != "ENABLED":
            yield f"{task.order_no} is completed, its models are {info.status}"


def news_faults(session: Session) -> Iterator[str]:
    """Each person's sequence of news has no gap and ends at its head."""
    told: dict[str, list[int]] = defaultdict(list)
    for user_id, seq in session.execute(select(UserEvent.user_id, UserEvent.seq).order_by(UserEvent.seq)):
        told[user_id].append(seq)
    heads = {head.user_id: head.seq for head in session.scalars(select(UserEventHead))}
    for user_id, numbers in told.items():
        head = heads.get(user_id, 0)
        # the oldest are swept away in time
        if numbers != list(range(head - len(numbers) + 1, head + 1)):
            yield f"{user_id} was told {numbers}, the last number given out is {head}"


def object_faults(session: Session, blobs: BlobStore) -> Iterator[str]:
    """Whatever a row names is in the storage, whole."""
    named: dict[str, set[int]] = defaultdict(set)
    for sha256 in session.scalars(select(ModelInfo.thumbnail_sha256)):
        named[sha256 or ""] = set()
    sizes = (
        select(Instance.sha256, Instance.size),
        select(TaskFile.sha256, TaskFile.size),
        select(AlgorithmVersion.model_sha256, AlgorithmVersion.model_size),
        select(Model.stl_sha256, Model.stl_size),
        select(Model.glb_sha256, Model.glb_size),
    )
    for query in sizes:
        for sha256, size in session.execute(query):
            named[sha256 or ""].add(size)
    named.pop("", None)
    for sha256, told in named.items():
        if not blobs.exists(sha256):
            yield f"object {sha256} is not in the storage"
            continue
        seen, length = _content(blobs, sha256)
        if seen != sha256 or told - {length}:
            yield f"object {sha256} of {told} bytes has {length}, which hash to {seen}"


def _content(blobs: BlobStore, sha256: str) -> tuple[str, int]:
    digest, length = hashlib.sha256(), 0
    with blobs.open(sha256) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            length += len(chunk)
    return digest.hexdigest(), length


def spool_faults(session: Session, spool: Path) -> Iterator[str]:
    """What an upload says has arrived is there until it has been taken in."""
    waiting = Upload.status.in_(["RECEIVING", "RECEIVED", "INGESTING"])
    for upload in session.scalars(select(Upload).where(waiting, Upload.offset > 0)):
        path = spool / f"upload-{upload.id}"
        parts = select(func.sum(UploadPart.size)).where(UploadPart.upload_id == upload.id)
        arrived = path.stat().st_size if path.is_file() else int(session.scalar(parts) or 0)
        if arrived < upload.offset:
            yield f"upload {upload.id} ({upload.status}) has {arrived} of the {upload.offset} bytes it confirmed"
