"""CT series with every defect the integrity gate knows, and ZIP archives made to do harm, for all suites."""

import copy
import math
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import FileDataset

from hounsfield.dicom import writer
from hounsfield.dicom.volume import Volume

DEFLATED = zipfile.ZIP_DEFLATED


def ct_volume(
    slices: int = 12,
    rows: int = 32,
    columns: int = 32,
    *,
    spacing: tuple[float, float, float] = (1.5, 1.5, 2.5),
    origin: tuple[float, float, float] = (-24.0, -24.0, -100.0),
) -> Volume:
    """Make a phantom in Hounsfield units: a soft-tissue cylinder in fat with a bony rod, in air, with some noise."""
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    radius = np.hypot(x, y)
    plane = np.select([np.hypot(x, y - 0.4) < 0.15, radius < 0.6, radius < 0.75], [700, 50, -100], -1000)
    noise = np.random.default_rng(7).integers(-8, 9, size=(slices, rows, columns))
    return Volume((plane + noise).astype(np.int16), origin, spacing, np.eye(3))


def ct_datasets(
    slices: int = 12,
    rows: int = 32,
    columns: int = 32,
    *,
    spacing: tuple[float, float, float] = (1.5, 1.5, 2.5),
    attributes: Mapping[str, Any] | None = None,
    seed: str = "series",
    missing: Collection[int] = (),
    repeated: Collection[int] = (),
    shifted: Mapping[int, float] | None = None,
    tilt: float = 0.0,
    sideways: Mapping[int, float] | None = None,
    localizers: int = 0,
    phases: int = 1,
    changed: Mapping[int, Mapping[str, Any]] | None = None,
    without: Collection[str] = (),
) -> list[FileDataset]:
    """Make a CT series.

    Parameters
    ----------
    missing
        Indices of slices to leave out.
    repeated
        Indices of slices that are there twice, under another SOPInstanceUID.
    shifted
        Index → millimetres by which the slice is moved along z.
    tilt
        Gantry tilt in degrees: slices move along y as they move along z.
    sideways
        Index → millimetres by which the slice is moved along x.
    localizers
        Number of scout images added to the series.
    phases
        Number of acquisitions of the same slices.
    changed
        Index → values by keyword for that slice.
    without
        Keywords removed from every slice.
    """
    volume = ct_volume(slices, rows, columns, spacing=spacing)
    shared = {
        "PatientID": "P-1001",
        "PatientName": "Hounsfield^Godfrey",
        "PatientBirthDate": "19190828",
        "PatientSex": "M",
        "StudyDate": "20260102",
        "StudyTime": "101500",
        "StudyID": "1",
        "SeriesNumber": 2,
        "AcquisitionNumber": 1,
        "KVP": "120",
        "StudyInstanceUID": writer.uid(seed, "study"),
        "SeriesInstanceUID": writer.uid(seed, "series"),
        "FrameOfReferenceUID": writer.uid(seed, "frame of reference"),
        **(attributes or {}),
    }
    made: list[FileDataset] = []
    for phase in range(phases):
        own = {**shared, "AcquisitionNumber": phase + 1}
        made += list(writer.datasets(volume, own, seed=f"{seed}/{phase}"))
    for index, ds in enumerate(made):
        place = index % slices
        x, y, z = (float(value) for value in ds.ImagePositionPatient)
        x += (sideways or {}).get(place, 0.0)
        y += math.tan(math.radians(tilt)) * place * spacing[2]
        z += (shifted or {}).get(place, 0.0)
        ds.ImagePositionPatient = [f"{value:.6f}" for value in (x, y, z)]
        ds.InstanceNumber = index + 1
        for keyword, value in (changed or {}).get(place, {}).items():
            setattr(ds, keyword, value)
        for keyword in without:
            delattr(ds, keyword)
    chosen = [ds for index, ds in enumerate(made) if index % slices not in missing]
    for index in repeated:
        chosen.append(_twin(made[index], writer.uid(seed, "twin", index)))
    chosen += [_localizer(made[0], seed, number) for number in range(localizers)]
    return chosen


def _twin(ds: FileDataset, sop_instance_uid: str) -> FileDataset:
    twin = copy.deepcopy(ds)
    twin.file_meta.MediaStorageSOPInstanceUID = sop_instance_uid
    twin.SOPInstanceUID = sop_instance_uid
    return twin


def _localizer(ds: FileDataset, seed: str, number: int) -> FileDataset:
    scout = _twin(ds, writer.uid(seed, "localizer", number))
    scout.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    scout.ImageOrientationPatient = ["1", "0", "0", "0", "0", "-1"]
    return scout


