"""`/studies/{study_uid}/measurements` and `/studies/{study_uid}/key-images`: kept as the reader draws."""

from typing import Annotated

from fastapi import Path, Query, Response, status

from hounsfield.accounts.actor import CurrentActor
from hounsfield.annotations import key_images, measurements, reports, selections
from hounsfield.annotations.access import readable_study
from hounsfield.annotations.documents import documents_in
from hounsfield.annotations.schemas import (
    KeyImageList,
    KeyImageView,
    KeyImageWish,
    MarkKey,
    MeasurementList,
    MeasurementView,
    MeasurementWish,
    ReportWish,
    SelectionWish,
    Uid,
    Written,
)
from hounsfield.annotations.trail import seen
from hounsfield.kit.routing import Router
from hounsfield.kit.web import Language, PlatformDep

router = Router(prefix="/studies/{study_uid}", tags=["annotations"])
Frame = Annotated[int, Query(ge=1, le=1_000_000, description="Counted from 1, as in DICOM")]
Exported = Annotated[bool, Query(description="Also what documents repeat of the marks that are kept here")]


@router.get("/measurements")
def list_measurements(
    study_uid: str,
    actor: CurrentActor,
    platform: PlatformDep,
    language: Language,
    series_uid: Uid | None = None,
    exported: Exported = False,
) -> MeasurementList:
    """List all marks of a study: those that readers keep on it, then those of its structured reports."""
    with platform.db.read() as session:
        study = readable_study(session, actor, study_uid)
        items = measurements.measurements_of(session, study)
        found = documents_in(session, study, reports.REPORTS)
    known = set() if exported else {item.tracking_uid for item in items}
    seen(platform, actor, study, "measurement.read")
    more, unreadable = reports.measurements_in(platform, study, found, known, language)
    items = [item for item in items + more if series_uid is None or item.series_uid == series_uid]
    return MeasurementList(items=items, total=len(items), unreadable=unreadable)


@router.post("/measurements/sr", status_code=status.HTTP_201_CREATED)
def export_measurements(
    study_uid: str, wish: ReportWish, actor: CurrentActor, platform: PlatformDep
) -> Written:
    """Write marks as a structured report (TID 1500) into the archive."""
    return reports.export(platform, actor, study_uid, wish.measurement_ids)


@router.put("/measurements/{measurement_id}")
def keep_measurement(
    study_uid: str,
    measurement_id: Annotated[MarkKey, Path()],
    wish: MeasurementWish,
    actor: CurrentActor,
    platform: PlatformDep,
    response: Response,
) -> MeasurementView:
    """Create a mark under an id of the client's own, or replace the version that the body names."""
    with platform.db.write() as session:
        view, new = measurements.keep(session, actor, study_uid, measurement_id, wish)
    response.status_code = status.HTTP_201_CREATED if new else status.HTTP_200_OK
    return view


@router.delete("/measurements/{measurement_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_measurement(
    study_uid: str,
    measurement_id: Annotated[MarkKey, Path()],
    actor: CurrentActor,
    platform: PlatformDep,
    version: Annotated[int | None, Query(ge=1, le=2_000_000_000)] = None,
) -> None:
    """Remove a mark; with `version`, only while it is that one."""
    with platform.db.write() as session:
        measurements.delete(session, actor, study_uid, measurement_id, version)


@router.get("/key-images")
def list_key_images(
    study_uid: str, actor: CurrentActor, platform: PlatformDep, language: Language, exported: Exported = False
) -> KeyImageList:
    """List the images worth showing: those that readers marked, then those of Key Object Selections."""
    with platform.db.read() as session:
        study = readable_study(session, actor, study_uid)
        items = key_images.key_images_of(session, study)
        found = documents_in(session, study, selections.CLASSES)
    seen(platform, actor, study, "key_image.read")
    more, unreadable = selections.key_images_in(platform, found, language)
    known = set() if exported else {(item.sop_uid, item.frame) for item in items}
    more = [item for item in more if (item.sop_uid, item.frame) not in known]
    return KeyImageList(items=items + more, total=len(items + more), unreadable=unreadable)


@router.post("/key-images/kos", status_code=status.HTTP_201_CREATED)
def export_key_images(
    study_uid: str, wish: SelectionWish, actor: CurrentActor, platform: PlatformDep
) -> Written:
    """Write the key images as a Key Object Selection into the archive."""
    return selections.export(platform, actor, study_uid, wish.title)


@router.put("/key-images/{sop_uid}")
def mark_key_image(
    study_uid: str,
    sop_uid: Annotated[Uid, Path()],
    wish: KeyImageWish,
    actor: CurrentActor,
    platform: PlatformDep,
    response: Response,
    frame: Frame = 1,
) -> KeyImageView:
    """Mark an image, or change its note."""
    with platform.db.write() as session:
        view, new = key_images.mark(session, actor, study_uid, sop_uid, frame, wish.note)
    response.status_code = status.HTTP_201_CREATED if new else status.HTTP_200_OK
    return view


@router.delete("/key-images/{sop_uid}", status_code=status.HTTP_204_NO_CONTENT)
def unmark_key_image(
    study_uid: str,
    sop_uid: Annotated[Uid, Path()],
    actor: CurrentActor,
    platform: PlatformDep,
    frame: Frame = 1,
) -> None:
    """Take the mark from an image."""
    with platform.db.write() as session:
        key_images.unmark(session, actor, study_uid, sop_uid, frame)
