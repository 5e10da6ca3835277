"""Segmentations made here: of a label map that the page drew, or that a task computed."""

import gzip
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hounsfield.accounts.actor import Actor
from hounsfield.annotations import documents, sources
from hounsfield.annotations.access import markable_study
from hounsfield.annotations.errors import NotInStudy
from hounsfield.annotations.schemas import SegmentationWish, SegmentWish, Written
from hounsfield.annotations.sources import TaskLabels
from hounsfield.dicom import nifti
from hounsfield.dicom.errors import InvalidObject
from hounsfield.dicom.grids import Grid, grid_of
from hounsfield.dicom.label_volumes import MAX_BYTES
from hounsfield.dicom.lookup import lookup
from hounsfield.dicom.segmentation import SegmentWish as Segment
from hounsfield.dicom.segmentation import write_segmentation
from hounsfield.dicom.segmentations import PALETTE
from hounsfield.dicom.volume import Volume
from hounsfield.kit.ids import new_id
from hounsfield.kit.platform import Platform

Labels = npt.NDArray[Any]


def make(
    platform: Platform, actor: Actor, study_uid: str, wish: SegmentationWish, file: Path | None
) -> Written:
    """Write a segmentation into the archive.

    Parameters
    ----------
    file
        The label map: uint8 or uint16, little endian, (slices, rows, columns) on the series' slices ascending along their
        normal, gzipped or not. Not needed where the wish names a task.

    Raises
    ------
    InvalidObject
        SEGMENTATION_UNFIT: it does not lie on the series.
    NotInStudy
        The study has no such series.
    """
    labels = TaskLabels(wish.task_id or "")
    with platform.db.read() as session:
        study = markable_study(session, actor, study_uid)
        headers = documents.series_headers(session, study, wish.series_uid)
        author = documents.author_of(session, actor)
        if wish.task_id is not None:
            sources.labels_wanted.fire(session, actor, labels)
    if not headers:
        raise NotInStudy
    grid, _ = grid_of(headers)
    if labels.sha256:
        if labels.study_uid != study.study_uid:
            raise NotInStudy
        volume = _of_task(platform, labels, grid)
        segments = _segments(wish.segments or _named(labels), labels)
    else:
        volume = _of_file(file, grid)
        segments = _segments(wish.segments, labels)
    ds = write_segmentation(
        volume, segments, headers, author, seed=new_id(), description=wish.description or "Segmentation"
    )
    taken = documents.archive(platform, actor, study, ds)
    return Written(sop_uid=taken.sop_instance_uid, series_uid=taken.series_uid, count=len(segments))


def _segments(wishes: list[SegmentWish], labels: TaskLabels) -> list[Segment]:
    return [
        Segment(wish.value, wish.label, wish.color, wish.type, labels.algorithm, labels.version)
        for wish in wishes
    ]


def _named(labels: TaskLabels) -> list[SegmentWish]:
    """Return the segments of a task's label map, as its algorithm calls them."""
    return [
        SegmentWish(value=value, label=name[:64], color=PALETTE[value % len(PALETTE)], type=name.lower()[:32])
        for value, name in sorted(labels.names.items())
    ]


def _of_file(file: Path | None, grid: Grid) -> Labels:
    voxels = int(np.prod(grid.shape, dtype=np.int64))
    data = b"" if file is None else _unpacked(file, 2 * voxels)
    if len(data) not in (voxels, 2 * voxels):
        raise InvalidObject("SEGMENTATION_UNFIT", detail=f"{len(data)} bytes for {voxels} voxels")
    return np.frombuffer(data, "u1" if len(data) == voxels else "<u2").reshape(grid.shape)


def _unpacked(file: Path, most: int) -> bytes:
    if most > MAX_BYTES:
        raise InvalidObject("OVERLAY_TOO_LARGE", size_bytes=most, limit_bytes=MAX_BYTES)
    with file.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if not packed:
            return raw.read(most + 1)
        try:
            with gzip.open(raw) as stream:
                return stream.read(most + 1)
        except (OSError, EOFError, zlib.error):
            raise InvalidObject("SEGMENTATION_UNFIT", detail="gzip") from None


def _of_task(platform: Platform, labels: TaskLabels, grid: Grid) -> Labels:
    volume = nifti.read(platform.blobs.path(labels.sha256))
    found = lookup(volume.voxels, _placed(volume), grid)
    return found.astype(np.uint8 if found.max() <= 0xFF else np.uint16)


def _placed(volume: Volume) -> Grid:
    """Return the grid of a volume; its third axis may point against the normal of its slices."""
    depth, rows, columns = volume.voxels.shape
    along = np.arange(depth, dtype=np.float64) * volume.spacing[2]
    origin = np.array(volume.origin, dtype=np.float64)
    return Grid((columns, rows, depth), volume.spacing, origin, volume.direction, along)
