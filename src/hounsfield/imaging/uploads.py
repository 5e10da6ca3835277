"""Uploads: created with a known size, filled in any number of steps, checked as an archive once they are whole."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.dicom.archive import inspect
from hounsfield.imaging.access import upload_for
from hounsfield.imaging.models import Upload, UploadPart
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import Conflict, NotFound, TooLarge
from hounsfield.kit.ids import new_id
from hounsfield.kit.platform import Platform
from hounsfield.patients.access import patient_for
from hounsfield.patients.errors import MergedAlready
from hounsfield.system import configs

MAX_UPLOAD_BYTES = configs.declare(
    "max_upload_bytes", int, 8 << 30, en="Largest upload in bytes", zh="单次上传的最大字节数"
)
LIFETIME = timedelta(days=7)


class FileTooLarge(TooLarge):
    """This file is larger than the {limit} bytes that are allowed."""

    code = "FILE_TOO_LARGE"
    zh = "文件超过允许的 {limit} 字节。"


class UploadOffsetMismatch(Conflict):
    """The upload continues at byte {offset}."""

    code = "UPLOAD_OFFSET_MISMATCH"
    zh = "上传应从第 {offset} 字节继续。"


@dataclass(frozen=True)
class ReceivedFile:
    """A file that arrived whole in the spool, under the id that its upload will have."""

    upload_id: str
    path: Path
    filename: str
    size: int
    sha256: str
    key: str = ""  # of the object it has become, where workers find no file of ours


def size_limit(platform: Platform) -> int:
    with platform.db.read() as session:
        return int(configs.get(session, MAX_UPLOAD_BYTES))


def create(
    session: Session, actor: Actor, *, size: int, filename: str, upload_id: str | None = None
) -> Upload:
    """Begin an upload of a known size.

    Raises
    ------
    FileTooLarge
        Said before the first byte is sent.
    """
    actor.require("upload:create")
    limit = int(configs.get(session, MAX_UPLOAD_BYTES))
    if size > limit:
        raise FileTooLarge(limit=limit)
    upload = Upload(
        id=upload_id or new_id(),
        organization_id=actor.organization_id,
        owner_id=actor.user_id,
        filename=filename[:255],
        size=size,
        offset=0,
        status="RECEIVING",
        expires_at=utc_now() + LIFETIME,
    )
    session.add(upload)
    session.flush()
    return upload


def adopt_received(session: Session, actor: Actor, file: ReceivedFile) -> Upload:
    """Make a file that came with a form an upload that is complete."""
    upload = create(session, actor, size=file.size, filename=file.filename, upload_id=file.upload_id)
    upload.offset, upload.status = file.size, "RECEIVED"
    session.flush()
    if file.key:
        session.add(UploadPart(upload_id=upload.id, start=0, size=file.size, key=file.key))
        session.flush()
    return upload


def say_whose(session: Session, actor: Actor, upload_id: str, patient_id: str) -> None:
    """Say whose images an upload holds, whatever patient its files name.

    Raises
    ------
    NotFound
        The actor does not see that patient, or it is another organization's.
    MergedAlready
    """
    patient = patient_for(session, actor, patient_id, "study.receive")
    upload = upload_for(session, actor, upload_id)
    if patient.organization_id != upload.organization_id:
        raise NotFound
    if patient.merged_into_id:
        raise MergedAlready
    upload.patient_id = patient.id


def check_archive(path: Path) -> None:
    """Refuse, before anything is kept or ordered, an archive that cannot be taken in.

    Raises
    ------
    ArchiveRefused
        Not a ZIP, truncated, encrypted, unsafe names, a bomb, nothing that is an image, …
    """
    inspect(path)
