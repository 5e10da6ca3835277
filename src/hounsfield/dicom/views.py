"""Pictures of a volume for people: slices along the axes of the body, slabs of them, as a light box shows them.

Axial: the patient's right is on the left of the picture, the front on top. Coronal: right on the left, head on top.
Sagittal: front on the left, head on top (PS3.3 C.7.6.1.1.1 gives the letters).
"""

from dataclasses import dataclass
from itertools import permutations
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from hounsfield.dicom.grids import Grid

PlaneName = Literal["axial", "coronal", "sagittal"]
Mode = Literal["mip", "minip", "mean"]
Floats = npt.NDArray[np.float32]
# across and down the picture, and from slice to slice: axis of the patient (x, y, z) and its sign
_VIEWS: Final[dict[PlaneName, tuple[tuple[int, int], tuple[int, int], tuple[int, int]]]] = {
    "axial": ((0, 1), (1, 1), (2, 1)),
    "coronal": ((0, 1), (2, -1), (1, 1)),
    "sagittal": ((1, 1), (2, -1), (0, 1)),
}
_LETTERS: Final = (("R", "L"), ("A", "P"), ("F", "H"))


@dataclass(frozen=True, slots=True)
class View:
    """How the voxels of a grid become slices of a plane.

    Attributes
    ----------
    axes
        Which axis of the array (slices, rows, columns) goes from slice to slice, down and across the picture.
    flips
        Whether each of them runs backwards.
    count
        How many slices there are.
    spacing
        Between rows and between columns of the picture, mm.
    letters
        Left, right, top and bottom of the picture.
    """

    axes: tuple[int, int, int]
    flips: tuple[bool, bool, bool]
    count: int
    spacing: tuple[float, float]
    letters: tuple[str, str, str, str]


def view_of(grid: Grid, plane: PlaneName) -> View:
    """Return how a plane is cut from a grid: along the axes of the grid that are closest to those of the body."""
    # columns of `direction` are x, y, z of the grid; the array has them the other way round
    towards = max(
        permutations(range(3)), key=lambda order: sum(abs(grid.direction[p, order[p]]) for p in range(3))
    )
    across, down, through = _VIEWS[plane]
    own = [towards[patient] for patient, _ in (through, down, across)]
    signs = [
        np.sign(grid.direction[patient, towards[patient]]) * sign for patient, sign in (through, down, across)
    ]
    spacing = grid.spacing
    left, right = _LETTERS[across[0]][:: across[1]]
    top, bottom = _LETTERS[down[0]][:: down[1]]
    return View(
        axes=(2 - own[0], 2 - own[1], 2 - own[2]),
        flips=(bool(signs[0] < 0), bool(signs[1] < 0), bool(signs[2] < 0)),
        count=grid.size[own[0]],
        spacing=(spacing[own[1]], spacing[own[2]]),
        letters=(left, right, top, bottom),
    )


def numbers_of(view: View, index: int, slab: int) -> tuple[int, ...]:
    """Return which places along the array's axis a slab of slices around one takes, cut off at the ends."""
    first = index - (slab - 1) // 2
    chosen = range(max(first, 0), min(first + slab, view.count))
    return tuple(view.count - 1 - place if view.flips[0] else place for place in chosen)


def cut(slices: Any, view: View, mode: Mode) -> Floats:
    """Return the picture of some slices.

    Parameters
    ----------
    slices
        Shape (n, …) where the first axis is `view.axes[0]` of the volume and the others keep their order.
    """
    array = np.asarray(slices)
    if len(array) == 1:
        flat = array[0].astype(np.float32)
    elif mode == "mean":
        flat = array.mean(axis=0, dtype=np.float32)
    else:
        flat = (array.max(axis=0) if mode == "mip" else array.min(axis=0)).astype(np.float32)
    rest = [axis for axis in range(3) if axis != view.axes[0]]
    if rest != [view.axes[1], view.axes[2]]:
        flat = flat.T
    down, across = (slice(None, None, -1) if flip else slice(None) for flip in view.flips[1:])
    return np.ascontiguousarray(flat[down, across])


def shown(picture: Floats, center: float, width: float) -> npt.NDArray[np.uint8]:
    """Return a picture in eight bits: a window of values from black to white (LINEAR_EXACT, PS3.3 C.11.2.1.3.2)."""
    scaled = (picture - (center - width / 2)) * (255.0 / max(width, 1e-6))
    return np.clip(scaled + 0.5, 0, 255).astype(np.uint8)


def size_of(picture: npt.NDArray[Any], spacing: tuple[float, float], longest: int | None) -> tuple[int, int]:
    """Return width and height in pixels at which a picture has its true shape, the longer side at most `longest`."""
    rows, columns = picture.shape[:2]
    unit = min(spacing)
    height, width = rows * spacing[0] / unit, columns * spacing[1] / unit
    scale = min(1.0, longest / max(height, width)) if longest else 1.0
    return max(1, round(width * scale)), max(1, round(height * scale))


def letters_of(orientation: Any) -> tuple[str, str, str, str]:
    """Return left, right, top and bottom of an image as it is stored (PS3.3 C.7.6.2.1.1), empty where it does not say."""
    if orientation is None:
        return "", "", "", ""
    found = []
    for vector in (np.array(orientation[:3]), np.array(orientation[3:])):
        axis = int(np.argmax(np.abs(vector)))
        found += list(_LETTERS[axis][:: 1 if vector[axis] > 0 else -1])
    return found[0], found[1], found[2], found[3]
