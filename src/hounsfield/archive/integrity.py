"""Every object is read and hashed again; one that is missing or is not what it was is taken from the second copy."""

import hashlib
from datetime import timedelta
from typing import Any

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from hounsfield.archive.errors import CheckRunning
from hounsfield.archive.models import IntegrityCheck
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import NotFound
from hounsfield.kit.jobs import job
from hounsfield.kit.outbox import send_job
from hounsfield.kit.platform import Platform
from hounsfield.kit.storage import CHUNK, BlobStore, open_store, references

BATCH = 50
LEASE = timedelta(minutes=2)
MAX_LISTED = 500


def begin(session: Session) -> IntegrityCheck:
    """Begin a check; a worker carries it out.

    Raises
    ------
    CheckRunning
        There is one.
    """
    if session.scalar(select(IntegrityCheck.id).where(IntegrityCheck.status == "RUNNING").limit(1)):
        raise CheckRunning
    # an object that several rows name is counted by each kind of them
    total = sum(session.scalar(select(func.count(distinct(column)))) or 0 for column in references.columns())
    check = IntegrityCheck(total=total, bad=[])
    session.add(check)
    session.flush()
    send_job(session, "archive.check", check_id=check.id)
    return check


@job("archive.check")
def check_job(platform: Platform, **arguments: Any) -> None:
    """Go on with a check where it was; a batch that is done again gives the same."""
    while step(platform, arguments["check_id"]):
        pass


def step(platform: Platform, check_id: str) -> bool:
    """Look at the next objects; returns whether there may be more."""
    with platform.db.read() as session:
        check = session.get(IntegrityCheck, check_id)
        if check is None or check.status != "RUNNING":
            return False
        batch = references.after(session, check.last_seen, BATCH)
    copy = second_copy(platform)
    found = [bad for sha256 in batch if (bad := look_at(platform.blobs, copy, sha256))]
    with platform.db.write() as session:
        row = session.get_one(IntegrityCheck, check_id, with_for_update=True)
        if row.last_seen != check.last_seen:
            return False  # another worker goes on with it
        if batch:
            row.last_seen, row.checked = batch[-1], row.checked + len(batch)
            row.bad = [*row.bad, *found][:MAX_LISTED]
            row.repaired += sum(bad["repaired"] for bad in found)
            row.lost += sum(not bad["repaired"] for bad in found)
        else:
            row.status, row.finished_at, row.total = "DONE", utc_now(), row.checked
    return bool(batch)


def second_copy(platform: Platform) -> BlobStore | None:
    """Return the store from which objects are repaired, where there is one."""
    settings = platform.settings
    if not settings.storage_copy_url:
        return None
    return open_store(
        settings.storage_copy_url,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key,
        cache_dir=settings.data_dir.resolve() / "object-copy-cache",
        cache_bytes=CHUNK,
    )


def look_at(store: BlobStore, copy: BlobStore | None, sha256: str) -> dict[str, Any] | None:
    """Return what is wrong with an object and whether that was repaired, or None where nothing is."""
    state = _state(store, sha256)
    if state == "ok":
        return None
    repaired = False
    if copy is not None and _state(copy, sha256) == "ok":
        with copy.open(sha256) as file:
            data = file.read()
        # the good bytes are in hand before the bad ones go
        store.delete(sha256)
        store.put(data, sha256)
        repaired = _state(store, sha256) == "ok"
    return {"sha256": sha256, "what": state, "repaired": repaired}


def _state(store: BlobStore, sha256: str) -> str:
    try:
        with store.open(sha256) as file:
            found = hashlib.sha256()
            while chunk := file.read(CHUNK):
                found.update(chunk)
    except (NotFound, FileNotFoundError):
        return "missing"
    return "ok" if found.hexdigest() == sha256 else "corrupt"
