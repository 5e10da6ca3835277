"""From stored values to shades of grey (PS3.3 C.11.1 and C.11.2), by looking up instead of computing.

Images have more pixels than values: a table of what each value becomes takes a tenth of a millisecond, and is the same for
all slices of a series.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Function = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]
Picture = npt.NDArray[np.uint8]  # (rows, columns) or (rows, columns, 3)
Stored = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Window:
    """A range of values that becomes black to white (PS3.3 C.11.2.1.2)."""

    center: float
    width: float
    function: Function = "LINEAR"


@dataclass(frozen=True, slots=True)
class Rescale:
    """The modality transformation where it is linear: slope and intercept."""

    slope: float = 1.0
    intercept: float = 0.0

    def __call__(self, stored: Stored) -> npt.NDArray[np.float32]:
        return stored.astype(np.float32) * np.float32(self.slope) + np.float32(self.intercept)


def whole(values: npt.NDArray[np.float32]) -> Window:
    """Return the window that shows all values."""
    low, high = float(values.min()), float(values.max())
    return Window((low + high) / 2, max(high - low, 1.0), "LINEAR_EXACT")


def windowed(values: npt.NDArray[np.float32], window: Window) -> Picture:
    """Return values as shades, computing each."""
    center, width = window.center, window.width
    if window.function == "SIGMOID":
        scaled = 255.0 / (1.0 + np.exp(np.clip(-4.0 * (values - center) / width, -80, 80)))
    elif window.function == "LINEAR_EXACT":
        scaled = (values - (center - width / 2)) * (255.0 / width)
    else:  # PS3.3 C.11.2.1.2.1
        scaled = (values - (center - 0.5)) * (255.0 / max(width - 1, 1e-6)) + 127.5
    return np.clip(scaled + 0.5, 0, 255).astype(np.uint8)


def shades(stored: Stored, rescale: Rescale, window: Window | None) -> Picture:
    """Return stored values as shades, looking up each; without a window all of them are shown."""
    if window is None:
        window = whole(rescale(np.array([stored.min(), stored.max()])))
    if stored.dtype.kind not in "iu" or stored.dtype.itemsize > 2:
        return windowed(rescale(stored), window)
    unsigned = stored.astype(stored.dtype.newbyteorder("="), copy=False).view(f"u{stored.dtype.itemsize}")
    return np.take(_table(stored.dtype.kind, stored.dtype.itemsize, rescale, window), unsigned)


@lru_cache(32)
def _table(kind: str, size: int, rescale: Rescale, window: Window) -> Picture:
    values = np.arange(1 << 8 * size, dtype=f"u{size}").view(f"{kind}{size}")
    return windowed(rescale(values), window)