def ct_series(slices: int = 12, rows: int = 32, **how: Any) -> dict[str, bytes]:
    """Make a CT series (see `ct_datasets`) as file name → file."""
    made = ct_datasets(slices, rows, **how)
    return {f"IM{number:04}.dcm": writer.encode(ds) for number, ds in enumerate(made, start=1)}


def ct_folder(folder: Path, **how: Any) -> list[Path]:
    """Write a CT series into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, data in ct_series(**how).items():
        (folder / name).write_bytes(data)
        paths.append(folder / name)
    return paths


def ct_zip(**how: Any) -> bytes:
    """Make a ZIP archive of a CT series."""
    return zip_of(ct_series(**how))


def zip_of(files: Mapping[str, bytes], *, method: int = DEFLATED) -> bytes:
    """Pack files as Python's own ZIP writer does."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@dataclass
class RawMember:
    """A ZIP member in which every field can lie; None stands for the truth."""

    name: bytes
    data: bytes
    method: int = DEFLATED
    flags: int = 0
    size: int | None = None
    crc: int | None = None
    local_name: bytes | None = None
    local_size: int | None = None
    header_offset: int | None = None
    descriptor: bool = False
    trailing: bytes = b""  # after the packed data, counted as a part of them

    def packed(self) -> bytes:
        if self.method != DEFLATED:
            return self.data + self.trailing
        stream = zlib.compressobj(9, zlib.DEFLATED, -15)
        return stream.compress(self.data) + stream.flush() + self.trailing


def raw_zip(members: Iterable[RawMember], *, comment: bytes = b"", prefix: bytes = b"") -> bytes:
    """Assemble a ZIP archive byte by byte."""
    body, directory, count = bytearray(prefix), bytearray(), 0
    for member in members:
        packed = member.packed()
        crc = zlib.crc32(member.data) if member.crc is None else member.crc
        size = len(member.data) if member.size is None else member.size
        told = size if member.local_size is None else member.local_size
        local_name = member.name if member.local_name is None else member.local_name
        flags = member.flags | (8 if member.descriptor else 0)
        offset = len(body) - len(prefix) if member.header_offset is None else member.header_offset
        sizes = (0, 0, 0) if member.descriptor else (crc, len(packed), told)
        body += struct.pack(
            "<4s5H3L2H", b"PK\3\4", 20, flags, member.method, 0, 33, *sizes, len(local_name), 0
        )
        body += local_name + packed
        if member.descriptor:
            body += struct.pack("<4s3L", b"PK\7\x08", crc, len(packed), size)
        directory += struct.pack(
            *("<4s6H3L5H2L", b"PK\1\2", 20, 20, flags, member.method, 0, 33, crc, len(packed), size),
            *(len(member.name), 0, 0, 0, 0, 0, offset),
        )
        directory += member.name
        count += 1
    end = struct.pack(
        "<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(body) - len(prefix), len(comment)
    )
    return bytes(body + directory + end + comment)


def zip_bomb(size: int = 200 << 20) -> bytes:
    """Make an archive that unpacks to a thousand times its size."""
    return raw_zip([RawMember(b"bomb.dcm", bytes(size))])


def zip_slip(name: str = "../../etc/passwd") -> bytes:
    """Make an archive with a member whose name leads out of the folder."""
    return raw_zip([RawMember(name.encode(), b"x")])


def zip_encrypted(files: Mapping[str, bytes]) -> bytes:
    """Make an archive whose members say that they are encrypted."""
    return raw_zip([RawMember(name.encode(), data, flags=1) for name, data in files.items()])


def zip_truncated(files: Mapping[str, bytes], keep: float = 0.6) -> bytes:
    """Make an archive of which the end is missing."""
    whole = zip_of(files)
    return whole[: int(len(whole) * keep)]


def zip_nested(files: Mapping[str, bytes]) -> bytes:
    """Make an archive that holds nothing but another archive."""
    return zip_of({"inner.zip": zip_of(files)})


def zip_overlapping(data: bytes, copies: int = 10) -> bytes:
    """Make an archive in which many directory entries share the data of one member."""
    first = RawMember(b"0.dcm", data)
    whole = raw_zip([first])
    directory_at = whole.index(b"PK\1\2")
    entry = whole[directory_at : whole.index(b"PK\5\6", directory_at)]
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, copies, copies, len(entry) * copies, directory_at, 0)
    return whole[:directory_at] + entry * copies + end


def zip_lying(data: bytes, claimed: int) -> bytes:
    """Make an archive with a member that unpacks to more or less than it says, consistently in both headers."""
    return raw_zip([RawMember(b"liar.dcm", data, size=claimed)])


def series_of(datasets: Sequence[FileDataset]) -> list[bytes]:
    """Encode data sets as files."""
    return [writer.encode(ds) for ds in datasets]
