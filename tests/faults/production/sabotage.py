"""A role of the platform with a fault built in: `python -m tests.faults.production.sabotage FAULT MARK ROLE…`.

The faults stop a process exactly where a power cut would hurt, so that a test can kill it there, or make it do what no
sound process does. MARK is a file that says that the place was reached, or that the fault is (still) wanted.
"""

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hounsfield.cli.main import main
from hounsfield.imaging.ingest import Ingested, Progress
from hounsfield.kit import jobs
from hounsfield.kit.broker import Broker
from hounsfield.kit.leader import Leadership
from hounsfield.kit.outbox import OutboxMessage
from hounsfield.kit.platform import Platform
from hounsfield.kit.relay import Relay
from hounsfield.tasks import engine_api, prepare, scheduler

COPIES = 3
DWELL_S = 0.05


def _stop_here(mark: Path) -> None:
    mark.touch()
    threading.Event().wait()


def before_publish(mark: Path) -> None:
    """Hang with a job claimed from the outbox and not yet published."""

    def publish(self: Broker, message: OutboxMessage) -> None:
        if message.kind == "job" and not mark.exists():
            _stop_here(mark)
        original(self, message)

    original = Broker.publish
    Broker.publish = publish


def after_publish(mark: Path) -> None:
    """Hang with a job published and not yet struck off the outbox."""

    def publish(self: Broker, message: OutboxMessage) -> None:
        original(self, message)
        if message.kind == "job" and not mark.exists():
            _stop_here(mark)

    original = Broker.publish
    Broker.publish = publish


def thrice(_mark: Path) -> None:
    """Send every message three times, each batch in an order of its own."""

    def send(self: Relay, batch: list[OutboxMessage]) -> Iterator[int]:
        shuffled = batch * COPIES
        random.shuffle(shuffled)
        for message in shuffled:
            self._publish(message)
        yield from (message.id for message in batch)

    Relay._send = send


def in_ingest(mark: Path) -> None:
    """Hang once a batch of an archive is committed, the first time."""

    def take_in(platform: Platform, upload_id: str, report: Callable[[Progress], None]) -> Ingested:
        def told(progress: Progress) -> None:
            report(progress)
            if progress.done and not mark.exists():
                _stop_here(mark)

        return original(platform, upload_id, told)

    original = prepare.ingest
    prepare.ingest = take_in


def deadly(mark: Path) -> None:
    """Die of every archive that is to be taken in, while the mark is there."""

    def take_in(platform: Platform, **arguments: Any) -> None:
        if mark.exists():
            os.kill(os.getpid(), signal.SIGKILL)
        original(platform, **arguments)

    original, given_up = jobs._jobs["imaging.ingest"]
    jobs._jobs["imaging.ingest"] = (take_in, given_up)


def usurper(_mark: Path) -> None:
    """Lead without asking, and take time over each decision, so that another who leads makes the same one."""

    def move(*arguments: Any, **changes: Any) -> None:
        time.sleep(DWELL_S)
        original(*arguments, **changes)

    Leadership.hold = lambda _self: True
    original = scheduler.move
    scheduler.move = move


def mute(mark: Path) -> None:
    """Never answer an engine that asks for an input file or sends a result, and say which it was beside the mark."""

    def files(*arguments: Any, **named: Any) -> Any:
        if "sha256" in named:
            _stop_here(mark.with_name("input"))
        return original(*arguments, **named)

    def receive(*_: Any, **__: Any) -> Any:
        _stop_here(mark.with_name("output"))

    original = engine_api.series_files
    engine_api.series_files = files
    engine_api.StoredFile = receive


FAULTS: dict[str, Callable[[Path], None]] = {
    fault.__name__: fault
    for fault in (
        before_publish,
        after_publish,
        thrice,
        in_ingest,
        deadly,
        usurper,
        mute,
    )
}

if __name__ == "__main__":
    FAULTS[sys.argv.pop(1)](Path(sys.argv.pop(1)))
    main()
