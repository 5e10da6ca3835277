"""The integrity gate: may an algorithm compute on this series? If not, why, in words a technician can act on.

An algorithm sees a volume, an even grid. A series that is none, because a slice is missing or two phases are mixed,
gives wrong volumes and positions without any error, so it is refused before.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import numpy as np

from hounsfield.dicom import geometry
from hounsfield.dicom.attributes import InstanceHeader, Vector3, Vector6
from hounsfield.dicom.gate_instances import Excluded, Finding, Refused, choose_slices
from hounsfield.dicom.geometry import Stack, Tolerance
from hounsfield.dicom.messages import describe

__all__ = ["Excluded", "Finding", "Tolerance", "Verdict", "check_series"]

OK: Final = "OK"
_MOST_LISTED: Final = 10
# What tells two stacks in one series apart, in the order in which it is tried.
_ACQUISITION_KEYS: Final[tuple[tuple[str, Callable[[InstanceHeader], Hashable]], ...]] = (
    ("AcquisitionNumber", lambda header: header.AcquisitionNumber),
    ("TemporalPositionIdentifier", lambda header: header.TemporalPositionIdentifier),
    ("ConvolutionKernel", lambda header: header.ConvolutionKernel),
    ("SliceThickness", lambda header: header.SliceThickness),
    ("ImageType", lambda header: header.ImageType),
    ("AcquisitionTime", lambda header: header.AcquisitionTime),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gate found.

    Attributes
    ----------
    ok, code, params
        Whether the series may be computed on; `OK` or the reason; the values for its text.
    ordered
        SOPInstanceUIDs of the slices in ascending position along the normal; empty when they cannot be sorted.
    spacing
        Voxel size (x, y, z) in mm: between columns, between rows, between slices.
    origin
        Centre of the first voxel of the first slice, LPS mm.
    orientation
        ImageOrientationPatient of all slices; the third axis is its cross product.
    size
        Voxels (columns, rows, slices).
    excluded
        Instances that are no slice of the volume (localizers, derived images), with the reason.
    warnings
        What a person should know although it does not prevent computing.
    """

    ok: bool
    code: str = OK
    params: Mapping[str, Any] = field(default_factory=dict)
    ordered: tuple[str, ...] = ()
    spacing: Vector3 | None = None
    origin: Vector3 | None = None
    orientation: Vector6 | None = None
    size: tuple[int, int, int] | None = None
    excluded: tuple[Excluded, ...] = ()
    warnings: tuple[Finding, ...] = ()

    def explain(self, language: str) -> tuple[str, str]:
        """Return headline and explanation."""
        return describe(self.code, self.params, language)


def check_series(
    headers: Iterable[InstanceHeader], *, min_slices: int = 3, tolerance: Tolerance | None = None
) -> Verdict:
    """Judge the instances of one series.

    Parameters
    ----------
    headers
        All instances of the series, in any order.
    min_slices
        Fewest slices of a volume; three are the fewest that show whether their spacing is even.
    tolerance
        See `Tolerance`.
    """
    within = tolerance or Tolerance()
    verdict: dict[str, Any] = {}
    try:
        slices = choose_slices(list(headers), verdict)
        _same_grid(slices, within)
        stacked = geometry.stack(slices)
        slices = [slices[i] for i in stacked.order]
        verdict["ordered"] = tuple(header.SOPInstanceUID for header in slices)
        if len(slices) < min_slices:
            raise Refused("TOO_FEW_SLICES", count=len(slices), minimum=min_slices)  # noqa: TRY301  # a verdict too
        spacing = geometry.slice_spacing(stacked.along)
        _one_stack(slices, stacked, spacing, within)
        _even(slices, stacked, spacing, within)
        _upright(slices, stacked, within)
    except Refused as refused:
        return Verdict(ok=False, code=refused.code, params=refused.params, **verdict)
    first = slices[0]
    assert first.PixelSpacing is not None
    spacing = round(float(stacked.along[-1] - stacked.along[0]) / (len(slices) - 1), 6)
    x, y, z = (float(value) for value in stacked.positions[0])
    verdict["warnings"] = (*verdict.get("warnings", ()), *_remarks(slices, spacing))
    return Verdict(
        ok=True,
        spacing=(first.PixelSpacing[1], first.PixelSpacing[0], spacing),
        origin=(x, y, z),
        orientation=first.ImageOrientationPatient,
        size=(first.Columns or 0, first.Rows or 0, len(slices)),
        **verdict,
    )


def _same_grid(slices: Sequence[InstanceHeader], tolerance: Tolerance) -> None:
    """Every slice has the matrix, pixel size, orientation and frame of reference of the others."""
    matrices = Counter((header.Columns, header.Rows) for header in slices)
    if len(matrices) > 1:
        raise Refused(
            "MIXED_MATRIX", sizes=[f"{columns} × {rows}" for columns, rows in matrices], count=len(matrices)
        )
    if len({header.FrameOfReferenceUID for header in slices}) > 1:
        raise Refused("MIXED_FRAME_OF_REFERENCE")
    first = slices[0]
    assert first.PixelSpacing is not None
    assert first.ImageOrientationPatient is not None
    allowed = tolerance.pixel_spacing * first.PixelSpacing[0]
    for header in slices:
        if not geometry.same(
            header.ImageOrientationPatient or (), first.ImageOrientationPatient, tolerance.direction
        ):
            raise Refused("MIXED_ORIENTATION", instance=header.InstanceNumber)
        if not geometry.same(header.PixelSpacing or (), first.PixelSpacing, allowed):
            values = {header.PixelSpacing[0] for header in slices if header.PixelSpacing}
            raise Refused(
                "MIXED_PIXEL_SPACING", smallest=round(min(values), 4), largest=round(max(values), 4)
            )


