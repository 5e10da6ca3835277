from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hounsfield_engine.algorithms.onnx_volume.windows import Windows, arrange, slide

sides = st.integers(1, 23)
sizes = st.tuples(sides, sides, sides)


def padded(volume: NDArray[Any], windows: Windows) -> NDArray[Any]:
    return np.pad(volume, [(0, p - n) for p, n in zip(windows.padded, volume.shape, strict=True)])


def whole(windows: Windows, volume: NDArray[Any], predict: Any, channels: int) -> NDArray[Any]:
    """Everything that `slide` yields, in one array."""
    space = padded(volume, windows)
    result = np.full((channels, *windows.padded), np.nan)
    order = []
    for index, plane in slide(windows, channels, lambda a, b: space[a:b], predict):
        result[:, index] = plane
        order.append(index)
    assert order == list(range(windows.padded[0]))
    return result[(slice(None), *(slice(n) for n in volume.shape))]


@settings(deadline=None, max_examples=60)
@given(
    shape=sizes, patch=sizes, overlap=st.floats(0, 0.9), blending=st.sampled_from(["gaussian", "constant"])
)
def test_a_pointwise_network_sees_the_same_in_windows_as_in_the_whole(
    shape: tuple[int, int, int], patch: tuple[int, int, int], overlap: float, blending: Any
) -> None:
    volume = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    windows = arrange(shape, patch, overlap, blending)

    def predict(window: NDArray[np.float32]) -> NDArray[np.float32]:
        assert window.shape == patch
        return np.stack((window, 2 * window - 1))

    found = whole(windows, volume, predict, 2)
    np.testing.assert_allclose(found, np.stack((volume, 2 * volume - 1)), atol=2e-5)


@settings(deadline=None, max_examples=60)
@given(shape=sizes, patch=sizes, overlap=st.floats(0, 0.9))
def test_every_voxel_is_covered_and_the_weights_sum_as_the_product_of_the_axes(
    shape: tuple[int, int, int], patch: tuple[int, int, int], overlap: float
) -> None:
    windows = arrange(shape, patch, overlap)
    summed = np.zeros(windows.padded)
    weight = np.multiply.outer(np.multiply.outer(*windows.weights[:2]), windows.weights[2])
    for z in windows.starts[0]:
        for y in windows.starts[1]:
            for x in windows.starts[2]:
                place = tuple(slice(a, a + n) for a, n in zip((z, y, x), patch, strict=True))
                assert summed[place].shape == patch
                summed[place] += weight
    assert (summed > 0).all()
    product = np.multiply.outer(np.multiply.outer(windows.total(0), windows.total(1)), windows.total(2))
    np.testing.assert_allclose(product, summed, rtol=1e-5)
    assert windows.count == np.prod([len(starts) for starts in windows.starts])
    for starts, side in zip(windows.starts, patch, strict=True):
        assert all(b - a <= max(1, side * (1 - overlap)) for a, b in pairwise(starts))


def test_where_windows_disagree_the_nearer_middle_counts_more() -> None:
    windows = arrange((1, 1, 12), (1, 1, 8), 0.5)
    assert windows.starts[2] == [0, 4]
    calls = iter((0.0, 1.0))
    found = whole(
        windows,
        np.zeros((1, 1, 12), np.float32),
        lambda window: np.full((1, *window.shape), next(calls), np.float32),
        1,
    )[0, 0, 0]
    assert found[0] == 0
    assert found[11] == 1
    np.testing.assert_allclose(found[4:8] + found[4:8][::-1], 1, atol=1e-6)
    assert (np.diff(found) >= 0).all()
    assert found[4] < 0.1 < 0.9 < found[7]


def test_no_more_scores_are_held_than_a_window_is_deep() -> None:
    windows = arrange((400, 4, 4), (8, 4, 4), 0.5)
    seen = {
        plane.ctypes.data
        for _, plane in slide(
            windows, 3, lambda a, b: np.zeros((b - a, 4, 4), np.float32), lambda w: np.zeros((3, *w.shape))
        )
    }
    assert len(seen) == 8


def test_each_window_is_told_once() -> None:
    windows = arrange((20, 10, 10), (8, 8, 8), 0.25)
    told: list[int] = []
    for _ in slide(
        windows, 1, lambda a, b: np.zeros((b - a, 10, 10), np.float32), lambda w: w[None], told.append
    ):
        pass
    assert told == list(range(1, windows.count + 1))


@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.75])
def test_a_volume_of_the_windows_size_is_one_window(overlap: float) -> None:
    assert arrange((8, 9, 10), (8, 9, 10), overlap).count == 1
    assert arrange((3, 2, 1), (8, 9, 10), overlap).count == 1
