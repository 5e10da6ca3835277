"""Label maps of segmentations for the page: computed once, kept compressed."""

from dataclasses import dataclass

import numpy as np

from hounsfield.annotations import documents
from hounsfield.annotations.cache import Bounded
from hounsfield.annotations.documents import Document
from hounsfield.annotations.schemas import CodedView, GeometryView, SegmentationView, SegmentView
from hounsfield.dicom import codes, content
from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.dicom.errors import InvalidObject
from hounsfield.dicom.grids import Grid, grid_of
from hounsfield.dicom.label_volumes import LabelVolumes, label_volumes
from hounsfield.dicom.segmentations import Coded, Segmentation, describe
from hounsfield.imaging.models import Study
from hounsfield.imaging.zipped import gzip
from hounsfield.kit.errors import NotFound
from hounsfield.kit.platform import Platform

MAX_FILE_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class LabelMaps:
    """A segmentation ready for the page."""

    described: Segmentation
    volumes: LabelVolumes  # its layers are given up: `bodies` holds them
    slices: tuple[str, ...]
    dtype: str
    bodies: tuple[bytes, ...]


_kept: Bounded[LabelMaps] = Bounded(256 << 20, lambda maps: sum(map(len, maps.bodies)) + 4096)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a label map is made of, looked up in the database."""

    document: Document
    headers: list[InstanceHeader]

    @property
    def key(self) -> tuple[str, int]:
        """What the label map depends on: the file, and the slices that it lies on."""
        return self.document.sha256, hash(tuple(sorted(header.SOPInstanceUID for header in self.headers)))


def asked_for(platform: Platform, study: Study, document: Document) -> Asked:
    """Return a segmentation and the headers of the series it refers to."""
    with content.reading(), platform.blobs.open(document.sha256) as file:
        described = describe(content.parsed_without_pixels(file))
    with platform.db.read() as session:
        return Asked(document, documents.series_headers(session, study, described.referenced_series_uid))


def label_maps(platform: Platform, asked: Asked) -> LabelMaps:
    """Return the label maps of a segmentation.

    Raises
    ------
    InvalidObject
        It cannot be read, or is too large.
    """
    return _kept.get(asked.key, lambda: _made(platform, asked))


def _made(platform: Platform, asked: Asked) -> LabelMaps:
    if asked.document.size > MAX_FILE_BYTES:
        size = asked.document.size
        raise InvalidObject("OVERLAY_TOO_LARGE", size_bytes=size, limit_bytes=MAX_FILE_BYTES)
    target, slices = _target(asked.headers)
    with content.reading():
        ds = content.parsed(documents.content_of(platform, asked.document))
        described = describe(ds)
        volumes = label_volumes(ds, described, target)
    dtype = str(volumes.layers[0].dtype) if volumes.layers else "uint8"
    bodies = []
    for layer in volumes.layers:
        bodies.append(gzip(np.ascontiguousarray(layer).tobytes()))
    volumes.layers = []
    return LabelMaps(described, volumes, slices, dtype, tuple(bodies))


def _target(headers: list[InstanceHeader]) -> tuple[Grid | None, tuple[str, ...]]:
    """Return the grid of the referenced series and its slices; none where it is no stack, or not here."""
    try:
        grid, order = grid_of(headers)
    except InvalidObject:
        return None, ()
    return grid, tuple(headers[index].SOPInstanceUID for index in order)


def body_of(maps: LabelMaps, layer: int) -> bytes:
    """Return a layer, gzipped, or raise NotFound."""
    if not 0 <= layer < len(maps.bodies):
        raise NotFound
    return maps.bodies[layer]


def view(maps: LabelMaps, language: str) -> SegmentationView:
    """Return what the page is told of a segmentation."""
    described, volumes = maps.described, maps.volumes
    ml = float(np.prod(volumes.grid.spacing)) / 1000
    return SegmentationView(
        kind=described.kind,
        label=described.label,
        description=described.description,
        referenced_series_uid=described.referenced_series_uid,
        aligned=volumes.aligned and bool(maps.slices),
        geometry=GeometryView(**volumes.grid.described()),
        slices=list(maps.slices),
        dtype="uint16" if maps.dtype == "uint16" else "uint8",
        layers=len(maps.bodies),
        segments=[
            SegmentView(
                number=segment.number,
                label=segment.label,
                description=segment.description,
                color=segment.color,
                algorithm_type=segment.algorithm_type,
                algorithm_name=segment.algorithm_name,
                category=_coded(segment.category, language),
                type=_coded(segment.type, language),
                tracking_uid=segment.tracking_uid,
                layer=volumes.layer_of.get(segment.number),
                voxels=volumes.voxels.get(segment.number, 0),
                volume_ml=round(volumes.voxels.get(segment.number, 0) * ml, 6),
            )
            for segment in described.segments
        ],
    )


def _coded(code: Coded | None, language: str) -> CodedView | None:
    if code is None:
        return None
    meaning = codes.meaning(code.value, code.scheme, code.meaning, language)
    return CodedView(value=code.value, scheme=code.scheme, meaning=meaning)
