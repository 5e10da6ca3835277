"""What happens to an offer: claim, fetch, run, send, complete; or fail, or nothing at all when it was fenced."""

import logging
import re
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from hounsfield_engine.agent import wire
from hounsfield_engine.agent.attempt import Attempt, Attempts, Stop, Stopped
from hounsfield_engine.agent.cache import InputCache
from hounsfield_engine.agent.child import Limits
from hounsfield_engine.agent.launch import Launcher
from hounsfield_engine.agent.platform import Platform, Refused, Unreachable
from hounsfield_engine.agent.reporter import Reporter
from hounsfield_engine.agent.transfer import fetch_inputs, fetch_model, send_results
from hounsfield_engine.agent.workdir import WorkDir
from hounsfield_engine.sdk import EngineError, Manifest, Outcome, RetryElsewhere
from hounsfield_engine.settings import EngineSettings

log = logging.getLogger(__name__)


class Executor:
    """Executes offers, each in the thread that calls it."""

    def __init__(
        self,
        settings: EngineSettings,
        boot_id: str,
        manifests: Mapping[str, Manifest],
        platform: Platform,
        attempts: Attempts,
        workdir: WorkDir,
        launch: Launcher,
    ) -> None:
        self._settings = settings
        self._boot_id = boot_id
        self._manifests = manifests
        self._platform = platform
        self._attempts = attempts
        self._workdir = workdir
        self._cache = InputCache(workdir.cache, settings.cache_mb)
        self._launch = launch

    def __call__(self, offer: wire.Offer) -> None:
        """Take an offer through to its end, whatever that is."""
        attempt = Attempt(offer.task_id, offer.epoch, self._settings.patience_s)
        body = wire.ClaimRequest(task_id=offer.task_id, epoch=offer.epoch, boot_id=self._boot_id)
        with self._attempts.running(attempt):
            try:
                claim = attempt.insist(lambda: self._platform.claim(self._settings.id, body))
            except (Refused, Stopped) as error:
                log.info("offer.dropped task=%s epoch=%d reason=%s", offer.task_id, offer.epoch, error)
                return
            attempt.claimed = True
            log.info(
                "attempt.started task=%s epoch=%d algorithm=%s", claim.task_id, claim.epoch, claim.algorithm
            )
            self._attempt(attempt, claim)

    def _attempt(self, attempt: Attempt, claim: wire.ClaimReply) -> None:
        try:
            with Reporter(self._platform, attempt):
                self._run(attempt, claim)
        except Stopped as stopped:
            self._stopped(attempt, stopped.reason)
        except EngineError as error:
            self._fail(attempt, error.code, str(error), error)
        except Refused as error:
            if error.status in (404, 409):
                self._stopped(attempt, Stop.FENCED)
            else:
                self._fail(attempt, "PLATFORM_REFUSED", str(error), RetryElsewhere("", ""))
        except Exception:  # a defect here must neither end the engine nor leave the task without an answer
            log.exception("attempt.broken task=%s epoch=%d", attempt.task_id, attempt.epoch)
            self._fail(attempt, "ENGINE_INTERNAL", "the engine itself failed", RetryElsewhere("", ""))

    def _run(self, attempt: Attempt, claim: wire.ClaimReply) -> None:
        manifest = self._manifests.get(claim.algorithm)
        if manifest is None:
            raise RetryElsewhere("ALGORITHM_UNKNOWN", f"this engine does not have {claim.algorithm}")
        with self._workdir.attempt(f"{claim.task_id}-{claim.epoch}", _task_file(claim, manifest)) as folder:
            attempt.report(0.0, "downloading")
            if claim.model:
                fetch_model(self._platform, attempt, claim.model, folder, self._cache)
            fetch_inputs(self._platform, attempt, claim.inputs, folder, self._cache)
            memory_mb = self._settings.memory_mb or claim.memory_mb or manifest.memory_mb
            limits = Limits(claim.start_to_close_s, memory_mb)
            outcome = self._launch(manifest, folder, memory_mb).run(folder, limits, attempt)
            attempt.finishing = True
            self._hand_in(attempt, claim, folder / "out", outcome)
        log.info(
            "attempt.completed task=%s epoch=%d seconds=%.2f",
            claim.task_id,
            claim.epoch,
            time.monotonic() - attempt.started,
        )

    def _hand_in(self, attempt: Attempt, claim: wire.ClaimReply, out: Path, outcome: Outcome) -> None:
        """Upload and complete; once more if the platform misses a result it had answered for."""
        for last in (False, True):
            results = send_results(self._platform, attempt, claim.output_url_prefix, out, outcome.artifacts)
            body = wire.CompleteRequest(epoch=attempt.epoch, results=results, metrics=dict(outcome.metrics))
            try:
                self._complete(attempt, body)
                return
            except Refused as error:
                if error.code != "RESULT_MISSING" or last:
                    raise

    def _complete(self, attempt: Attempt, body: wire.CompleteRequest) -> None:
        try:
            attempt.insist(partial(self._platform.complete, attempt.task_id, body))
        except Stopped as stopped:
            # a report may have been taken and its answer lost: then a heartbeat is told that nothing runs here any more
            try:
                self._platform.complete(attempt.task_id, body)
            except (Refused, Unreachable):
                raise stopped from None

    def _stopped(self, attempt: Attempt, reason: Stop) -> None:
        if reason is Stop.CANCELLED:
            self._report(
                attempt,
                wire.FailRequest(
                    epoch=attempt.epoch, code="CANCELLED", message="cancelled", decision="cancelled"
                ),
            )
        elif reason is Stop.LEAVING:
            self._report(
                attempt,
                wire.FailRequest(
                    epoch=attempt.epoch,
                    code="ENGINE_SHUTDOWN",
                    message="the engine shuts down",
                    decision="retry_elsewhere",
                ),
            )
        else:
            log.info("attempt.fenced task=%s epoch=%d", attempt.task_id, attempt.epoch)

    def _fail(self, attempt: Attempt, code: str, message: str, error: EngineError) -> None:
        if not re.fullmatch(r"[A-Z][A-Z0-9_]{1,63}", code):
            code = "ALGORITHM_ERROR"
        self._report(
            attempt,
            wire.FailRequest(epoch=attempt.epoch, code=code, message=message[:2000], decision=error.decision),
        )

    def _report(self, attempt: Attempt, body: wire.FailRequest) -> None:
        log.info(
            "attempt.failed task=%s epoch=%d code=%s decision=%s",
            attempt.task_id,
            attempt.epoch,
            body.code,
            body.decision,
        )
        try:
            attempt.insist(lambda: self._platform.fail(attempt.task_id, body), time.sleep)
        except (Refused, Stopped) as error:
            log.info("attempt.failure-not-taken task=%s reason=%s", attempt.task_id, error)


def _task_file(claim: wire.ClaimReply, manifest: Manifest) -> dict[str, Any]:
    """What the child reads; see the README."""
    return {
        "task_id": claim.task_id,
        "epoch": claim.epoch,
        "attempt": claim.attempt,
        "task_type": claim.task_type,
        "algorithm": claim.algorithm,
        "entry": manifest.function,
        "parameters": claim.parameters,
        "inputs": [
            item.model_dump(mode="json", include={"name", "kind", "series_uid"}) for item in claim.inputs
        ],
        "model": claim.model and claim.model.model_dump(mode="json", include={"sha256", "manifest"}),
    }
