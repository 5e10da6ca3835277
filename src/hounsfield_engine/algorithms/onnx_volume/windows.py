"""Sliding windows: a network sees a volume piece by piece, and what it says is blended.

Works in one frame of axes, plane after plane along the first: scores are held for as many planes as a window is deep, never
for the whole volume.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Size = tuple[int, int, int]
Floats = NDArray[np.float32]
Labels = NDArray[np.uint8]
_SIGMA = 1 / 8  # of the window's side, as in nnU-Net (Isensee et al. 2021)
_LEAST = 1e-3  # weight of a window's corner: where only one window reaches it must not vanish


@dataclass(frozen=True)
class Windows:
    """Where windows lie along each axis, and the weights of one window along each axis."""

    patch: Size
    starts: tuple[list[int], list[int], list[int]]
    weights: tuple[Floats, Floats, Floats]
    padded: Size  # the volume, or the window where that is larger

    @property
    def count(self) -> int:
        """How many windows there are."""
        return len(self.starts[0]) * len(self.starts[1]) * len(self.starts[2])

    def total(self, axis: int) -> Floats:
        """(padded[axis],) sum of the weights of all windows along one axis; their product is the sum in space."""
        total = np.zeros(self.padded[axis], np.float32)
        for start in self.starts[axis]:
            total[start : start + self.patch[axis]] += self.weights[axis]
        return total


def arrange(
    shape: Size, patch: Size, overlap: float, blending: Literal["gaussian", "constant"] = "gaussian"
) -> Windows:
    """Cover a volume with as few windows as overlap at least so much, spread evenly.

    Parameters
    ----------
    shape, patch
        In voxels, axis by axis. A volume smaller than the window is treated as padded behind.
    overlap
        Share of a window, 0 to below 1.
    """
    padded = tuple(max(size, side) for size, side in zip(shape, patch, strict=True))
    pairs = list(zip(padded, patch, strict=True))
    return Windows(
        patch=patch,
        starts=tuple(_starts(size, side, overlap) for size, side in pairs),  # type: ignore[arg-type]  # three
        weights=tuple(_weights(side, blending) for side in patch),  # type: ignore[arg-type]
        padded=padded,  # type: ignore[arg-type]
    )


def _starts(size: int, side: int, overlap: float) -> list[int]:
    step = max(1, int(side * (1 - overlap)))
    count = ceil((size - side) / step) + 1
    return [round(at) for at in np.linspace(0, size - side, count)]


def _weights(side: int, blending: str) -> Floats:
    if blending == "constant":
        return np.ones(side, np.float32)
    distance = (np.arange(side) - (side - 1) / 2) / (side * _SIGMA)
    return np.maximum(np.exp(-0.5 * distance**2), _LEAST).astype(np.float32)


def slide(
    windows: Windows,
    channels: int,
    read: Callable[[int, int], Floats],
    predict: Callable[[Floats], Floats],
    step: Callable[[int], None] = lambda _: None,
) -> Iterator[tuple[int, Floats]]:
    """Run a network over a volume and yield its scores plane by plane.

    Parameters
    ----------
    read
        Gives the planes from one index up to another, padded, as (n, padded[1], padded[2]).
    predict
        From one window (patch) to its scores (channels, *patch).
    step
        Called after each window with how many are done.

    Yields
    ------
    index, (channels, padded[1], padded[2]) array
        Weighted mean of the windows' scores; valid until the next one is asked for.
    """
    depth, height, width = windows.patch
    weight = windows.weights[0][:, None, None] * windows.weights[1][:, None] * windows.weights[2]
    along, across = windows.total(0), np.multiply.outer(windows.total(1), windows.total(2))
    scores = np.zeros((depth, channels, *windows.padded[1:]), np.float32)  # plane i at i % depth
    done, ready = 0, 0
    for begin in windows.starts[0]:
        for plane in range(ready, begin):
            yield plane, _mean(scores[plane % depth], along[plane], across)
            scores[plane % depth] = 0
        ready = begin
        slab = read(begin, begin + depth)
        places = np.arange(begin, begin + depth) % depth
        for y in windows.starts[1]:
            for x in windows.starts[2]:
                found = predict(slab[:, y : y + height, x : x + width])
                for k, place in enumerate(places):
                    scores[place, :, y : y + height, x : x + width] += found[:, k] * weight[k]
                done += 1
                step(done)
    for plane in range(ready, windows.padded[0]):
        yield plane, _mean(scores[plane % depth], along[plane], across)


def _mean(scores: Floats, along: np.float32, across: Floats) -> Floats:
    scores /= along * across
    return scores