def _one_stack(
    slices: Sequence[InstanceHeader], stacked: Stack, spacing: float, tolerance: Tolerance
) -> None:
    """No two slices are at the same place, whether from a second acquisition or sent twice."""
    if spacing and geometry.is_even(stacked.along, spacing, tolerance):
        return
    limit = max(geometry.ROUNDING_MM, tolerance.same_position * spacing)
    doubled = [i for i, gap in enumerate(stacked.gaps) if gap <= limit]
    for keyword, key in _ACQUISITION_KEYS:
        groups: dict[Hashable, list[int]] = {}
        for i, header in enumerate(slices):
            groups.setdefault(key(header), []).append(i)
        if len(groups) > 1 and _are_stacks(groups.values(), stacked, tolerance, limit, even=not doubled):
            raise Refused("MULTIPLE_ACQUISITIONS", count=len(groups), keyword=keyword)
    if doubled:
        places = [round(stacked.coordinate(i), 2) for i in doubled[:_MOST_LISTED]]
        raise Refused("DUPLICATE_POSITIONS", count=len(doubled), axis=stacked.axis, positions=places)


def _are_stacks(
    groups: Iterable[Sequence[int]], stacked: Stack, tolerance: Tolerance, limit: float, *, even: bool
) -> bool:
    """Tell whether each group is a stack by itself, even if asked, and the groups share room."""
    ranges = []
    for group in groups:
        along = stacked.along[list(group)]
        if len(group) < 2 or np.diff(along).min() <= limit:
            return False
        if even and not geometry.is_even(along, geometry.slice_spacing(along), tolerance):
            return False
        ranges.append((float(along[0]), float(along[-1])))
    ranges.sort()
    return any(start <= end for (_, end), (start, _) in pairwise(ranges))


def _even(slices: Sequence[InstanceHeader], stacked: Stack, spacing: float, tolerance: Tolerance) -> None:
    """Neighbours are one spacing apart."""
    if geometry.is_even(stacked.along, spacing, tolerance):
        return
    gaps, number, uneven = [], 1, False
    for i, gap in enumerate(stacked.gaps):
        missing = geometry.missing_in(float(gap), spacing, tolerance)
        if missing:
            gaps.append(_gap(slices, stacked, i, number, missing))
        uneven = uneven or missing is None
        number += 1 + (missing or 0)
    if gaps and not uneven:
        count = sum(gap["count"] for gap in gaps)
        raise Refused("SLICES_MISSING", count=count, gaps=gaps[:_MOST_LISTED], places=len(gaps))
    smallest, largest = round(float(stacked.gaps.min()), 3), round(float(stacked.gaps.max()), 3)
    at = round(stacked.coordinate(int(abs(stacked.gaps - spacing).argmax())), 2)
    raise Refused("UNEVEN_SPACING", smallest=smallest, largest=largest, axis=stacked.axis, at=at)


def _gap(
    slices: Sequence[InstanceHeader], stacked: Stack, i: int, number: int, missing: int
) -> dict[str, Any]:
    """Say which slices are missing after slice i, by InstanceNumber where the numbers leave that very gap."""
    before, after = slices[i].InstanceNumber, slices[i + 1].InstanceNumber
    first, last = number + 1, number + missing
    if before is not None and after is not None and abs(after - before) == missing + 1:
        first, last = min(before, after) + 1, max(before, after) - 1
    return {
        "first": first,
        "last": last,
        "count": missing,
        "axis": stacked.axis,
        "from_mm": round(stacked.coordinate(i), 2),
        "to_mm": round(stacked.coordinate(i + 1), 2),
    }


def _upright(slices: Sequence[InstanceHeader], stacked: Stack, tolerance: Tolerance) -> None:
    """The slices lie exactly above each other."""
    shift, tilt = geometry.lateral(stacked)
    pixel = min(slices[0].PixelSpacing or (0.0,))
    if shift <= tolerance.lateral_pixels * pixel:
        return
    if tilt:
        raise Refused("GANTRY_TILT", degrees=round(tilt, 1), shift=round(shift, 1))
    raise Refused("SLICES_SHIFTED", shift=round(shift, 1))


def _remarks(slices: Sequence[InstanceHeader], spacing: float) -> list[Finding]:
    remarks = []
    thickness = slices[0].SliceThickness
    if thickness and spacing > 1.2 * thickness:
        remarks.append(Finding("SLICES_APART", {"spacing": round(spacing, 3), "thickness": thickness}))
    numbers = [header.InstanceNumber for header in slices if header.InstanceNumber is not None]
    steps = {abs(b - a) for a, b in pairwise(numbers)}
    if len(numbers) == len(slices) and len(steps) == 1 and steps != {1} and steps != {0}:
        remarks.append(Finding("SLICES_THINNED", {"step": steps.pop()}))
    if any(abs(header.GantryDetectorTilt or 0.0) > 0.1 for header in slices):
        remarks.append(Finding("TILT_CORRECTED", {"degrees": slices[0].GantryDetectorTilt}))
    return remarks
