"""What happens behind the strip: objects go into the archive, and what it will not have is kept beside it."""

import hashlib
from pathlib import Path

import structlog

from hounsfield.dimse import figures
from hounsfield.dimse.landing.strip import Origin, Strip
from hounsfield.dimse.models import DicomNode
from hounsfield.dimse.trail import Trail
from hounsfield.imaging.intake import Intake, Outcome
from hounsfield.kit.platform import Platform

log = structlog.get_logger()


def open_strip(platform: Platform) -> Strip | None:
    """Return the strip of this process, or None where objects are taken in one by one.

    That is so where they are kept in a bucket (then this machine's disk is nothing that has to be kept), where it is
    switched off, and where another process has the strip.
    """
    settings = platform.settings
    if platform.blobs.bucket is not None or not settings.dimse_landing_mb:
        return None
    folder = settings.data_dir.resolve() / "landing"
    try:
        return Strip(folder, Arrivals(platform, folder), size=settings.dimse_landing_mb << 20)
    except BlockingIOError:
        log.warning("dimse.landing_taken", folder=str(folder))
        return None


class Arrivals:
    """Takes in what landed. What was acknowledged is never dropped, whatever is wrong with it."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        self._platform, self._folder = platform, folder

    def __call__(self, origin: Origin, objects: list[bytes]) -> None:
        intake = Intake(self._platform, origin.organization_id, None, f"dimse:{origin.ae_title}")
        arrived = intake.take(objects)
        for data, each in zip(objects, arrived, strict=True):
            figures.STORED.labels(each.outcome.value).inc()
            if each.outcome in (Outcome.CONFLICT, Outcome.REFUSED):
                self._keep_aside(origin, data, each.code)
        node = DicomNode(id=origin.node_id, organization_id=origin.organization_id, ae_title=origin.ae_title)
        trail = Trail(self._platform, node)
        for study_uid in {each.study_uid for each in arrived} - {""}:
            trail.received(study_uid)

    def _keep_aside(self, origin: Origin, data: bytes, code: str) -> None:
        """Checks before the acknowledgement leave this to races: two nodes, one UID, the same moment."""
        folder = self._folder / "aside" / origin.organization_id
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{hashlib.sha256(data).hexdigest()}.dcm"
        path.write_bytes(data)
        log.error("dimse.kept_aside", node=origin.ae_title, reason=code, file=str(path))
