"""A patient whose reading needs everything: a CT with a PET over it, contours, a presentation state, and an earlier study."""

import copy
import io
from dataclasses import replace
from importlib.resources import as_file, files
from typing import Any

import numpy as np
from pydicom import Dataset, FileDataset, dcmread
from pydicom.uid import UID
from tests.factories import overlays

from hounsfield.cli import demo
from hounsfield.dicom import nifti, writer
from hounsfield.dicom.volume import Volume

PET_IMAGE = "1.2.840.10008.5.1.4.1.1.128"
PATIENT: dict[str, Any] = {
    "PatientName": "Curie^Marie",
    "PatientID": "P-1903",
    "PatientSex": "F",
    "PatientBirthDate": "18671107",
}
NOW: dict[str, Any] = {
    **PATIENT,
    "StudyDate": "20260210",
    "StudyTime": "090000",
    "StudyDescription": "PET/CT trunk",
}
BEFORE: dict[str, Any] = {
    **PATIENT,
    "StudyDate": "20250115",
    "StudyTime": "090000",
    "StudyDescription": "CT trunk, a year ago",
}
CT: dict[str, Any] = {"SeriesDescription": "Trunk 3 mm", "BodyPartExamined": "ABDOMEN", "SeriesNumber": 2}
# the earlier study begins so many slices higher, and has a lung series that is not comparable
SHIFT, BIN = 10, 2
CIRCLE_MM = 40.0
MARKED = 50  # the slices with a contour are so many around this one, and the presentation state shows it
AROUND = 6
# the windows of the presentation state's images; places that one of its shutters hides, and one that all leave open
STATED = ((-600, 1500), (300, 2000))
HIDDEN_BY = {"rectangle": (50, 22), "circle": (22, 27), "polygon": (75, 61)}
OPEN = (50, 50)
PARCELS = 100


def patient(seed: str) -> list[bytes]:
    """Return the instances of both studies."""
    volume = trunk()
    now = list(writer.datasets(volume, {**NOW, **CT}, seed=f"{seed} now"))
    shared = {key: str(now[0][key].value) for key in ("StudyInstanceUID", "FrameOfReferenceUID")}
    made = [*now, *_pet(volume, {**NOW, **shared}, f"{seed} pet"), *_earlier(volume, f"{seed} before")]
    objects = [_contours(now, volume, f"{seed} contours"), _presentation(now, f"{seed} presentation")]
    return [*(writer.encode(ds) for ds in made), *objects]


def parcelled(seed: str) -> tuple[list[bytes], str]:
    """Return a study of the trunk, cut into a hundred parcels by a segmentation, and its UID."""
    volume = trunk()
    images = list(writer.datasets(volume, {**NOW, **CT, "PatientID": "P-100"}, seed=seed))
    slices, rows, columns = np.indices(volume.voxels.shape)
    z, y, x = volume.voxels.shape
    labels = slices * 4 // z * 25 + rows * 5 // y * 5 + columns * 5 // x + 1
    seg = overlays.segmentation(images, labels.astype(np.uint8), "LABELMAP", seed=f"{seed} parcels")
    return [*(writer.encode(ds) for ds in images), seg], str(images[0].StudyInstanceUID)


def trunk() -> Volume:
    """Return the CT that the product ships."""
    with as_file(files(demo) / "trunk_ct.nii.gz") as path:
        return nifti.read(path)


