"""Structure sets, presentation states and segmentations of every kind over a CT, as other makers write them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from highdicom import seg
from highdicom.sr import CodedConcept
from pydicom import Dataset, FileDataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from hounsfield.dicom import codes
from hounsfield.dicom.documents import Author, common, evidence, finished
from hounsfield.dicom.grids import grid_of
from hounsfield.dicom.header import read_header
from hounsfield.dicom.writer import encode, uid

AUTHOR = Author("Somebody else", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


def of_study(image: Dataset, sop_class: str, modality: str, seed: str) -> FileDataset:
    """Begin an object in the study of an image."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, uid(seed, "instance")
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SpecificCharacterSet = "ISO_IR 192"
    for keyword in (
        "PatientID",
        "PatientName",
        "PatientBirthDate",
        "PatientSex",
        "StudyInstanceUID",
        "StudyDate",
    ):
        setattr(ds, keyword, image.get(keyword))
    ds.StudyTime, ds.StudyID, ds.AccessionNumber, ds.ReferringPhysicianName = "101500", "1", "", ""
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, uid(seed, "instance")
    ds.SeriesInstanceUID, ds.SeriesNumber, ds.InstanceNumber = uid(seed, "series"), 77, 1
    ds.Modality, ds.Manufacturer = modality, "Another maker"
    return ds


def _item(**values: Any) -> Dataset:
    ds = Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def _reference(image: Dataset, **more: Any) -> Dataset:
    return _item(
        ReferencedSOPClassUID=image.SOPClassUID, ReferencedSOPInstanceUID=image.SOPInstanceUID, **more
    )


def structure_set(images: Sequence[Dataset], seed: str = "rtstruct") -> bytes:
    """Return an RT Structure Set with a square on two slices and a point."""
    ds = of_study(images[0], "1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT", seed)
    ds.StructureSetLabel, ds.StructureSetName = "靶区", "plan 1"
    ds.StructureSetDate, ds.StructureSetTime = "20260102", "101500"
    frame = images[0].FrameOfReferenceUID
    series = _item(
        SeriesInstanceUID=images[0].SeriesInstanceUID, ContourImageSequence=[_reference(i) for i in images]
    )
    study = _reference(images[0], RTReferencedSeriesSequence=[series])
    ds.ReferencedFrameOfReferenceSequence = [
        _item(FrameOfReferenceUID=frame, RTReferencedStudySequence=[study])
    ]
    ds.StructureSetROISequence = [
        _item(ROINumber=n, ReferencedFrameOfReferenceUID=frame, ROIName=name, ROIGenerationAlgorithm="")
        for n, name in ((1, "GTV"), (2, "Isocentre"), (3, "Empty"))
    ]

    def square(image: Dataset) -> Dataset:
        z = image.ImagePositionPatient[2]
        return _item(
            ContourGeometricType="CLOSED_PLANAR",
            NumberOfContourPoints=4,
            ContourData=[v for x, y in ((-5, -5), (5, -5), (5, 5), (-5, 5)) for v in (x, y, z)],
            ContourImageSequence=[_reference(image)],
        )

    point = _item(ContourGeometricType="POINT", NumberOfContourPoints=1, ContourData=[1.5, -2.25, -90])
    ds.ROIContourSequence = [
        _item(
            ReferencedROINumber=1,
            ROIDisplayColor=[255, 0, 128],
            ContourSequence=[square(images[2]), square(images[3])],
        ),
        _item(ReferencedROINumber=2, ContourSequence=[point]),
    ]
    ds.RTROIObservationsSequence = [
        _item(ObservationNumber=1, ReferencedROINumber=1, RTROIInterpretedType="GTV", ROIInterpreter="")
    ]
    return encode(ds)


def presentation_state(images: Sequence[Dataset], seed: str = "gsps") -> bytes:
    """Return a grayscale presentation state with a line, a text, a window, a displayed area, turned and mirrored."""
    ds = of_study(images[0], "1.2.840.10008.5.1.4.1.1.11.1", "PR", seed)
    ds.ContentLabel, ds.ContentDescription, ds.ContentCreatorName = "REVIEW", "肺结节", "Doe^Jane"
    ds.PresentationCreationDate, ds.PresentationCreationTime = "20260102", "101500"
    references = [_reference(image) for image in images[:2]]
    ds.ReferencedSeriesSequence = [
        _item(SeriesInstanceUID=images[0].SeriesInstanceUID, ReferencedImageSequence=references)
    ]
    ds.ImageRotation, ds.ImageHorizontalFlip, ds.PresentationLUTShape = 90, "Y", "INVERSE"
    ds.GraphicLayerSequence = [_item(GraphicLayer="FINDINGS", GraphicLayerOrder=1)]
    line = _item(
        GraphicAnnotationUnits="PIXEL",
        GraphicDimensions=2,
        NumberOfGraphicPoints=2,
        GraphicData=[4.5, 5.5, 20.25, 5.5],
        GraphicType="POLYLINE",
        GraphicFilled="N",
    )
    words = _item(
        UnformattedTextValue="结节 12 mm",
        AnchorPoint=[20.25, 5.5],
        AnchorPointAnnotationUnits="PIXEL",
        AnchorPointVisibility="Y",
        BoundingBoxTopLeftHandCorner=[0.1, 0.1],
        BoundingBoxBottomRightHandCorner=[0.4, 0.2],
        BoundingBoxAnnotationUnits="DISPLAY",
    )
    ds.GraphicAnnotationSequence = [
        _item(
            GraphicLayer="FINDINGS",
            ReferencedImageSequence=references[:1],
            GraphicObjectSequence=[line],
            TextObjectSequence=[words],
        )
    ]
    ds.DisplayedAreaSelectionSequence = [
        _item(
            DisplayedAreaTopLeftHandCorner=[1, 1],
            DisplayedAreaBottomRightHandCorner=[16, 16],
            PresentationSizeMode="SCALE TO FIT",
            PresentationPixelAspectRatio=[1, 1],
        )
    ]
    ds.SoftcopyVOILUTSequence = [
        _item(WindowCenter=-600, WindowWidth=1500, WindowCenterWidthExplanation="LUNG")
    ]
    return encode(ds)


def segmentation(
    images: Sequence[Dataset],
    masks: np.ndarray,
    kind: str = "BINARY",
    *,
    seed: str = "seg",
    syntax: str = ExplicitVRLittleEndian,
) -> bytes:
    """Return a segmentation of slices in ascending order: masks (slices, rows, columns, segments), or a label map."""
    headers = [read_header(encode(image)) for image in images]  # type: ignore[arg-type]  # they are FileDatasets
    _, order = grid_of(headers)
    count = masks.shape[3] if masks.ndim == 4 else int(masks.max())
    descriptions = [
        seg.SegmentDescription(
            segment_number=number,
            segment_label=f"segment {number}",
            segmented_property_category=CodedConcept.from_code(codes.ANATOMY.code),
            segmented_property_type=CodedConcept.from_code(codes.SEGMENT_TYPES["liver"][1].code),
            algorithm_type="MANUAL",
        )
        for number in range(1, count + 1)
    ]
    how = {**common(seed, series_number=5, description="Others"), "transfer_syntax_uid": syntax}
    made = seg.Segmentation(
        source_images=evidence([headers[index] for index in order]),
        pixel_array=masks,
        segmentation_type=kind,
        segment_descriptions=descriptions,
        **how,
    )
    return encode(finished(made, AUTHOR))


COMPRESSED = RLELossless
IMPLICIT = ImplicitVRLittleEndian
