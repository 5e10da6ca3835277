"""Fetching studies from a node: by C-GET where it offers that, else by C-MOVE to us."""

from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hounsfield.dicom.syntaxes import STORAGE_CLASSES
from hounsfield.dimse import requests
from hounsfield.dimse.errors import NodeError, NodeLacksService
from hounsfield.dimse.models import DicomNode, DicomTransfer
from hounsfield.dimse.outgoing import Counts
from hounsfield.dimse.storing import CANNOT_UNDERSTAND, OUT_OF_RESOURCES, SUCCESS, UID_TAKEN
from hounsfield.dimse.syntaxes import STORAGE
from hounsfield.dimse.trail import Trail
from hounsfield.dimse.transfers import Teller, begin, give_up
from hounsfield.imaging.intake import Intake, Outcome
from hounsfield.kit.jobs import job
from hounsfield.kit.platform import Platform

log = structlog.get_logger()
# the usual classes first: an association has not room for all
_CLASSES = [*STORAGE_CLASSES, *sorted(STORAGE - STORAGE_CLASSES.keys())]


def _give_up(platform: Platform, **arguments: Any) -> None:
    give_up(platform, arguments["transfer_id"])


@job("dimse.retrieve", given_up=_give_up)
def retrieve_job(platform: Platform, **arguments: Any) -> None:
    """Fetch what a transfer names. Harmless when run again: what is here already is no new object."""
    begun = begin(platform, arguments["transfer_id"])
    if begun is None:
        return
    transfer, node = begun
    teller = Teller(platform, transfer)
    try:
        counts = _fetch(platform, transfer, node, teller)
    except NodeError as error:
        teller.again(Counts(), error)
        raise
    teller.end(counts)


def _fetch(platform: Platform, transfer: DicomTransfer, node: DicomNode, teller: Teller) -> Counts:
    wanted = transfer.wanted
    level = "SERIES" if wanted["series_uid"] else "STUDY"
    keys = {"StudyInstanceUID": wanted["study_uid"]}
    if wanted["series_uid"]:
        keys["SeriesInstanceUID"] = wanted["series_uid"]
    if wanted["method"] != "move":
        intake = Intake(platform, transfer.organization_id, None, f"dimse:{node.ae_title}")
        trail = Trail(platform, node)
        try:
            return requests.get(
                platform, node, level, keys, _CLASSES, lambda file: _keep(intake, trail, file), teller.tell
            )
        except NodeLacksService:
            if wanted["method"] == "get":
                raise
    return requests.move(platform, node, level, keys, teller.tell)


def _keep(intake: Intake, trail: Trail, file: bytes) -> int:
    try:
        (arrived,) = intake.take([file])
        if arrived.study_uid:
            trail.received(arrived.study_uid)
    except (OSError, SQLAlchemyError):
        log.exception("dimse.store_failed")
        return OUT_OF_RESOURCES
    if arrived.outcome is Outcome.REFUSED:
        return CANNOT_UNDERSTAND
    return UID_TAKEN if arrived.outcome is Outcome.CONFLICT else SUCCESS
