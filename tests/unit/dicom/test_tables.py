"""Tables that say how bright a value is, however they are written."""

import numpy as np
import pytest
from pydicom import Dataset
from tests.factories.film import WHITE, root, squared, table

from hounsfield.dicom.errors import InvalidObject
from hounsfield.dicom.tables import MOST_POINTS, curve_of


@pytest.mark.parametrize("gray", [squared, root])
@pytest.mark.parametrize(("count", "bits"), [(4096, 16), (4096, 12), (256, 16), (0x10000, 16)])
def test_a_table_becomes_a_curve(gray: object, count: int, bits: int) -> None:
    curve = curve_of(table(gray, count=count, bits=bits))  # type: ignore[arg-type]
    assert (curve.first, curve.last, len(curve.grays)) == (0, count - 1, min(count, MOST_POINTS))
    places = np.linspace(0, count - 1, len(curve.grays)).round() * WHITE / (count - 1)
    np.testing.assert_allclose(curve.grays, [gray(value) for value in places], atol=2e-3)  # type: ignore[operator]


def _table(descriptor: list[int], vr: str, data: object, data_vr: str = "OW") -> Dataset:
    ds = Dataset()
    ds.add_new("LUTDescriptor", vr, descriptor)
    ds.add_new("LUTData", data_vr, data)
    return ds


def test_values_below_zero_numbers_and_bytes() -> None:
    assert curve_of(_table([3, -1, 8], "SS", [0, 51, 255], "US")).grays == (0.0, 0.2, 1.0)
    assert curve_of(_table([3, -1, 8], "SS", [0, 51, 255], "US")).first == -1
    assert curve_of(_table([4, 0, 8], "US", bytes([0, 51, 102, 255]))).grays == (0.0, 0.2, 0.4, 1.0)


@pytest.mark.parametrize(
    "broken",
    [
        _table([4, 0, 16], "US", b"\0\0"),
        _table([1, 0, 16], "US", b"\0\0"),
        _table([2, 0, 0], "US", b"\0\0\0\0"),
        _table([2, 0, 32], "US", b"\0\0\0\0"),
    ],
    ids=["cut", "one", "no bits", "too many"],
)
def test_a_broken_table_is_refused(broken: Dataset) -> None:
    with pytest.raises(InvalidObject):
        curve_of(broken)
