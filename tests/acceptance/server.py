"""The platform as a person starts it: one command, one folder, one port."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import httpx
import psutil
from tests.processes import free_port

ADMIN_PASSWORD = "acceptance administrator"
START_SECONDS, STOP_SECONDS = 90.0, 10.0


class Server:
    """`hounsfield up` on a free port; it can be stopped, killed and started again on the same folder."""

    def __init__(self, data_dir: Path, *, demo: bool = True, engine: bool = True) -> None:
        self.data_dir = data_dir
        self._choices = ["--demo" if demo else "--no-demo", "--engine" if engine else "--no-engine"]
        self._choices.append("--no-dimse")  # its port is the same for all
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        command = [str(Path(sys.executable).parent / "hounsfield"), "up"]
        command += ["--data-dir", str(self.data_dir), "--port", str(self.port), *self._choices]
        self._process = subprocess.Popen(
            command,
            env={**os.environ, "HOUNSFIELD_ADMIN_PASSWORD": ADMIN_PASSWORD},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._wait_for_banner(self._process)
        # the banner is printed once the port is open
        answer = httpx.get(f"{self.url}/readyz", timeout=START_SECONDS)
        assert answer.status_code == 200, answer.text

    def stop(self) -> None:
        """Press Ctrl-C; the promise is an exit with 0 within ten seconds."""
        process = self._take()
        process.send_signal(signal.SIGINT)
        code = process.wait(STOP_SECONDS)
        self._finish()
        assert code == 0, f"ended with {code}; see {self.data_dir / 'logs'}"

    def kill(self) -> None:
        """Pull the plug on the platform's process; its worker and engine have to notice."""
        process = self._take()
        process.kill()
        process.wait()
        self._finish()

    def processes(self) -> dict[str, list[psutil.Process]]:
        """Return what runs now: `up`, its `worker` and `engine`, and the `attempts` that the engine computes."""
        assert self._process is not None, "the server is not running"
        up = psutil.Process(self._process.pid)
        found: dict[str, list[psutil.Process]] = {"up": [up]}
        for child in up.children():
            found["worker" if "worker" in child.cmdline() else "engine"] = [child]
        found["attempts"] = [each for engine in found.get("engine", []) for each in engine.children()]
        return found

    def kill_all(self) -> None:
        """Pull the plug on the whole machine."""
        together = [each for processes in self.processes().values() for each in processes]
        for process in together:
            process.kill()
        psutil.wait_procs(together, timeout=STOP_SECONDS)
        self.kill()

    def _finish(self) -> None:
        if self._reader:
            self._reader.join(STOP_SECONDS)

    def _take(self) -> subprocess.Popen[str]:
        process, self._process = self._process, None
        assert process is not None, "the server is not running"
        return process

    def _wait_for_banner(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        said: list[str] = []
        hurry = threading.Timer(START_SECONDS, process.kill)
        hurry.start()
        try:
            for line in process.stdout:
                said.append(line)
                if "Ctrl-C" in line:
                    break
            else:
                raise AssertionError(f"the platform did not start:\n{''.join(said)}")
        finally:
            hurry.cancel()
        # whatever is printed later must not fill the pipe
        self._reader = threading.Thread(target=_read_to_the_end, args=(process.stdout,), daemon=True)
        self._reader.start()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None


def _read_to_the_end(output: IO[str]) -> None:
    with output:
        for _ in output:
            pass