def _pet(volume: Volume, attributes: dict[str, Any], seed: str) -> list[FileDataset]:
    """Return a coarse series of the same place: the body faint, and one ball in it that shines."""
    coarse = volume.voxels[::BIN, ::BIN, ::BIN]
    away = np.linalg.norm(
        np.indices(coarse.shape) - (np.array(coarse.shape) // 2).reshape(3, 1, 1, 1), axis=0
    )
    voxels = np.where(coarse > -300, 1500, 0) + np.rint(20_000 * np.exp(-((away / 6) ** 2)))
    x, y, z = (BIN * step for step in volume.spacing)
    smaller = replace(volume, voxels=voxels.astype(np.int16), spacing=(x, y, z))
    made = list(
        writer.datasets(smaller, {**attributes, "SeriesDescription": "PET", "SeriesNumber": 3}, seed=seed)
    )
    for ds in made:
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = UID(PET_IMAGE)
        ds.Modality, ds.Units, ds.RescaleType = "PT", "BQML", "BQML"
        ds.WindowCenter, ds.WindowWidth = 10_000, 20_000
    return made


def _earlier(volume: Volume, seed: str) -> list[FileDataset]:
    """Return the study before: fewer slices of the same trunk, and a lung series that comes first by its number."""
    x, y, z = (float(value) for value in volume.position(SHIFT))
    higher = replace(volume, voxels=volume.voxels[SHIFT:], origin=(x, y, z))
    main = list(writer.datasets(higher, {**BEFORE, **CT}, seed=seed))
    study = {"StudyInstanceUID": str(main[0].StudyInstanceUID)}
    lung = {"SeriesDescription": "Lung", "BodyPartExamined": "LUNG", "SeriesNumber": 1}
    few = replace(volume, voxels=volume.voxels[-12:])
    others = list(writer.datasets(few, {**BEFORE, **study, **lung}, seed=f"{seed} lung"))
    for ds in others:  # its scanner proposes no window
        del ds.WindowCenter, ds.WindowWidth
    return [*main, *others]


def _contours(images: list[FileDataset], volume: Volume, seed: str) -> bytes:
    ds = dcmread(io.BytesIO(overlays.structure_set(images, seed)))
    middle = images[len(images) // 2]
    rows, columns = middle.Rows, middle.Columns
    centre = np.array(middle.ImagePositionPatient, float)[:2]
    centre += (
        (np.array([columns, rows]) - 1)
        / 2
        * np.array(volume.spacing[:2])
        * np.sign(volume.direction.diagonal()[:2])
    )
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    circle = centre + CIRCLE_MM * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    contours = []
    for image in images[MARKED - AROUND : MARKED + AROUND + 1]:
        contour = Dataset()
        contour.ContourGeometricType, contour.NumberOfContourPoints = "CLOSED_PLANAR", len(circle)
        z = float(image.ImagePositionPatient[2])
        contour.ContourData = [round(float(v), 3) for x, y in circle for v in (x, y, z)]
        contours.append(contour)
    ds.ROIContourSequence[0].ContourSequence = contours
    return writer.encode(ds)


def _presentation(images: list[FileDataset], seed: str) -> bytes:
    """Return a state of two slices, each with its window: turned, mirrored, inverted, shut, with a line and words."""
    ds = dcmread(io.BytesIO(overlays.presentation_state(images[MARKED:], seed)))
    area = ds.DisplayedAreaSelectionSequence[0]
    area.DisplayedAreaBottomRightHandCorner = [images[0].Columns, images[0].Rows]
    line = ds.GraphicAnnotationSequence[0].GraphicObjectSequence[0]
    line.GraphicData = [30, 40, 90, 40]
    ds.GraphicAnnotationSequence[0].TextObjectSequence[0].AnchorPoint = [90, 40]
    references = ds.ReferencedSeriesSequence[0].ReferencedImageSequence
    windows = [copy.deepcopy(ds.SoftcopyVOILUTSequence[0]) for _ in references]
    for window, reference, (center, width) in zip(windows, references, STATED, strict=True):
        window.ReferencedImageSequence = [reference]
        window.WindowCenter, window.WindowWidth = center, width
    ds.SoftcopyVOILUTSequence = windows
    _shut(ds, images[0].Rows, images[0].Columns)
    return writer.encode(ds)


def _shut(ds: Dataset, rows: int, columns: int) -> None:
    """Leave open what is inside a rectangle, a circle and a polygon (C.7.6.11); `HIDDEN_BY` knows a place outside each."""
    ds.ShutterShape = ["RECTANGULAR", "CIRCULAR", "POLYGONAL"]
    ds.ShutterLeftVerticalEdge, ds.ShutterRightVerticalEdge = 24, columns - 24
    ds.ShutterUpperHorizontalEdge, ds.ShutterLowerHorizontalEdge = 20, rows - 20
    ds.CenterOfCircularShutter, ds.RadiusOfCircularShutter = [rows // 2, columns // 2], 41
    ds.VerticesOfThePolygonalShutter = [1, 1, 1, columns, 70, columns, 70, 1]
    ds.ShutterPresentationValue = 0
