"""Ctrl-C while something is computed: the promise is an exit with 0 within ten seconds, and nothing lost."""

import pytest
from tests.acceptance.files import real_ct
from tests.acceptance.people import newcomer
from tests.acceptance.server import Server
from tests.faults.conftest import whole

PRICE = 10


@pytest.mark.slow
def test_a_task_that_ctrl_c_interrupts_is_done_after_the_next_start_and_charged_once(server: Server) -> None:
    person = newcomer(server.url)
    task = person.order(real_ct("ctrl-c", finer=2), tissues=["bone"])
    person.wait(task, "IN_PROGRESS")
    server.stop()
    server.start()
    ended = person.wait(task, "COMPLETED", "FAILED", "CANCELLED")
    assert ended["status"] == "COMPLETED", ended
    assert ended["attempt"] == 2, "it was done before the platform stopped; nothing was tested"
    assert person.balance() == 100 - PRICE
    whole(server)
