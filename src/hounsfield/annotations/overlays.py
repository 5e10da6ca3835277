"""What can be laid over the images of a study: segmentations, structure sets, presentation states, models."""

from collections.abc import Callable
from dataclasses import dataclass

from pydicom import Dataset
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.annotations import documents, sources
from hounsfield.annotations.cache import Bounded
from hounsfield.annotations.documents import Document
from hounsfield.annotations.schemas import OverlayView
from hounsfield.dicom import content, presentations, segmentations, structures
from hounsfield.dicom.errors import DicomError
from hounsfield.imaging.models import Study
from hounsfield.kit.platform import Platform

SEGMENTATIONS = frozenset({segmentations.SEGMENTATION, segmentations.LABEL_MAP})
STRUCTURES = frozenset({structures.STRUCTURE_SET})
PRESENTATIONS = frozenset(presentations.PRESENTATION_STATES)
ALL = SEGMENTATIONS | STRUCTURES | PRESENTATIONS


@dataclass(frozen=True, slots=True)
class _About:
    label: str
    description: str
    referenced_series_uid: str
    parts: int | None


_about: Bounded[_About] = Bounded(10_000, lambda _: 1)


def models_of(session: Session, actor: Actor, study: Study) -> list[OverlayView]:
    """Return what rooms above have for a study."""
    found: list[OverlayView] = []
    sources.overlays_wanted.fire(session, actor, study, found)
    return found


def describe(platform: Platform, document: Document, language: str) -> OverlayView:
    """Return what an overlay is; one that cannot be read says so."""
    view = OverlayView(
        kind=_kind(document.sop_class_uid),
        id=document.sop_uid,
        series_uid=document.series_uid,
        label="",
        description=document.header.SeriesDescription or "",
        referenced_series_uid=None,
        parts=None,
        created_at=document.created_at,
    )
    try:
        about = _about.get(document.sha256, lambda: _read(platform, document))
    except DicomError as error:
        view.unreadable = documents.unreadable(document, error, language)
        return view
    view.label, view.description = about.label, about.description or view.description
    view.referenced_series_uid, view.parts = about.referenced_series_uid or None, about.parts
    return view


def _kind(sop_class_uid: str) -> str:
    if sop_class_uid in SEGMENTATIONS:
        return "SEG"
    return "RTSTRUCT" if sop_class_uid in STRUCTURES else "PR"


def _read(platform: Platform, document: Document) -> _About:
    readers: dict[str, Callable[[Dataset], _About]] = {
        "SEG": _segmentation,
        "RTSTRUCT": _structures,
        "PR": _presentation,
    }
    with content.reading(), platform.blobs.open(document.sha256) as file:
        return readers[_kind(document.sop_class_uid)](content.parsed_without_pixels(file))


def _segmentation(ds: Dataset) -> _About:
    said = segmentations.describe(ds)
    # a label map describes its background as well, as number 0
    parts = sum(segment.number > 0 for segment in said.segments)
    return _About(said.label, said.description, said.referenced_series_uid, parts)


def _structures(ds: Dataset) -> _About:
    label, series = structures.describe(ds)
    description = str(ds.get("SeriesDescription") or "")
    return _About(label, description, series, len(ds.get("StructureSetROISequence") or ()))


def _presentation(ds: Dataset) -> _About:
    label, series = presentations.describe(ds)
    return _About(label, str(ds.get("ContentDescription") or ""), series, None)
