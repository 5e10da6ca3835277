"""kill -9 at any moment, of any process: every order ends well, is charged once, and every invariant holds.

Each round kills one process, or all of them, at a random moment between the first byte of an upload and the end of its
task. `HOUNSFIELD_TEST_KILLS` rounds are done; the logged seed given as `HOUNSFIELD_TEST_SEED`
repeats them (`--log-cli-level=WARNING` shows it as it goes).
"""

import contextlib
import logging
import os
import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest
from tests.acceptance.people import newcomer
from tests.acceptance.server import Server
from tests.factories import dicom
from tests.faults.conftest import whole
from tests.faults.orders import Order
from websockets.exceptions import WebSocketException

ROUNDS = int(os.environ.get("HOUNSFIELD_TEST_KILLS", "3"))
SEED = int(os.environ.get("HOUNSFIELD_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
log = logging.getLogger(__name__)
VICTIMS = ("up", "worker", "engine", "attempts", "everything")
ENDS = ("COMPLETED", "FAILED", "CANCELLED")
PRICE, LONGEST_RECOVERY = 10, 150.0


@pytest.mark.slow
@pytest.mark.timeout(120 + ROUNDS * 180)
def test_whatever_is_killed_every_order_ends_well_and_is_charged_once(server: Server) -> None:
    chance = random.Random(SEED)
    usual = min(_round(server, f"undisturbed {way}", "nothing", 0.0, resumable=way) for way in (True, False))
    for number, victim in zip(range(ROUNDS), _victims(chance), strict=False):
        moment, resumable = chance.uniform(0, usual), chance.random() < 0.5
        log.warning(
            "seed %d, round %d: kill %s after %.2f s, %s", SEED, number, victim, moment, f"{resumable=}"
        )
        _round(server, f"round {number}", victim, moment, resumable=resumable)
    server.stop()
    whole(server)


def _victims(chance: random.Random) -> Iterator[str]:
    """Choose at random, but everybody once before anybody twice."""
    while True:
        yield from chance.sample(VICTIMS, len(VICTIMS))


def _round(server: Server, name: str, victim: str, moment: float, *, resumable: bool) -> float:
    """Order as somebody new, kill, and return the seconds from the first byte to the end of the task."""
    person, archive = newcomer(server.url), dicom.ct_zip(slices=60, rows=192, seed=f"{SEED} {name}")
    order = Order(person, archive, name, resumable)
    began = time.monotonic()
    done = threading.Event()
    going_on = threading.Thread(target=_order_and_wait, args=(order, done))
    going_on.start()
    done.wait(moment)
    _kill(server, victim)
    going_on.join()
    ended = person.wait(order.task_id or order.send(), *ENDS, seconds=LONGEST_RECOVERY)
    took = time.monotonic() - began
    log.warning("%s after %.1f s: %s", ended["status"], took, _history(ended))
    assert ended["status"] == "COMPLETED", ended
    assert person.get("/tasks")["total"] == 1
    assert person.balance() == 100 - PRICE
    whole(server)
    return took


def _history(task: dict[str, Any]) -> str:
    return " → ".join(f"{event['to']} ({event['reason']})" for event in task["events"])


def _order_and_wait(order: Order, done: threading.Event) -> None:
    """Do what a person does until the platform goes away."""
    with contextlib.suppress(httpx.TransportError, OSError, WebSocketException):
        order.person.wait(order.send(), *ENDS, seconds=LONGEST_RECOVERY)
    done.set()


def _kill(server: Server, victim: str) -> None:
    if victim == "everything":
        server.kill_all()
    elif victim == "up":
        server.kill()
    if not server.running:
        server.start()
        return
    for process in server.processes().get(victim, []):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
