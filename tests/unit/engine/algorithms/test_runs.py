import cc3d
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from hounsfield_engine.algorithms.runs import connected_parts, painted, without_voids

masks = st.builds(
    lambda seed, shape, share: np.random.default_rng(seed).random(shape) < share,
    st.integers(0, 2**32 - 1),
    st.tuples(*(st.integers(1, 9) for _ in range(3))),
    st.floats(0, 1),
)


@settings(deadline=None)
@given(masks, st.integers(0, 8))
def test_parts_are_those_of_a_labelled_volume(mask: NDArray[np.bool_], smallest: int) -> None:
    labels = cc3d.connected_components(mask, connectivity=6)
    sizes = np.bincount(labels.ravel())
    parts = connected_parts(mask)
    assert sorted(parts.sizes) == sorted(sizes[1:])
    sizes[0] = 0
    large = painted(mask, parts, parts.sizes < smallest, False)
    np.testing.assert_array_equal(large, mask & (sizes >= smallest)[labels])


@settings(deadline=None)
@given(masks)
def test_what_has_no_way_out_is_filled(mask: NDArray[np.bool_]) -> None:
    before = mask.copy()
    np.testing.assert_array_equal(without_voids(mask), ndimage.binary_fill_holes(mask))
    np.testing.assert_array_equal(mask, before)


def test_a_view_into_a_volume_is_as_good_as_a_copy() -> None:
    shell = np.zeros((9, 11, 13), bool)
    shell[2:7, 2:8, 3:10] = True
    shell[4, 4:6, 5:8] = False
    window = shell[1:8, 1:9, 2:12]
    assert without_voids(window).sum() == 5 * 6 * 7
    assert connected_parts(~window).sizes.tolist() == [window.size - 5 * 6 * 7, 6]
