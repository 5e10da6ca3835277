"""Inputs down and results up, four at a time, each byte checked against its SHA-256."""

import errno
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from urllib.parse import quote

from hounsfield_engine.agent import wire
from hounsfield_engine.agent.attempt import Attempt
from hounsfield_engine.agent.cache import InputCache, digest
from hounsfield_engine.agent.platform import Platform, Refused, Unreachable
from hounsfield_engine.sdk import Artifact, Poison, RetryElsewhere, UserFacing

PARALLEL = 4
TRIES = 3  # of a transfer that arrives damaged
WATCH_S = 0.25  # how long a stop may go unnoticed while all transfers hang
MODEL_NAME = "model.onnx"


class _Damaged(Exception):
    """The bytes are not those that were announced."""


def fetch_inputs(
    platform: Platform, attempt: Attempt, inputs: Iterable[wire.Input], folder: Path, cache: InputCache
) -> None:
    """Fill ``in/<input>/<file>`` of the attempt's folder."""
    jobs = []
    for item in inputs:
        (folder / "in" / item.name).mkdir()
        jobs += [(folder / "in" / item.name / file.name, file) for file in item.files]

    def fetch(target: Path, file: wire.InputFile) -> None:
        cache.place(file.sha256, target, lambda part: _download(platform, attempt, file, part))

    with _disk():
        _in_parallel([partial(fetch, *job) for job in jobs], attempt)
        cache.trim()


def fetch_model(
    platform: Platform, attempt: Attempt, model: wire.Model, folder: Path, cache: InputCache
) -> None:
    """Fill ``model/model.onnx`` of the attempt's folder; the cache keeps it for the next task of the same model."""
    file = wire.InputFile(name=MODEL_NAME, url=model.url, sha256=model.sha256, size=model.size)
    (folder / "model").mkdir()
    target = folder / "model" / MODEL_NAME

    def fetch() -> None:
        cache.place(file.sha256, target, lambda part: _download(platform, attempt, file, part))

    with _disk():
        _in_parallel([fetch], attempt)


def send_results(
    platform: Platform, attempt: Attempt, prefix: str, out: Path, artifacts: Iterable[Artifact]
) -> list[wire.Result]:
    """Upload the artifacts and describe them for completion."""
    pairs = [(_described(artifact, out), out / artifact.name) for artifact in artifacts]
    _in_parallel([partial(_upload, platform, attempt, prefix, *pair) for pair in pairs], attempt)
    return [result for result, _ in pairs]


def _download(platform: Platform, attempt: Attempt, file: wire.InputFile, part: Path) -> None:
    def resume() -> None:
        attempt.check()
        offset = part.stat().st_size if part.exists() else 0
        with (
            platform.download(file.url, attempt.epoch, offset) as response,
            part.open("ab" if response.status_code == 206 else "wb") as sink,
        ):
            for block in response.iter_bytes():
                sink.write(block)
                attempt.check()
        if part.stat().st_size < file.size:
            raise Unreachable("the answer was cut off")

    def once() -> None:
        attempt.insist(resume)
        if digest(part) != file.sha256:
            part.unlink()
            raise _Damaged

    try:
        _repeated(once, attempt)
    except _Damaged as error:
        raise RetryElsewhere("INPUT_CORRUPT", f"input {file.name} does not match its SHA-256") from error
    except Refused as error:
        if error.status == 409:
            raise
        raise RetryElsewhere(
            "INPUT_UNAVAILABLE", f"input {file.name} could not be read ({error.status})"
        ) from error


def _upload(platform: Platform, attempt: Attempt, prefix: str, result: wire.Result, path: Path) -> None:
    def once() -> None:
        try:
            reply = attempt.insist(
                lambda: platform.upload(
                    prefix + quote(result.name), attempt.epoch, path, result.sha256, result.content_type
                )
            )
        except Refused as error:
            if error.code == "CHECKSUM_MISMATCH":
                raise _Damaged from error
            raise
        if (reply.sha256, reply.size) != (result.sha256, result.size):
            raise _Damaged

    try:
        _repeated(once, attempt)
    except _Damaged as error:
        raise RetryElsewhere("UPLOAD_CORRUPT", f"result {result.name} arrives damaged") from error
    except Refused as error:
        if error.status != 413:
            raise
        raise UserFacing(
            "RESULT_TOO_LARGE", f"result {result.name} is larger than the platform accepts"
        ) from error


def _described(artifact: Artifact, out: Path) -> wire.Result:
    path = out / artifact.name
    if path.parent != out or path.is_symlink() or not path.is_file():
        raise Poison("RESULT_MISSING", f"the algorithm named a result it did not write: {artifact.name!r}")
    return wire.Result(
        name=artifact.name,
        kind=artifact.kind,
        sha256=digest(path),
        size=path.stat().st_size,
        content_type=artifact.content_type,
        metadata=dict(artifact.metadata),
    )


def _repeated(once: Callable[[], None], attempt: Attempt) -> None:
    for _ in range(TRIES - 1):
        try:
            return once()
        except _Damaged:
            attempt.pause(0.1)
    return once()


def _in_parallel(jobs: list[Callable[[], None]], attempt: Attempt) -> None:
    """Run transfers side by side until all are done, one fails, or the attempt is stopped.

    A transfer that hangs in the network cannot be woken. Its thread is left behind then: it ends at its own timeout, finds
    the attempt stopped, and holds up neither the next offer nor the end of the process.
    """
    waiting, ended = SimpleQueue[Callable[[], None]](), SimpleQueue[BaseException | None]()

    def work() -> None:
        with suppress(Empty):
            while True:
                ended.put(_outcome(waiting.get_nowait()))

    for job in jobs:
        waiting.put(job)
    for _ in range(min(PARALLEL, len(jobs))):
        Thread(target=work, name="transfer", daemon=True).start()
    try:
        for _ in jobs:
            if error := _next(ended, attempt):
                raise error
    finally:
        with suppress(Empty):
            while True:
                waiting.get_nowait()


def _outcome(job: Callable[[], None]) -> BaseException | None:
    try:
        job()
    except BaseException as error:
        return error
    return None


def _next(ended: "SimpleQueue[BaseException | None]", attempt: Attempt) -> BaseException | None:
    while True:
        attempt.check()
        with suppress(Empty):
            return ended.get(timeout=WATCH_S)


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise RetryElsewhere("DISK_FULL", "no room for the inputs on this engine") from error
