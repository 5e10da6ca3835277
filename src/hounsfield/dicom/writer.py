"""Writes a volume as a CT series: CT Image Storage, PS3.3 A.3, explicit VR little endian."""

import uuid
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydicom import DataElement, FileDataset, config, dcmwrite
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID
from pydicom.valuerep import DSfloat

from hounsfield.dicom.errors import InvalidVolume
from hounsfield.dicom.syntaxes import CT_IMAGE, EXPLICIT_LE
from hounsfield.dicom.volume import Volume

_NAMESPACE: Final = uuid.UUID("6d0f3a0e-5d0c-5a53-9a4e-2f3c1a7b9e10")
IMPLEMENTATION_CLASS_UID: Final = f"2.25.{_NAMESPACE.int}"
_ORTHOGONAL = 1e-3

# Type 1 and 2 attributes of the CT Image IOD that do not follow from the volume; type 2 may stay empty.
_DEFAULTS: Final[Mapping[str, Any]] = {
    "SpecificCharacterSet": "ISO_IR 192",
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
    "StudyDate": "",
    "ContentDate": "",
    "StudyTime": "",
    "ContentTime": "",
    "AccessionNumber": "",
    "Modality": "CT",
    "Manufacturer": "Hounsfield",
    "ReferringPhysicianName": "",
    "PatientName": "",
    "PatientID": "",
    "PatientBirthDate": "",
    "PatientSex": "",
    "KVP": None,
    "PatientPosition": "HFS",
    "StudyID": "",
    "SeriesNumber": None,
    "AcquisitionNumber": None,
    "Laterality": "",
    "PositionReferenceIndicator": "",
    "WindowCenter": "40",
    "WindowWidth": "400",
}


def uid(seed: str, *parts: object) -> str:
    """Return the UID under 2.25 (PS3.5 annex B.2) that belongs to a seed; the same seed gives the same UID."""
    name = "/".join((seed, *map(str, parts)))
    return f"2.25.{uuid.uuid5(_NAMESPACE, name).int}"


def datasets(
    volume: Volume, attributes: Mapping[str, Any] | None = None, *, seed: str | None = None
) -> Iterator[FileDataset]:
    """Make the instances of a series, one per slice.

    Parameters
    ----------
    volume
        Hounsfield units; any integer type whose values fit 16 bits, signed.
    attributes
        Values by DICOM keyword, for every instance: patient, study, series, equipment. UIDs of study, series and frame
        of reference may be among them, so that series can share a study.
    seed
        Makes the UIDs the same for the same seed; random without it.

    Raises
    ------
    InvalidVolume
        VOLUME_UNFIT: values are no integers or do not fit, or the slices are not stacked along their normal.
    ValueError
        An attribute is not a value that its VR allows (strict when writing).
    """
    _check(volume)
    seed = seed or uuid.uuid4().hex
    shared = {
        **_DEFAULTS,
        "StudyInstanceUID": uid(seed, "study"),
        "SeriesInstanceUID": uid(seed, "series"),
        "FrameOfReferenceUID": uid(seed, "frame of reference"),
        "SliceThickness": _ds(volume.spacing[2]),
        **(attributes or {}),
    }
    for index in range(volume.voxels.shape[0]):
        yield _instance(volume, index, shared, uid(seed, shared["SeriesInstanceUID"], index))


def encode(dataset: FileDataset) -> bytes:
    """Return a data set as the bytes of a file (PS3.10)."""
    buffer = BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def write_series(
    volume: Volume, folder: Path, attributes: Mapping[str, Any] | None = None, *, seed: str | None = None
) -> list[Path]:
    """Write a series into a folder as `0001.dcm`, `0002.dcm`, …; see `datasets`."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, dataset in enumerate(datasets(volume, attributes, seed=seed), start=1):
        path = folder / f"{number:04}.dcm"
        path.write_bytes(encode(dataset))
        paths.append(path)
    return paths


def _check(volume: Volume) -> None:
    voxels = volume.voxels
    if not np.issubdtype(voxels.dtype, np.integer):
        raise InvalidVolume("VOLUME_UNFIT", reason="type")
    if voxels.dtype != np.int16 and (voxels.min() < -0x8000 or voxels.max() > 0x7FFF):
        raise InvalidVolume("VOLUME_UNFIT", reason="range")
    if max(voxels.shape[1:]) > 0xFFFF:
        raise InvalidVolume("VOLUME_UNFIT", reason="shape")
    x, y, z = volume.direction.T
    if abs(abs(np.cross(x, y) @ z) - 1.0) > _ORTHOGONAL:
        raise InvalidVolume("VOLUME_UNFIT", reason="direction")


def _instance(volume: Volume, index: int, shared: Mapping[str, Any], instance_uid: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(CT_IMAGE)
    meta.MediaStorageSOPInstanceUID = UID(instance_uid)
    meta.TransferSyntaxUID = UID(EXPLICIT_LE)
    meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    meta.ImplementationVersionName = "HOUNSFIELD"
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    for keyword, value in shared.items():
        ds.add(_element(keyword, value))
    ds.SOPClassUID = CT_IMAGE
    ds.SOPInstanceUID = instance_uid
    ds.InstanceNumber = index + 1
    ds.ImagePositionPatient = [_ds(value) for value in volume.position(index)]
    ds.ImageOrientationPatient = [_ds(value) for value in volume.direction[:, :2].T.ravel()]
    ds.PixelSpacing = [_ds(volume.spacing[1]), _ds(volume.spacing[0])]
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = volume.voxels.shape[1:]
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "0", "1", "HU"
    ds.PixelData = volume.voxels[index].astype("<i2").tobytes()
    ds["PixelData"].VR = "OW"
    return ds


def _element(keyword: str, value: Any) -> DataElement:
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise ValueError(f"{keyword} is no DICOM keyword")
    return DataElement(tag, dictionary_VR(tag), value, validation_mode=config.RAISE)


def _ds(value: float) -> DSfloat:
    """Return a decimal string of at most 16 characters."""
    return DSfloat(round(float(value), 9) + 0.0, auto_format=True)
