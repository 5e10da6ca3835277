"""Writes label volumes as Segmentation objects: BINARY, explicit VR little endian, by highdicom (PS3.3 A.51)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from highdicom import AlgorithmIdentificationSequence, seg
from highdicom.color import CIELabColor
from highdicom.sr import CodedConcept
from pydicom import FileDataset
from pydicom.sr.codedict import codes as standard

from hounsfield.dicom import codes
from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.dicom.documents import Author, common, evidence, finished
from hounsfield.dicom.errors import InvalidObject
from hounsfield.dicom.grids import grid_of
from hounsfield.dicom.quiet import quiet_pydicom
from hounsfield.dicom.segment_frames import multiply
from hounsfield.dicom.writer import uid

SERIES_NUMBER: Final = 9101


@dataclass(frozen=True, slots=True)
class SegmentWish:
    """What one value of a label volume means. `kind` is a name of `codes.SEGMENT_TYPES`; an algorithm makes it AUTOMATIC."""

    value: int
    label: str
    color: str
    kind: str = "tissue"
    algorithm: str = ""
    algorithm_version: str = ""


def write_segmentation(
    labels: npt.NDArray[Any],
    wishes: Sequence[SegmentWish],
    headers: Sequence[InstanceHeader],
    author: Author,
    *,
    seed: str,
    description: str = "Segmentation",
) -> FileDataset:
    """Make a segmentation of a series.

    Parameters
    ----------
    labels
        Shape (slices, rows, columns), slices ascending along their normal (`grids.grid_of`); 0 is background.
    wishes
        One for every segment that is to be written; values without one are left out.
    headers
        Those of the series, in any order.
    seed
        Decides the UIDs.

    Raises
    ------
    InvalidObject
        SEGMENTATION_UNFIT: the volume does not lie on the series, or no voxel of it is in a segment.
    """
    grid, order = grid_of(headers)
    if labels.shape != grid.shape or not np.issubdtype(labels.dtype, np.unsignedinteger):
        raise InvalidObject("SEGMENTATION_UNFIT", detail=f"{labels.shape} / {grid.shape}")
    numbered = np.zeros(int(labels.max()) + 1, np.uint8 if len(wishes) < 256 else np.uint16)
    for number, wish in enumerate(wishes, start=1):
        if 0 < wish.value < len(numbered):
            numbered[wish.value] = number
    mask = numbered[labels]
    if not mask.any():
        raise InvalidObject("SEGMENTATION_UNFIT", detail="no voxel is in a segment")
    many = len(wishes) > 1
    with quiet_pydicom():
        described = [_described(number, wish, seed) for number, wish in enumerate(wishes, start=1)]
        made = seg.Segmentation(
            source_images=evidence([headers[index] for index in order]),
            pixel_array=(mask != 0).astype(np.uint8) if many else mask,
            segmentation_type=seg.SegmentationTypeValues.BINARY,
            segment_descriptions=described[:2],  # of one alone highdicom lays the frames out otherwise
            content_label="SEGMENTATION",
            content_description=description[:64],
            content_creator_name=f"{author.name[:60].translate(_PLAIN)}^",
            omit_empty_frames=True,
            **common(seed, series_number=SERIES_NUMBER, description=description),
        )
        if many:
            made.SegmentSequence = described
            multiply(made, mask, [headers[index].SOPInstanceUID for index in order])
    ds = finished(made, author)
    if many:
        ds.set_original_encoding(False, True, ["UTF8"])
    return ds


_PLAIN = str.maketrans({"\\": " ", "=": " ", "^": " "})


def _described(number: int, wish: SegmentWish, seed: str) -> seg.SegmentDescription:
    category, kind = codes.SEGMENT_TYPES.get(wish.kind, codes.SEGMENT_TYPES["tissue"])
    identification = None
    if wish.algorithm:
        identification = AlgorithmIdentificationSequence(
            name=wish.algorithm[:64],
            family=standard.cid7162.ArtificialIntelligence,
            version=wish.algorithm_version[:64] or "unknown",
        )
    return seg.SegmentDescription(
        segment_number=number,
        segment_label=wish.label[:64],
        segmented_property_category=CodedConcept.from_code(category.code),
        segmented_property_type=CodedConcept.from_code(kind.code),
        algorithm_type="AUTOMATIC" if wish.algorithm else "MANUAL",
        algorithm_identification=identification,
        tracking_uid=uid(seed, "segment", number),
        tracking_id=wish.label[:64],
        display_color=_lab(wish.color),
    )


def _lab(color: str) -> CIELabColor:
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return CIELabColor.from_rgb(red, green, blue)
