"""How the engine process starts, stops and survives."""

import signal
import sys

import psutil
import pytest
from test_attempts import dead


def sleeper(engine, folder):
    task = engine.platform.add(
        "toy_sleep", parameters={"pids": str(folder / f"pids-{len(engine.platform.tasks)}")}
    )
    engine.offer(task)
    return task, folder / f"pids-{len(engine.platform.tasks) - 1}"


def test_sigterm_hands_the_task_back_and_exits_0(engine, tmp_path):
    engine.start()
    task, told = sleeper(engine, tmp_path)
    engine.platform.wait_for(told.exists)
    engine.process.send_signal(signal.SIGTERM)
    assert engine.process.wait(10) == 0
    assert (task.failure["code"], task.failure["decision"]) == ("ENGINE_SHUTDOWN", "retry_elsewhere")
    assert dead(told)


def test_drain_finishes_what_runs_and_takes_no_more(engine):
    engine.platform.faults += [(r"POST .*/complete", 503)]
    engine.start()
    first = engine.finish(engine.platform.add("toy_copy"))
    engine.platform.drain = True
    assert engine.process.wait(15) == 0
    assert first.status == "COMPLETED"
    left = engine.platform.add("toy_copy")
    engine.offer(left)
    engine.platform.drain = False
    engine.start()
    engine.platform.wait_for(lambda: left.status == "COMPLETED", "the offer that waited in the queue")


def test_superseded_process_kills_its_children_and_exits_3(engine, tmp_path):
    engine.start()
    task, told = sleeper(engine, tmp_path)
    engine.platform.wait_for(told.exists)
    engine.platform.superseded = True
    assert engine.process.wait(10) == 3
    assert dead(told)
    assert task.failure is None


def test_waits_for_the_platform_and_registers_again_when_forgotten(engine):
    engine.platform.faults += [(r"POST /api/v1/engines", 503), (r"POST /api/v1/engines", 500)]
    engine.start()
    engine.platform.wait_for(lambda: engine.platform.beats, "registration")
    engine.platform.known = False
    engine.platform.wait_for(lambda: len(engine.platform.boots) == 2, "the second registration")
    assert len(set(engine.platform.boots)) == 1
    assert engine.finish(engine.platform.add("toy_copy")).status == "COMPLETED"


def test_a_full_engine_leaves_offers_in_the_queue(engine, tmp_path):
    engine.start()
    task, told = sleeper(engine, tmp_path)
    engine.platform.wait_for(told.exists)
    waiting = engine.platform.add("toy_copy")
    engine.offer(waiting, queue="algorithm.toy_copy")
    engine.platform.wait_for(lambda: engine.platform.beats[-1].status == "BUSY")
    count = len(engine.platform.beats)
    engine.platform.wait_for(lambda: len(engine.platform.beats) > count + 3)
    with engine.celery.connection() as connection:
        assert connection.default_channel.queue_declare("algorithm.toy_copy", passive=True).message_count == 1
    task.cancel = True
    engine.platform.wait_for(lambda: waiting.status == "COMPLETED", "the offer that waited")


def test_exits_with_its_parent(engine, tmp_path):
    # the parent starts the engine and tells its process id
    script = "import subprocess, sys; p = subprocess.Popen(sys.argv[1:]); open('pid', 'w').write(str(p.pid)); p.wait()"
    engine.start(
        "--exit-with-parent",
        through=(sys.executable, "-c", script.replace("'pid'", repr(str(tmp_path / "pid")))),
    )
    task, told = sleeper(engine, tmp_path)
    engine.platform.wait_for(told.exists)
    child = psutil.Process(int((tmp_path / "pid").read_text()))
    engine.process.kill()
    engine.process.wait()
    psutil.wait_procs([child], timeout=10)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    assert task.failure["decision"] == "retry_elsewhere"
    assert dead(told)


def test_killed_engine_leaves_no_process_and_the_next_one_no_folder(engine, tmp_path):
    engine.start()
    _, told = sleeper(engine, tmp_path)
    engine.platform.wait_for(told.exists)
    engine.process.kill()
    engine.process.wait()
    assert dead(told)
    assert any(path.name.startswith("task-") for path in engine.work.iterdir())
    engine.start()
    assert engine.finish(engine.platform.add("toy_copy")).status == "COMPLETED"
    assert not [path for path in engine.work.iterdir() if path.name.startswith("task-1-")]


@pytest.mark.parametrize(
    ("variable", "value", "status"),
    [("TOKEN", "wrong", 4), ("ALGORITHMS", "no.such:THING", 2), ("CAPACITY", "0", 2)],
)
def test_hopeless_configuration_ends_at_once(engine, variable, value, status):
    engine.environment[f"HOUNSFIELD_ENGINE_{variable}"] = value
    if variable == "ALGORITHMS":
        engine.log = engine.log.with_name("elsewhere.log")
    engine.start()
    assert engine.process.wait(15) == status
    assert value == "no.such:THING" or "wrong" not in engine.log.read_text()


def test_two_engines_do_not_share_a_work_folder(engine):
    engine.start()
    engine.platform.wait_for(lambda: engine.platform.beats)
    first, engine.process = engine.process, None
    engine.start()
    try:
        assert engine.process.wait(15) == 5
    finally:
        first.kill()
        first.wait()
