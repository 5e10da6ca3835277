import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from hounsfield_engine.algorithms.onnx_volume.grid import grid_of, oriented
from hounsfield_engine.algorithms.onnx_volume.manifest import Input, ModelManifest, read_manifest
from hounsfield_engine.algorithms.onnx_volume.restore import restore
from hounsfield_engine.algorithms.volume import Volume
from hounsfield_engine.sdk import RetryElsewhere

AXES = ["".join(letters) for letters in itertools.product("SI", "PA", "LR")]
ORDERS = ["".join(letters) for axes in ("SPL", "IAR") for letters in itertools.permutations(axes)]


def ramp(shape: tuple[int, int, int], spacing: tuple[float, float, float] = (2.0, 1.0, 0.5)) -> Volume:
    """HU = 3 z + 2 y + x in mm from the first voxel, along (z, y, x)."""
    z, y, x = (np.arange(n) * s for n, s in zip(shape, spacing, strict=True))
    hu = 300 * z[:, None, None] + 200 * y[:, None] + 100 * x
    affine = np.diag([*spacing[::-1], 1.0])
    return Volume(hu.astype(np.int16), affine)


@pytest.mark.parametrize("axes", ORDERS)
def test_axes_are_laid_as_their_letters_say(axes: str) -> None:
    voxels = np.arange(2 * 3 * 4).reshape(2, 3, 4)  # superior, posterior, left
    view = oriented(voxels, axes)
    assert view.base is not None
    for letter, axis in zip(axes, range(3), strict=True):
        steps = np.unique(np.diff(view, axis=axis))
        size = {"S": 12, "I": -12, "P": 4, "A": -4, "L": 1, "R": -1}[letter]
        assert steps.tolist() == [size]


@pytest.mark.parametrize("axes", ["SPL", "RAS", "LIA"])
@pytest.mark.parametrize("wanted", [(1.0, 1.0, 1.0), (3.0, 0.7, 2.2), (0.4, 0.4, 0.4)])
def test_a_resampled_ramp_is_a_ramp_and_slabs_are_the_whole(
    axes: str, wanted: tuple[float, float, float]
) -> None:
    volume = ramp((11, 24, 40))
    grid = grid_of(volume, Input(axes=axes, spacing_mm=wanted))
    whole = grid.planes(0, grid.shape[0], grid.shape)
    assert whole.shape == grid.shape
    slope = {"S": 300, "I": -300, "P": 200, "A": -200, "L": 100, "R": -100}
    inner = whole[tuple(slice(2, -2) if n > 4 else slice(0, 0) for n in grid.shape)]
    for axis, (letter, mm) in enumerate(zip(axes, wanted, strict=True)):
        if inner.shape[axis] > 1:
            np.testing.assert_allclose(np.diff(inner, axis=axis), slope[letter] * mm, atol=0.05)
    pieces = [grid.planes(a, min(a + 3, grid.shape[0]), grid.shape) for a in range(0, grid.shape[0], 3)]
    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=0.02)


def test_the_middle_of_the_grid_is_the_middle_of_the_scan() -> None:
    volume = ramp((20, 40, 80))
    grid = grid_of(volume, Input(spacing_mm=(4.0, 2.0, 2.0)))
    assert grid.shape == (10, 20, 20)
    middle = grid.planes(0, 10, grid.shape).mean()
    assert middle == pytest.approx(volume.voxels.mean(), rel=1e-3)


def test_the_scan_as_it_is_is_not_resampled() -> None:
    volume = ramp((5, 6, 7))
    for wanted in (Input(), Input(spacing_mm=(2.0, 1.0001, 0.5))):
        grid = grid_of(volume, wanted)
        np.testing.assert_array_equal(grid.planes(1, 4, grid.shape), volume.voxels[1:4])


def test_the_window_is_cut_then_normalised_and_padding_is_the_lowest_value() -> None:
    hu = np.array([-2000, -100, 0, 300, 3000], np.int16).reshape(1, 1, 5)
    volume = Volume(hu, np.eye(4))
    ranged = Input.model_validate(
        {"window_hu": [-100, 300], "normalise": {"kind": "range", "low": -1, "high": 1}}
    )
    grid = grid_of(volume, ranged)
    planes = grid.planes(0, 2, (2, 2, 6))
    np.testing.assert_allclose(planes[0, 0], [-1, -1, -0.5, 1, 1, -1], atol=1e-6)
    assert (planes[1] == -1).all()
    assert (planes[0, 1] == -1).all()
    zscore = Input.model_validate({"normalise": {"kind": "zscore", "mean": 100, "std": 50}})
    np.testing.assert_allclose(
        grid_of(volume, zscore).planes(0, 1, (1, 1, 5))[0, 0], [-42, -4, -2, 4, 58], atol=1e-4
    )


