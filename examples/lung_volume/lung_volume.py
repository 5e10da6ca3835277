"""Lung volume by threshold: air that tissue encloses within its slice."""

import json

from scipy.ndimage import binary_fill_holes

from hounsfield_engine.algorithms.ct_series import read_ct_series
from hounsfield_engine.sdk import Artifact, Job, Outcome, UserFacing


def run(job: Job) -> Outcome:
    """Measure one series."""
    ct = read_ct_series(job.input_dir / "series", lambda share: job.report(50 * share, "Reading"))
    tissue = ct.voxels >= job.parameters.get("below_hu", -400)
    voxels = 0
    for done, plane in enumerate(tissue, start=1):
        voxels += int((binary_fill_holes(plane) & ~plane).sum())
        job.report(50 + 50 * done / len(tissue), "Counting")
    if not voxels:
        raise UserFacing("NO_AIR_FOUND", "there is no air within the body on these slices")

    measured = {"volume_ml": round(voxels * ct.voxel_ml, 1)}
    (job.output_dir / "lungs.json").write_text(json.dumps(measured))
    return Outcome([Artifact("lungs.json", "document", "application/json")], measured)
