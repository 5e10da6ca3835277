"""Key Object Selection documents: images that somebody found worth showing, and why (PS3.3 A.35.4, PS3.16 TID 2010)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from highdicom import ko
from pydicom import Dataset, FileDataset

from hounsfield.dicom import codes, content
from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.dicom.codes import Concept
from hounsfield.dicom.documents import Author, common, evidence, finished
from hounsfield.dicom.errors import InvalidObject
from hounsfield.dicom.quiet import quiet_pydicom
from hounsfield.dicom.reports import observers

KEY_OBJECTS: Final = "1.2.840.10008.5.1.4.1.1.88.59"
SERIES_NUMBER: Final = 9201
MAX_IMAGES: Final = 20_000


@dataclass(frozen=True, slots=True)
class KeyReference:
    """An image, or one frame of it."""

    sop_uid: str
    frame: int | None
    series_uid: str = ""


@dataclass(frozen=True, slots=True)
class KeyObjects:
    """What a selection says."""

    title: str
    title_code: tuple[str, str]
    description: str
    author: str
    manufacturer: str
    written_at: str
    images: tuple[KeyReference, ...]


def write_key_objects(
    chosen: Sequence[KeyReference],
    images: Mapping[str, InstanceHeader],
    author: Author,
    *,
    seed: str,
    title: Concept,
    description: str = "",
) -> FileDataset:
    """Make a selection of images of one study; frames are named where an image has several.

    TID 2010 has one description for all images: notes of single ones are lines of it.
    """
    headers = list({key.sop_uid: images[key.sop_uid] for key in chosen}.values())
    with quiet_pydicom():
        person, _ = observers(author)
        selection = ko.KeyObjectSelection(
            document_title=title.code,
            referenced_objects=evidence(headers),
            observer_person_context=person,
            description=description or None,
        )
        document = ko.KeyObjectSelectionDocument(
            evidence=evidence(headers),
            content=selection,
            **common(seed, series_number=SERIES_NUMBER, description="Key images"),
        )
    _name_frames(document, chosen, images)
    return finished(document, author)


def _name_frames(
    document: Dataset, chosen: Sequence[KeyReference], images: Mapping[str, InstanceHeader]
) -> None:
    """Say which frames are meant: highdicom refers to whole images only."""
    for item in document.ContentSequence:
        reference = content.first(item.get("ReferencedSOPSequence"))
        if reference is None:
            continue
        sop_uid = str(reference.ReferencedSOPInstanceUID)
        frames = sorted({key.frame or 1 for key in chosen if key.sop_uid == sop_uid})
        if (images[sop_uid].NumberOfFrames or 1) > 1:
            reference.ReferencedFrameNumber = frames


def read_key_objects(data: bytes) -> KeyObjects:
    """Read a selection.

    Raises
    ------
    InvalidObject
        OBJECT_UNREADABLE: none, or a broken one.
    """
    with content.reading():
        ds = content.parsed(data)
        if str(ds.get("SOPClassUID")) != KEY_OBJECTS or ds.get("ValueType") != "CONTAINER":
            raise InvalidObject("OBJECT_UNREADABLE", detail="SOPClassUID")
        inside = content.children(ds)
        named = content.first(ds.get("ConceptNameCodeSequence"))
        return KeyObjects(
            title=str(named.get("CodeMeaning") or "") if named is not None else "",
            title_code=content.name_of(ds),
            description=content.text_of(content.find(inside, codes.KEY_DESCRIPTION)),
            author=content.text_of(content.find(inside, codes.PERSON_NAME)).replace("^", " ").strip(),
            manufacturer=str(ds.get("Manufacturer") or ""),
            written_at=f"{ds.get('ContentDate') or ''}{ds.get('ContentTime') or ''}",
            images=tuple(_images(ds, inside)),
        )


def _images(ds: Dataset, inside: list[Dataset]) -> list[KeyReference]:
    series_of = {
        str(reference.get("ReferencedSOPInstanceUID") or ""): str(series.get("SeriesInstanceUID") or "")
        for study in ds.get("CurrentRequestedProcedureEvidenceSequence") or ()
        for series in study.get("ReferencedSeriesSequence") or ()
        for reference in series.get("ReferencedSOPSequence") or ()
    }
    found: list[KeyReference] = []
    for item in inside:
        reference = content.first(item.get("ReferencedSOPSequence"))
        if item.get("ValueType") != "IMAGE" or reference is None:
            continue
        sop_uid = str(reference.get("ReferencedSOPInstanceUID") or "")
        frames = reference.get("ReferencedFrameNumber")
        numbers = list(frames) if hasattr(frames, "__len__") and not isinstance(frames, str) else [frames]
        for frame in numbers:
            found.append(KeyReference(sop_uid, int(frame) if frame else None, series_of.get(sop_uid, "")))
        if len(found) > MAX_IMAGES:
            raise InvalidObject("OBJECT_UNREADABLE", detail="too many content items")
    return found