def scan_labels(volume: Volume, wanted: Input, level: float) -> NDArray[np.uint8]:
    """Label what lies above a level, decided on the scan from scores on the grid."""
    grid = grid_of(volume, wanted)
    labels = np.full(volume.voxels.shape, 9, np.uint8)
    scores = grid.planes(0, grid.shape[0], grid.shape)[:, None]
    padding = [(grid.shape[0], scores[0] + 1000)]
    restore(
        grid,
        [*enumerate(scores), *padding],
        lambda found: (found[0] > level).astype(np.uint8),
        oriented(labels, wanted.axes),
    )
    return labels


@pytest.mark.parametrize("axes", ["SPL", "RAI", "PIR"])
@pytest.mark.parametrize(
    ("step", "least"),
    [((1, 1, 1), 1.0), ((2, 3, 2.5), 0.95), ((0.5, 0.8, 1.3), 0.98), ((1, 1, 2), 0.97), ((2, 1, 1), 0.97)],
)
def test_labels_come_back_to_where_they_were_found(axes: str, step: Any, least: float) -> None:
    z, y, x = np.indices((40, 44, 48))
    ball = (z - 18) ** 2 + (y - 24) ** 2 + (x - 22) ** 2 <= 12**2
    volume = Volume(np.where(ball, np.int16(100), np.int16(0)), np.eye(4))
    found = scan_labels(volume, Input(axes=axes, spacing_mm=step), 50)
    assert set(np.unique(found)) == {0, 1}
    assert 2 * (found & ball).sum() / (found.sum() + ball.sum()) >= least
    np.testing.assert_allclose(np.array(np.nonzero(found)).mean(axis=1), [18, 24, 22], atol=0.2)


@pytest.mark.parametrize("axes", ["SPL", "RAI"])
@pytest.mark.parametrize("spacing", [(1.7, 1.1, 0.9), (0.9, 0.4, 0.7), (5.0, 2.0, 2.0)])
def test_linear_scores_come_back_as_they_were(axes: str, spacing: tuple[float, float, float]) -> None:
    volume = ramp((17, 20, 30))
    wanted = Input(axes=axes, spacing_mm=spacing)
    inner = tuple(slice(6, -6) for _ in range(3))  # at the rim the outermost voxels go on
    for level in (1000, 3000, 5500):
        sure = np.abs(volume.voxels[inner] - level) > 1
        found = scan_labels(volume, wanted, level)[inner]
        np.testing.assert_array_equal(found[sure], (volume.voxels[inner] > level)[sure])


@pytest.mark.parametrize(
    "wrong",
    [
        {"axes": "SPP"},
        {"axes": "SIP"},
        {"axes": "XYZ"},
        {"spacing_mm": [1, 1]},
        {"spacing_mm": [1, 0, 1]},
        {"window_hu": [5, 5]},
        {"normalise": {"kind": "range"}},
        {"normalise": {"kind": "zscore", "std": 0}},
    ],
)
def test_an_input_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Input.model_validate(wrong)


def test_a_manifest_of_a_newer_platform_goes_to_another_engine() -> None:
    good = {"name": "m", "version": "1", "patch": {"size": [8, 8, 8]}, "labels": [{"name": "a"}], "new": 1}
    assert read_manifest(good).channels == 2
    assert read_manifest({**good, "output": {"kind": "sigmoid"}}).channels == 1
    for wrong in (
        {**good, "output": {"kind": "oracle"}},
        {**good, "labels": [{"name": "a"}, {"name": "a"}]},
        {**good, "labels": [{"name": "../a"}]},
        {**good, "labels": []},
        {**good, "output": {"kind": "sigmoid", "threshold": 1}},
        {"name": "m"},
    ):
        with pytest.raises(RetryElsewhere) as refusal:
            read_manifest(wrong)
        assert refusal.value.code == "MODEL_MANIFEST_UNKNOWN"
    assert ModelManifest.model_validate(good).input.axes == "SPL"
