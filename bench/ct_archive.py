"""A ZIP of 512×512 CT slices that deflates like a scanner's (about 1.9:1), for the benches that need one of any length.

The anatomy is the demonstration's, enlarged; the noise is what keeps real CT from packing better. Python's `zipfile` packs
with zlib at 25–70 ms a slice; igzip needs 3 ms for the same size, and a short writer of our own lets us use it.
"""

import struct
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from hounsfield.dicom import nifti, writer
from hounsfield.dicom.volume import Volume

SIZE, SERIES_SLICES = 512, 300
NOISE_HU = 14.0
ATTRIBUTES = {
    "PatientName": "Bench^Ingest",
    "PatientID": "BENCH-1",
    "StudyDate": "20260102",
    "StudyTime": "101500",
    "StudyDescription": "Ingest bench",
    "SeriesDescription": "Trunk 1 mm",
    "SeriesNumber": "2",
}


def write(path: Path, slices: int, seed: str = "bench") -> str:
    """Write the archive, a series for each 300 slices, and return its StudyInstanceUID."""
    study = writer.uid(seed, "study")
    with path.open("wb") as file:
        directory, count = bytearray(), 0
        for name, data in _files(slices, seed, study):
            offset, packed = file.tell(), _deflate(data)
            sizes = (isal_zlib.crc32(data), len(packed), len(data), len(name), 0)
            file.write(struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 33, *sizes) + name + packed)
            directory += struct.pack(
                "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 33, *sizes, 0, 0, 0, 0, offset
            )
            directory += name
            count += 1
        at = file.tell()
        file.write(directory)
        file.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), at, 0))
    return study


def _deflate(data: bytes) -> bytes:
    stream = isal_zlib.compressobj(3, isal_zlib.DEFLATED, -15)
    return bytes(stream.compress(data) + stream.flush())


def _files(slices: int, seed: str, study: str) -> Iterator[tuple[bytes, bytes]]:
    voxels = _voxels(min(slices, SERIES_SLICES))
    for first in range(0, slices, SERIES_SLICES):
        series = f"{seed}/{first}"
        volume = Volume(voxels[: slices - first], (-180.0, -180.0, -150.0), (0.7, 0.7, 1.0), np.eye(3))
        own = {**ATTRIBUTES, "StudyInstanceUID": study}
        for number, dataset in enumerate(writer.datasets(volume, own, seed=series), 1):
            yield f"S{first // SERIES_SLICES:03}/IM{number:05}.dcm".encode(), writer.encode(dataset)


def _voxels(slices: int) -> NDArray[np.int16]:
    with as_file(files("hounsfield.cli.demo") / "trunk_ct.nii.gz") as path:
        small = nifti.read(path).voxels
    z, y, x = (np.arange(n) * m // n for n, m in zip((slices, SIZE, SIZE), small.shape, strict=True))
    rows, columns = np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j]
    outside = np.hypot(rows, columns) > 1  # the scanner's circular field of view
    random, voxels = np.random.default_rng(1), np.empty((slices, SIZE, SIZE), np.int16)
    for index in range(slices):
        noise = random.standard_normal((SIZE, SIZE), np.float32)
        plane = small[z[index]][np.ix_(y, x)] + NOISE_HU * noise
        voxels[index] = np.where(outside, -1024, np.clip(plane, -1024, 3071))
    return voxels
