"""Engine processes forked from one that has imported everything: a test costs no second of imports."""

import multiprocessing
import os
import signal

from hounsfield_engine.cli import main

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["hounsfield_engine.cli", "kombu_sqlite"])


def _serve(environment, options, log):
    os.environ.clear()
    os.environ.update(environment)
    with open(log, "ab") as sink:
        os.dup2(sink.fileno(), 1)
        os.dup2(sink.fileno(), 2)
    main(["run", *options])


class Forked:
    """The part of `subprocess.Popen` the tests use."""

    def __init__(self, environment, options, log):
        self._process = CONTEXT.Process(target=_serve, args=(environment, options, str(log)))
        self._process.start()

    def poll(self):
        return self._process.exitcode

    def wait(self, timeout=20):
        self._process.join(timeout)
        assert self._process.exitcode is not None, "the engine did not end"
        return self._process.exitcode

    def terminate(self):
        self._process.terminate()

    def kill(self):
        os.kill(self._process.pid, signal.SIGKILL)
