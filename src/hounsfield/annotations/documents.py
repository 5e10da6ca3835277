"""DICOM objects beside the images of a study: found, read, and written into the archive like any that arrives."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from pydicom import FileDataset
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.accounts.models import User
from hounsfield.annotations.news import tell_viewers
from hounsfield.annotations.schemas import Unreadable
from hounsfield.annotations.trail import changed
from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.dicom.documents import Author
from hounsfield.dicom.errors import DicomError
from hounsfield.dicom.writer import encode
from hounsfield.imaging.intake import Arrived, Intake, Outcome
from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.imaging.store import header_of
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import NotFound, Unavailable
from hounsfield.kit.platform import Platform

SOURCE = "annotations"


@dataclass(frozen=True, slots=True)
class Document:
    """An object of a study that is not looked at like an image."""

    sop_uid: str
    sop_class_uid: str
    series_uid: str
    sha256: str
    size: int
    header: InstanceHeader
    created_at: Any


def documents_in(
    session: Session, study: Study, classes: Collection[str], sop_uid: str | None = None
) -> list[Document]:
    """Return the objects of these SOP classes, in the order in which they came."""
    query = (
        select(Instance, Series.series_uid)
        .join(Series, Series.id == Instance.series_id)
        .where(Series.study_id == study.id, Instance.sop_class_uid.in_(sorted(classes)))
        .order_by(Instance.created_at, Instance.id)
    )
    if sop_uid is not None:
        query = query.where(Instance.sop_uid == sop_uid)
    return [
        Document(
            row.sop_uid,
            row.sop_class_uid,
            series_uid,
            row.sha256,
            row.size,
            header_of(row.header),
            row.created_at,
        )
        for row, series_uid in session.execute(query)
    ]


def document_in(session: Session, study: Study, sop_uid: str, classes: Collection[str]) -> Document:
    """Return one object of these SOP classes, or raise NotFound."""
    found = documents_in(session, study, classes, sop_uid)
    if not found:
        raise NotFound
    return found[0]


def content_of(platform: Platform, document: Document) -> bytes:
    """Return the file of a document; not inside a transaction."""
    with platform.blobs.open(document.sha256) as file:
        return file.read()


def series_headers(session: Session, study: Study, series_uid: str) -> list[InstanceHeader]:
    """Return the headers of a series' images that have pixels, in no order; none where the study has no such series."""
    query = (
        select(Instance.header)
        .join(Series, Series.id == Instance.series_id)
        .where(Series.study_id == study.id, Series.series_uid == series_uid)
    )
    return [header for stored in session.scalars(query) if (header := header_of(stored)).Rows]


def image_headers(session: Session, study: Study, sop_uids: Iterable[str]) -> dict[str, InstanceHeader]:
    """Return the headers of those of these images that the study has."""
    query = (
        select(Instance.sop_uid, Instance.header)
        .join(Series, Series.id == Instance.series_id)
        .where(Series.study_id == study.id, Instance.sop_uid.in_(sorted(set(sop_uids))))
    )
    return {uid: header_of(stored) for uid, stored in session.execute(query)}


class Headers:
    """Headers of a study's images, asked for one at a time by a reader of documents."""

    def __init__(self, platform: Platform, study: Study) -> None:
        self._platform, self._study = platform, study
        self._known: dict[str, InstanceHeader | None] = {}

    def __call__(self, sop_uid: str) -> InstanceHeader | None:
        if sop_uid not in self._known:
            with self._platform.db.read() as session:
                self._known[sop_uid] = image_headers(session, self._study, [sop_uid]).get(sop_uid)
        return self._known[sop_uid]


def unreadable(document: Document, error: DicomError, language: str) -> Unreadable:
    return Unreadable(sop_uid=document.sop_uid, code=error.code, message=error.detail(language))


def author_of(session: Session, actor: Actor) -> Author:
    """Return the actor as documents name them."""
    name = session.scalar(select(User.display_name).where(User.id == actor.user_id))
    return Author(name or actor.username, utc_now())


def next_number(session: Session, study: Study, classes: Collection[str]) -> int:
    """Return how many objects of these classes there are, and one: the number of the next."""
    query = (
        select(func.count())
        .select_from(Instance)
        .join(Series, Series.id == Instance.series_id)
        .where(Series.study_id == study.id, Instance.sop_class_uid.in_(sorted(classes)))
    )
    return (session.scalar(query) or 0) + 1


def archive(platform: Platform, actor: Actor, study: Study, ds: FileDataset) -> Arrived:
    """Take an object of our own into the archive, as if it had arrived, and tell whoever has the study open.

    Raises
    ------
    Unavailable
        It was not taken.
    """
    taken = Intake(platform, study.organization_id, actor.user_id, SOURCE).take([encode(ds)])[0]
    if taken.outcome not in (Outcome.STORED, Outcome.DUPLICATE):
        raise Unavailable
    with platform.db.write() as session:
        tell_viewers(session, actor, study, record="overlay", record_id=taken.sop_instance_uid)
        changed(session, actor, study, "overlay.create", sop_uid=taken.sop_instance_uid)
    return taken
