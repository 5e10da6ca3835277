"""Hints in bursts: the first at once, then one a second, and the last is never lost."""

from collections.abc import Callable
from typing import Any

from hounsfield.realtime.pace import Pace


class Clock:
    """Stands where the event loop stands: time goes on when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0
        self.due: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, act: Callable[[], None]) -> Any:
        self.due.append((self.now + seconds, act))
        return self

    def cancel(self) -> None:
        self.due.clear()

    def go(self, seconds: float) -> None:
        self.now += seconds
        ripe = [entry for entry in self.due if entry[0] <= self.now]
        self.due = [entry for entry in self.due if entry not in ripe]
        for _, act in ripe:
            act()


def paced(clock: Clock) -> tuple[Pace, list[float]]:
    acted: list[float] = []
    return Pace(clock, lambda: acted.append(clock.now)), acted  # type: ignore[arg-type]


def test_the_first_is_passed_on_at_once_and_a_burst_as_one() -> None:
    clock = Clock()
    pace, acted = paced(clock)
    for _ in range(50):
        pace.touch()
    assert acted == [100.0]
    clock.go(0.4)
    pace.touch()
    clock.go(0.6)
    assert acted == [100.0, 101.0]
    clock.go(10)
    assert acted == [100.0, 101.0]
    pace.touch()
    assert acted == [100.0, 101.0, 111.0]


def test_once_stopped_nothing_follows() -> None:
    clock = Clock()
    pace, acted = paced(clock)
    pace.touch()
    pace.touch()
    pace.stop()
    clock.go(10)
    assert acted == [100.0]
