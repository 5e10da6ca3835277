"""The strip: what was acknowledged is taken in, by this process or by the next; what is torn is not."""

import threading
from pathlib import Path

import pytest

from hounsfield.dimse.landing.strip import Full, Origin, Strip

SCANNER = Origin("o" * 32, "n" * 32, "SCANNER")
SIZE = 8 << 20


class Archive:
    """Takes objects when it is open."""

    def __init__(self, *, open_: bool = True) -> None:
        self.objects: list[bytes] = []
        self.open = open_

    def __call__(self, origin: Origin, objects: list[bytes]) -> None:
        if not self.open:
            raise OSError("closed")
        self.objects += objects


def put_all(strip: Strip, count: int, size: int = 100_000) -> list[bytes]:
    objects = [bytes([number % 256]) * size for number in range(count)]
    for number, data in enumerate(objects):
        strip.put(SCANNER, f"1.2.{number}", data, 10)
    return objects


def test_more_than_the_strip_holds_is_taken_in_in_its_order(tmp_path: Path) -> None:
    archive = Archive()
    strip = Strip(tmp_path, archive, size=SIZE)
    strip.start()
    objects = put_all(strip, 200)  # twice and a half its size
    assert strip.settled(10)
    assert archive.objects == objects
    assert not strip.holds(SCANNER.organization_id, "1.2.3")
    strip.stop(5)


def test_the_next_process_takes_in_what_a_dead_one_left(tmp_path: Path) -> None:
    dead = Strip(tmp_path, Archive(open_=False), size=SIZE)
    objects = put_all(dead, 12)  # its other end never ran
    dead.stop(0)
    archive = Archive()
    strip = Strip(tmp_path, archive, size=SIZE)
    assert archive.objects == objects
    strip.stop(0)
    again = Archive()
    Strip(tmp_path, again, size=SIZE).stop(0)
    assert again.objects == []


def test_what_is_torn_was_never_acknowledged(tmp_path: Path) -> None:
    dead = Strip(tmp_path, Archive(open_=False), size=SIZE)
    objects = put_all(dead, 3)
    dead.stop(0)
    path = tmp_path / "0.strip"
    data = path.read_bytes()
    at = data.rindex(objects[2][:1000])
    path.write_bytes(data[:at] + b"\xff" + data[at + 1 :])
    archive = Archive()
    Strip(tmp_path, archive, size=SIZE).stop(0)
    assert archive.objects == objects[:2]


def test_a_full_strip_refuses_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    archive = Archive(open_=False)
    strip = Strip(tmp_path, archive, size=SIZE)
    strip.start()

    def fill() -> None:
        for number in range(200):
            strip.put(SCANNER, f"1.2.{number}", bytes(100_000), 0.1)

    with pytest.raises(Full):
        fill()
    archive.open = True
    assert strip.settled(10)
    strip.put(SCANNER, "1.3", b"after", 5)
    assert strip.settled(10)
    assert archive.objects[-1] == b"after"
    strip.stop(5)


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    archive = Archive()
    strip = Strip(tmp_path, archive, size=SIZE)
    strip.start()

    def bring(who: int) -> None:
        for number in range(20):
            strip.put(SCANNER, f"1.{who}.{number}", f"{who}/{number}".encode(), 10)

    threads = [threading.Thread(target=bring, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert strip.settled(10)
    assert sorted(archive.objects) == sorted(f"{who}/{n}".encode() for who in range(8) for n in range(20))
    strip.stop(5)


def test_what_lands_one_after_the_other_is_taken_in_together_unless_somebody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hounsfield.dimse.landing.strip.GATHER_SECONDS", 60)
    taken: list[int] = []
    strip = Strip(tmp_path, lambda _origin, objects: taken.append(len(objects)), size=SIZE)
    strip.start()
    put_all(strip, 5)
    assert taken == []
    assert strip.settled(10), "it does not keep somebody waiting who asks"
    assert taken == [5]
    put_all(strip, 5)
    strip.stop(10)
    assert sum(taken) == 10
