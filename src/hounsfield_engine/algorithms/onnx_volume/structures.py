"""From scores to a label map, and from a label map to what is delivered of each label."""

from collections.abc import Sequence
from math import log

import cc3d
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hounsfield_engine.algorithms.onnx_volume.manifest import Label, Output
from hounsfield_engine.algorithms.volume import Box, bounding_box

Labels = NDArray[np.uint8]


def decide(scores: NDArray[np.float32], how: Output) -> Labels:
    """Label the voxels of (channels, …) scores; 0 is background.

    With argmax the largest channel wins, the first being the background. Otherwise a voxel gets the last label in the list
    whose threshold it passes: what lies within something is listed after it.
    """
    if how.kind == "argmax":
        return scores.argmax(axis=0).astype(np.uint8)
    # the sigmoid ascends, so its inverse is taken of one number and not it of every voxel
    level = how.threshold if how.kind == "threshold" else log(how.threshold / (1 - how.threshold))
    passed = scores > level
    last = len(scores) - passed[::-1].argmax(axis=0)
    return np.where(passed.any(axis=0), last, 0).astype(np.uint8)


def tidy(labels: Labels, wanted: Sequence[Label], voxel_ml: float) -> dict[str, Box]:
    """Drop, in place, the parts of each label that its manifest does not want; return where the labels are.

    Parts are connected over faces (6-neighbourhood).
    """
    boxes: dict[str, Box] = {}
    found = ndimage.find_objects(labels, len(wanted))
    for value, (label, box) in enumerate(zip(wanted, found, strict=True), start=1):
        if box is None:
            continue
        if label.keep == "largest" or label.min_volume_ml > 0:
            _drop_parts(labels[box], value, label, voxel_ml)
            inner = bounding_box(labels[box] == value)
            if inner is None:
                continue
            box = _within(box, inner)
        boxes[label.name] = box
    return boxes


def _drop_parts(labels: Labels, value: int, label: Label, voxel_ml: float) -> None:
    parts = cc3d.connected_components(labels == value, connectivity=6)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    keep = sizes * voxel_ml >= label.min_volume_ml
    if label.keep == "largest":
        keep &= np.arange(len(sizes)) == sizes.argmax()
    keep[0] = True
    labels[~keep[parts]] = 0


def _within(outer: Box, inner: Box) -> Box:
    z, y, x = (
        slice(large.start + small.start, large.start + small.stop)
        for large, small in zip(outer, inner, strict=True)
    )
    return z, y, x
