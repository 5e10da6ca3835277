"""The heart beats at the platform's interval, and sooner while something runs."""

import threading
from typing import Any

import pytest

from hounsfield_engine.agent import heart as module
from hounsfield_engine.agent.attempt import Attempt, Attempts, Stop
from hounsfield_engine.agent.heart import Heart, Orders
from hounsfield_engine.agent.wire import HeartbeatReply


class CancellingPlatform:
    """Answers every beat that tells of an attempt with its cancellation."""

    def heartbeat(self, _engine_id: str, body: Any) -> HeartbeatReply:
        return HeartbeatReply(cancel=[attempt.task_id for attempt in body.attempts], drain=False)


def test_a_cancelled_attempt_is_told_long_before_the_interval_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BUSY_S", 0.02)
    attempts, attempt, nothing = Attempts(), Attempt("task", 1, patience_s=60), lambda: None
    platform: Any = CancellingPlatform()
    heart = Heart(
        platform, ("a", "boot-0001"), attempts, lambda _: "AVAILABLE", Orders(nothing, nothing, nothing), 3600
    )
    stopped = threading.Event()
    monkeypatch.setattr(attempt, "stop", lambda reason: reason is Stop.CANCELLED and stopped.set())
    heart.start()
    with attempts.running(attempt):
        attempt.claimed = True
        assert stopped.wait(30)
    heart.stop()
