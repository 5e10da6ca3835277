"""The engine process: registers, beats, takes offers, and leaves without losing anything."""

import logging
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Mapping
from types import FrameType

from kombu.utils.url import maybe_sanitize_url

from hounsfield_engine.agent import wire
from hounsfield_engine.agent.attempt import Attempts, Stop
from hounsfield_engine.agent.child import WarmChild
from hounsfield_engine.agent.executor import Executor
from hounsfield_engine.agent.heart import Heart, Orders
from hounsfield_engine.agent.intake import Intake, Slots, make_app
from hounsfield_engine.agent.launch import Launcher
from hounsfield_engine.agent.platform import Platform, Refused, Unreachable
from hounsfield_engine.agent.workdir import WorkDir
from hounsfield_engine.sdk import Manifest
from hounsfield_engine.settings import EngineSettings

log = logging.getLogger(__name__)
EXIT_OK = 0
EXIT_SUPERSEDED = 3
EXIT_REFUSED = 4
LEAVE_WITHIN_S = 8.0
REPORT_S = 3.0  # of them, to kill a child and tell the platform


class Agent:
    """One run of the engine, from registration to exit code."""

    def __init__(self, settings: EngineSettings, manifests: Mapping[str, Manifest]) -> None:
        self._settings = settings
        self._manifests = manifests
        self._boot_id = uuid.uuid4().hex
        self._attempts = Attempts()
        self._platform = Platform(
            settings.api_url, settings.token.get_secret_value(), connections=8 + 8 * settings.capacity
        )
        self._draining = threading.Event()  # take no more offers
        self._leaving = threading.Event()  # and do not wait for the running ones
        self._exit_code = EXIT_OK

    def run(self, *, exit_with_parent: bool = False) -> int:
        """Serve until told to stop; the exit codes are in the README."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        if exit_with_parent:
            threading.Thread(
                target=self._watch_parent, args=(self._settings.parent_pid or os.getppid(),), daemon=True
            ).start()
        workdir = WorkDir(self._settings.work_folder())
        warm = WarmChild(
            sorted({manifest.module for manifest in self._manifests.values() if manifest.module})
        )
        try:
            registration = self._register_patiently()
            if registration:
                self._serve(registration, workdir, warm)
        finally:
            warm.close()
            self._platform.close()
            workdir.close()
        log.info("engine.stopped code=%d", self._exit_code)
        return self._exit_code

    def _serve(self, registration: wire.RegisterReply, workdir: WorkDir, warm: WarmChild) -> None:
        settings = self._settings
        app = make_app(
            settings.broker_url.get_secret_value(),
            registration.exchange,
            registration.queues,
            registration.queue_arguments,
            Slots(settings.capacity),
        )
        app.execute = Executor(
            settings,
            self._boot_id,
            self._manifests,
            self._platform,
            self._attempts,
            workdir,
            Launcher(warm.take, settings.container_engine),
        )
        intake = Intake(app, settings.id, settings.capacity)
        heart = Heart(
            self._platform,
            (settings.id, self._boot_id),
            self._attempts,
            self._status,
            Orders(drain=self._drain, register=self._register_again, superseded=self._superseded),
            registration.heartbeat_interval_s,
        )
        log.info(
            "engine.serving id=%s capacity=%d queues=%s broker=%s",
            settings.id,
            settings.capacity,
            ",".join(registration.queues),
            maybe_sanitize_url(settings.broker_url.get_secret_value()),
        )
        intake.start()
        heart.start()
        self._draining.wait()
        intake.stop()
        while intake.is_alive() and not self._leaving.is_set():
            intake.join(0.2)
        if intake.is_alive():
            self._leave(intake)
        heart.stop()

    def _leave(self, intake: Intake) -> None:
        deadline = time.monotonic() + LEAVE_WITHIN_S
        if self._exit_code == EXIT_OK:
            intake.join(self._settings.shutdown_grace_s)
            self._attempts.stop_all(Stop.LEAVING, spare_finishing=True)
            intake.join(max(0.0, deadline - time.monotonic() - REPORT_S))
            self._attempts.stop_all(Stop.LEAVING)
        intake.join(max(0.0, deadline - time.monotonic()))
        if intake.is_alive():
            # a thread hangs in the network; its child is dead, and the platform's reaper will notice the rest
            log.warning("engine.left-abruptly attempts=%d", len(self._attempts.claimed()))
            os._exit(self._exit_code)

    def _register(self) -> wire.RegisterReply:
        return self._platform.register(
            wire.RegisterRequest(
                engine_id=self._settings.id,
                boot_id=self._boot_id,
                hostname=socket.gethostname(),
                port=0,
                capacity=self._settings.capacity,
                memory_mb=self._settings.node_memory(),
                supported_algorithms=[
                    wire.Algorithm.model_validate(manifest.model_dump(mode="json"))
                    for manifest in self._manifests.values()
                ],
            )
        )

    def _register_patiently(self) -> wire.RegisterReply | None:
        delay = 0.25
        while not self._draining.is_set():
            try:
                return self._register()
            except Unreachable as error:
                log.warning("register.retry seconds=%.1f reason=%s", delay, error)
                self._draining.wait(delay)
                delay = min(delay * 2, 10.0)
            except Refused as error:
                log.error("register.refused reason=%s", error)
                self._exit_code = EXIT_REFUSED
                return None
        return None

    def _register_again(self) -> None:
        """The platform forgot us; the queues depend on our id and algorithms, which are the same."""
        try:
            self._register()
        except (Refused, Unreachable) as error:
            log.error("register.failed reason=%s", error)

    def _status(self, load: int) -> wire.EngineStatus:
        if self._draining.is_set():
            return "DRAINING"
        return "BUSY" if load >= self._settings.capacity else "AVAILABLE"

    def _drain(self) -> None:
        if not self._draining.is_set():
            log.info("engine.draining")
        self._draining.set()

    def _superseded(self) -> None:
        log.error("engine.superseded")
        self._exit_code = EXIT_SUPERSEDED
        self._attempts.stop_all(Stop.FENCED)
        self._leaving.set()
        self._draining.set()

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        log.info("engine.signal name=%s", signal.Signals(number).name)
        self._leaving.set()
        self._draining.set()

    def _watch_parent(self, parent: int) -> None:
        while os.getppid() == parent:
            if self._leaving.wait(0.5):
                return
        log.info("engine.parent-gone")
        self._leaving.set()
        self._draining.set()
