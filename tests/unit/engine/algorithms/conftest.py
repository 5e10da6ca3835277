from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, RLELossless, generate_uid

from hounsfield_engine.sdk import Job

SHARED = Path(__file__).resolve().parents[5] / "shared" / "data"
WriteSeries = Callable[..., Path]


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip(f"the shared test data is not at {SHARED}")
    return SHARED


@pytest.fixture
def write_series(tmp_path: Path) -> WriteSeries:
    """Writes (z, y, x) HU as CT slices, files named in an order that is not theirs; returns the input folder."""

    def write(
        hu: NDArray[np.int16],
        affine: NDArray[np.float64],
        *,
        rle: bool = False,
        change: Callable[[int, Dataset], None] = lambda *_: None,
    ) -> Path:
        folder = tmp_path / "input" / "series"
        folder.mkdir(parents=True)
        series, study = generate_uid(), generate_uid()
        columns = affine[:3, :3]
        spacing = np.linalg.norm(columns, axis=0)
        for z, plane in enumerate(hu):
            ds = Dataset()
            ds.file_meta = FileMetaDataset()
            ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
            ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = CTImageStorage
            ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
            ds.SeriesInstanceUID, ds.StudyInstanceUID, ds.Modality = series, study, "CT"
            ds.ImagePositionPatient = [f"{value:.10g}" for value in affine[:3, 3] + z * columns[:, 2]]
            ds.ImageOrientationPatient = [
                f"{value:.10g}"
                for value in np.concatenate((columns[:, 0] / spacing[0], columns[:, 1] / spacing[1]))
            ]
            ds.PixelSpacing = [f"{spacing[1]:.10g}", f"{spacing[0]:.10g}"]
            ds.RescaleSlope, ds.RescaleIntercept = "1", "-1024"
            ds.Rows, ds.Columns = plane.shape
            ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
            ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
            ds.PixelData = (plane.astype(np.int32) + 1024).astype("<u2").tobytes()
            change(z, ds)
            if rle:
                ds.compress(RLELossless)
            # 7 is prime to the number of slices used, so names come in another order than positions
            ds.save_as(folder / f"{z * 7 % 101:03d}-{z}.dcm", enforce_file_format=True)
        return folder.parent

    return write


@pytest.fixture
def make_job(tmp_path: Path) -> Callable[..., Job]:
    def make(input_dir: Path, **parameters: object) -> Job:
        output = tmp_path / "output"
        output.mkdir(exist_ok=True)
        return Job(input_dir, output, parameters, lambda percent, message: None)

    return make
