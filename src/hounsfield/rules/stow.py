"""Sending a series to a DICOMweb server (STOW-RS, PS3.18 10.5), a few images in each request.

A server that takes an image twice keeps it once, so a job that comes again may send again what was sent.
"""

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import structlog
from sqlalchemy import select

from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.kit.errors import DomainError, NotFound
from hounsfield.kit.jobs import job
from hounsfield.kit.platform import Platform
from hounsfield.kit.sealing import unseal
from hounsfield.rules.access import of_organization
from hounsfield.rules.errors import PeerRefused, PeerUnreachable, TargetGone
from hounsfield.rules.models import DicomwebPeer, RuleRun
from hounsfield.rules.runs import fail, settle

log = structlog.get_logger()
PURPOSE = "dicomweb-peer"
MOST_IMAGES, MOST_BYTES = 32, 32 << 20
TIMEOUT = httpx.Timeout(60.0, connect=10.0)
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})


class PeerBusy(Exception):  # the job framework tries again
    """The server does not answer, or says that it will later."""


def _give_up(platform: Platform, **arguments: Any) -> None:
    _end(platform, arguments, PeerUnreachable(name=_peer_name(platform, arguments)))


@job("rules.stow", given_up=_give_up)
def stow_job(platform: Platform, **arguments: Any) -> None:
    """Send the series of a run to the peer that the step names."""
    with platform.db.read() as session:
        run = session.get(RuleRun, arguments["run_id"])
        if run is None or run.steps[arguments["index"]]["status"] != "SENDING":
            return
        query = (
            select(Instance.sha256, Instance.size)
            .join(Series, Series.id == Instance.series_id)
            .join(Study, Study.id == Series.study_id)
            .where(Series.id == run.series_id, Study.deleted_at.is_(None))
            .order_by(Instance.number)
        )
        objects = [(sha256, size) for sha256, size in session.execute(query)]
        peer_id = run.steps[arguments["index"]]["action"]["peer_id"]
        try:
            peer = of_organization(session, DicomwebPeer, peer_id, run.organization_id)
        except NotFound:
            peer = None
    try:
        if peer is None or not objects:
            raise TargetGone(what="DICOMweb" if peer is None else "series")
        sent = _send(platform, peer, objects)
    except DomainError as error:
        _end(platform, arguments, error)
    else:
        _end(platform, arguments, None, {"peer": peer.name, "images": sent})


def _send(platform: Platform, peer: DicomwebPeer, objects: list[tuple[str, int]]) -> int:
    token = unseal(platform.settings, PURPOSE, peer.token) if peer.token else None
    headers = {"Accept": "application/dicom+json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    sent = 0
    with httpx.Client(timeout=TIMEOUT, headers=headers) as client:
        for batch in _batches(objects):
            boundary = uuid.uuid4().hex
            body = b"".join(_parts(platform, batch, boundary))
            content_type = f'multipart/related; type="application/dicom"; boundary={boundary}'
            try:
                answer = client.post(
                    f"{peer.url.rstrip('/')}/studies", content=body, headers={"Content-Type": content_type}
                )
            except httpx.HTTPError as error:
                raise PeerBusy(type(error).__name__) from error
            if answer.status_code in TRANSIENT:
                raise PeerBusy(str(answer.status_code))
            if answer.status_code not in (200, 202) or _has_failures(answer):
                raise PeerRefused(name=peer.name, status=answer.status_code)
            sent += len(batch)
    return sent


def _has_failures(answer: httpx.Response) -> bool:
    """Tell whether the server lists images that it did not take (00081198, FailedSOPSequence)."""
    try:
        said = answer.json()
    except ValueError:
        return False
    first = said[0] if isinstance(said, list) and said else said
    return bool(isinstance(first, dict) and first.get("00081198", {}).get("Value"))


def _batches(objects: list[tuple[str, int]]) -> Iterator[list[str]]:
    batch: list[str] = []
    total = 0
    for sha256, size in objects:
        if batch and (len(batch) == MOST_IMAGES or total + size > MOST_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(sha256)
        total += size
    yield batch


def _parts(platform: Platform, batch: list[str], boundary: str) -> Iterator[bytes]:
    for sha256 in batch:
        yield f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        with platform.blobs.open(sha256) as file:
            yield file.read()
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


def _end(
    platform: Platform,
    arguments: dict[str, Any],
    error: DomainError | None,
    result: dict[str, Any] | None = None,
) -> None:
    with platform.db.write() as session:
        run = session.get(RuleRun, arguments["run_id"], with_for_update=True)
        if run is None or run.steps[arguments["index"]]["status"] != "SENDING":
            return
        if error is None:
            settle(session, run, arguments["index"], status="DONE", result=result or {})
        else:
            fail(session, run, arguments["index"], error)


def _peer_name(platform: Platform, arguments: dict[str, Any]) -> str:
    with platform.db.read() as session:
        run = session.get(RuleRun, arguments["run_id"])
        return str(run.steps[arguments["index"]]["result"].get("peer", "")) if run else ""
