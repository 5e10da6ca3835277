"""A ZIP of a CT as large as one likes, written slice by slice: it is never in memory."""

import zipfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
from pydicom import FileDataset

from hounsfield.dicom import writer
from hounsfield.dicom.volume import Volume

ROWS = 512
SLICES_A_TIME = 500


def write(path: Path, size: int) -> int:
    """Write a stored ZIP of one CT series of at least `size` bytes and return its number of slices."""
    number = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number, dataset in enumerate(_slices(), 1):
            dataset.InstanceNumber = number
            archive.writestr(f"CT/{number:05d}.dcm", writer.encode(dataset))
            assert archive.fp is not None
            if archive.fp.tell() >= size:
                break
    return number


def _slices() -> Iterator[FileDataset]:
    """Yield slices without end: each is another window on one line of noise."""
    noise = np.random.default_rng(4).integers(-1000, 1000, ROWS * ROWS + SLICES_A_TIME, dtype=np.int16)
    windows = np.lib.stride_tricks.sliding_window_view(noise, ROWS * ROWS)[:SLICES_A_TIME]
    voxels = np.lib.stride_tricks.as_strided(
        windows,
        (SLICES_A_TIME, ROWS, ROWS),
        (noise.itemsize, ROWS * noise.itemsize, noise.itemsize),
        writeable=False,
    )
    one_series = {
        "StudyInstanceUID": "2.25.1",
        "SeriesInstanceUID": "2.25.2",
        "FrameOfReferenceUID": "2.25.3",
    }
    for slab in count():
        origin = (0.0, 0.0, slab * SLICES_A_TIME * 0.25)
        volume = Volume(voxels, origin, (0.5, 0.5, 0.25), np.eye(3))
        yield from writer.datasets(volume, {**one_series, "PatientID": "LARGE"}, seed=f"slab {slab}")
