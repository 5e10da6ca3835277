"""Key Object Selection documents of a study: read, and written from what readers marked."""

from datetime import UTC, datetime

from hounsfield.accounts.actor import Actor
from hounsfield.annotations import documents, key_images
from hounsfield.annotations.access import markable_study
from hounsfield.annotations.documents import Document
from hounsfield.annotations.errors import NothingToExport
from hounsfield.annotations.schemas import KeyImageView, KeyTitle, Source, Unreadable, Written
from hounsfield.dicom import codes
from hounsfield.dicom.errors import DicomError
from hounsfield.dicom.key_objects import KEY_OBJECTS, KeyReference, read_key_objects, write_key_objects
from hounsfield.kit.ids import new_id
from hounsfield.kit.platform import Platform

CLASSES = frozenset({KEY_OBJECTS})
MAX_NOTES = 10_000


def key_images_in(
    platform: Platform, found: list[Document], language: str
) -> tuple[list[KeyImageView], list[Unreadable]]:
    """Return the images that selections name."""
    items: list[KeyImageView] = []
    refused: list[Unreadable] = []
    for document in found:
        try:
            selection = read_key_objects(documents.content_of(platform, document))
        except DicomError as error:
            refused.append(documents.unreadable(document, error, language))
            continue
        source = Source(
            kind="KOS",
            sop_uid=document.sop_uid,
            series_uid=document.series_uid,
            description=codes.meaning(*selection.title_code, selection.title, language),
            manufacturer=selection.manufacturer,
        )
        items += [
            KeyImageView(
                series_uid=image.series_uid,
                sop_uid=image.sop_uid,
                frame=image.frame or 1,
                note=selection.description,
                created_by=None,
                created_by_name=selection.author,
                created_at=_moment(selection.written_at) or document.created_at,
                read_only=True,
                source=source,
            )
            for image in selection.images
        ]
    return items, refused


def _moment(written: str) -> datetime | None:
    try:
        return datetime.strptime(written[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def export(platform: Platform, actor: Actor, study_uid: str, title: KeyTitle) -> Written:
    """Write the key images of a study as a selection into the archive.

    Raises
    ------
    NothingToExport
        None is marked.
    """
    with platform.db.read() as session:
        study = markable_study(session, actor, study_uid)
        marked = key_images.key_images_of(session, study)
        images = documents.image_headers(session, study, [image.sop_uid for image in marked])
        author = documents.author_of(session, actor)
    chosen = [image for image in marked if image.sop_uid in images]
    if not chosen:
        raise NothingToExport
    notes = "\n".join(f"{place}: {image.note}" for place, image in enumerate(chosen, start=1) if image.note)
    if len(chosen) == 1:
        notes = chosen[0].note
    selection = write_key_objects(
        [KeyReference(image.sop_uid, image.frame) for image in chosen],
        images,
        author,
        seed=new_id(),
        title=codes.KEY_TITLES[title],
        description=notes[:MAX_NOTES],
    )
    taken = documents.archive(platform, actor, study, selection)
    return Written(sop_uid=taken.sop_instance_uid, series_uid=taken.series_uid, count=len(chosen))
