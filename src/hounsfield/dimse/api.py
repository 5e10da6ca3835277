"""`/admin/dicom-nodes`: the DICOM applications an organization talks to, and what is moved between them and us."""

from collections.abc import Sequence
from time import perf_counter
from typing import Any

from fastapi import status
from pydicom.datadict import tag_for_keyword
from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor, CurrentActor
from hounsfield.audit.service import note_read
from hounsfield.dimse import requests, service
from hounsfield.dimse.access import MANAGE, READ, node_for, transfer_for, visible
from hounsfield.dimse.again import order_again
from hounsfield.dimse.archived import Seen, seen, seen_of
from hounsfield.dimse.errors import NodeError, NodeWithoutAddress, UnknownKey
from hounsfield.dimse.identifiers import keys_of
from hounsfield.dimse.models import DicomNode, DicomTransfer
from hounsfield.dimse.schemas import (
    EchoView,
    Found,
    NodeView,
    NodeWish,
    OurselvesView,
    Question,
    RetrieveWish,
    SendWish,
    StudyOfTransfer,
    TransferView,
)
from hounsfield.dimse.selection import named
from hounsfield.dimse.send import send_instances
from hounsfield.dimse.trail import note_order, note_seek
from hounsfield.dimse.transfers import order
from hounsfield.imaging.access import study_for
from hounsfield.kit import i18n
from hounsfield.kit.paging import Page, PagingQuery, paginate
from hounsfield.kit.platform import Platform
from hounsfield.kit.routing import Router
from hounsfield.kit.web import Language, PlatformDep

router = Router(prefix="/admin/dicom-nodes", tags=["dicom nodes"])
i18n.register("NODE_ANSWERS", {"en": "The node answered.", "zh-CN": "该节点已应答。"})
_ALWAYS = {
    "STUDY": ("StudyInstanceUID", "PatientID", "PatientName", "StudyDate", "StudyDescription", "AccessionNumber",
              "ModalitiesInStudy", "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances"),
    "SERIES": ("StudyInstanceUID", "SeriesInstanceUID", "Modality", "SeriesNumber", "SeriesDescription",
               "NumberOfSeriesRelatedInstances"),
    "IMAGE": ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID", "InstanceNumber"),
}  # fmt: skip


@router.get("")
def nodes(actor: CurrentActor, platform: PlatformDep, paging: PagingQuery) -> Page[NodeView]:
    """List the nodes of the organization."""
    actor.require(READ)
    with platform.db.read() as session:
        query = select(DicomNode).where(visible(actor, DicomNode)).order_by(DicomNode.ae_title)
        return paginate(session, query, paging, NodeView.model_validate)


@router.post("", status_code=status.HTTP_201_CREATED)
def add(wish: NodeWish, actor: CurrentActor, platform: PlatformDep) -> NodeView:
    """Register a node; from then on it may call."""
    with platform.db.write() as session:
        node = service.add(session, actor, wish, ours=platform.settings.dimse_ae_title)
        return NodeView.model_validate(node)


@router.get("/ourselves")
def ourselves(actor: CurrentActor, platform: PlatformDep) -> OurselvesView:
    """Say what has to be entered into a scanner that shall reach us."""
    actor.require(READ)
    settings = platform.settings
    return OurselvesView(
        ae_title=settings.dimse_ae_title, host=settings.dimse_host or settings.host, port=settings.dimse_port
    )


@router.get("/transfers")
def transfers(
    actor: CurrentActor,
    platform: PlatformDep,
    paging: PagingQuery,
    language: Language,
    node_id: str | None = None,
) -> Page[TransferView]:
    """List what was sent and fetched, the newest first."""
    actor.require(READ)
    query = select(DicomTransfer).where(visible(actor, DicomTransfer))
    if node_id:
        query = query.where(DicomTransfer.node_id == node_id)
    with platform.db.read() as session:
        ordered = query.order_by(DicomTransfer.created_at.desc(), DicomTransfer.id.desc())
        found: Page[Any] = paginate(session, ordered, paging, lambda row: row)
        items = _transfers(session, actor, found.items, language)
    note_read(
        platform, actor, "study.search", object_type="study", object_id="", details={"among": "transfers"}
    )
    return Page(items=items, total=found.total, page=found.page, size=found.size)


@router.get("/transfers/{transfer_id}")
def transfer(
    transfer_id: str, actor: CurrentActor, platform: PlatformDep, language: Language
) -> TransferView:
    """Show how far a transfer is."""
    with platform.db.read() as session:
        row = transfer_for(session, actor, transfer_id)
        return _transfers(session, actor, [row], language)[0]


@router.post("/transfers/{transfer_id}/again", status_code=status.HTTP_202_ACCEPTED)
def again(transfer_id: str, actor: CurrentActor, platform: PlatformDep, language: Language) -> TransferView:
    """Order once more what failed: a transfer of its own, beside the failed one."""
    with platform.db.write() as session:
        ordered = order_again(session, actor, transfer_id)
        return _transfers(session, actor, [ordered], language)[0]


@router.get("/{node_id}")
def node(node_id: str, actor: CurrentActor, platform: PlatformDep) -> NodeView:
    """Show a node."""
    with platform.db.read() as session:
        return NodeView.model_validate(node_for(session, actor, node_id))


@router.put("/{node_id}")
def change(node_id: str, wish: NodeWish, actor: CurrentActor, platform: PlatformDep) -> NodeView:
    """Describe a node anew."""
    with platform.db.write() as session:
        changed = service.change(session, actor, node_id, wish, ours=platform.settings.dimse_ae_title)
        return NodeView.model_validate(changed)


@router.delete("/{node_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove(node_id: str, actor: CurrentActor, platform: PlatformDep) -> None:
    """Forget a node: from then on it is refused. What it sent stays."""
    with platform.db.write() as session:
        service.remove(session, actor, node_id)


@router.post("/{node_id}/echo")
def echo(node_id: str, actor: CurrentActor, platform: PlatformDep, language: Language) -> EchoView:
    """Call the node now (C-ECHO) and say what happened."""
    asked, began = _node(platform, actor, node_id), perf_counter()
    try:
        requests.echo(platform, asked)
    except (NodeError, NodeWithoutAddress) as error:
        return EchoView(
            ok=False, code=error.code, message=error.detail(language), seconds=perf_counter() - began
        )
    seconds = perf_counter() - began
    return EchoView(ok=True, code="OK", message=i18n.text("NODE_ANSWERS", language), seconds=seconds)


@router.post("/{node_id}/query")
def query(node_id: str, question: Question, actor: CurrentActor, platform: PlatformDep) -> Found:
    """Ask the node what it has (C-FIND)."""
    for keyword in question.keys:
        if tag_for_keyword(keyword) is None:
            raise UnknownKey(keyword=keyword)
    asked = _node(platform, actor, node_id)
    keys: dict[str, Any] = dict.fromkeys(_ALWAYS[question.level], "") | question.keys
    note_seek(platform, actor, asked, question.keys)
    found, complete = requests.find(platform, asked, question.level, keys, question.limit)
    uids = {str(each.get("StudyInstanceUID", "")) for each in found}
    with platform.db.read() as session:
        known = seen(session, actor, asked.organization_id, uids)
        here = {study.study_uid: study.instance_count for study, _ in known}
    return Found(items=[_plain(keys_of(each)) for each in found], complete=complete, here=here)


@router.post("/{node_id}/retrieve", status_code=status.HTTP_202_ACCEPTED)
def retrieve(
    node_id: str, wish: RetrieveWish, actor: CurrentActor, platform: PlatformDep, language: Language
) -> TransferView:
    """Fetch a study or a series from the node."""
    with platform.db.write() as session:
        source = node_for(session, actor, node_id, MANAGE)
        if not source.host:
            raise NodeWithoutAddress
        ordered = order(session, source, "RETRIEVE", wish.model_dump(), total=0, by=actor.user_id)
        note_order(session, actor, ordered, source)
        return _transfers(session, actor, [ordered], language)[0]


@router.post("/{node_id}/send", status_code=status.HTTP_202_ACCEPTED)
def send(
    node_id: str, wish: SendWish, actor: CurrentActor, platform: PlatformDep, language: Language
) -> TransferView:
    """Send a study or a series to the node."""
    target = _node(platform, actor, node_id)
    if not target.host:
        raise NodeWithoutAddress
    with platform.db.read() as session:
        study_for(session, actor, wish.study_uid)
    keys = {"StudyInstanceUID": [wish.study_uid]}
    if wish.series_uid:
        keys["SeriesInstanceUID"] = [wish.series_uid]
    chosen = named(platform, target.organization_id, "SERIES", keys)
    with platform.db.write() as session:
        ids = [each.instance_id for each in chosen]
        ordered = send_instances(session, target, ids, by=actor.user_id)
        note_order(session, actor, ordered, target)
        return _transfers(session, actor, [ordered], language)[0]


def _node(platform: Platform, actor: Actor, node_id: str) -> DicomNode:
    with platform.db.read() as session:
        return node_for(session, actor, node_id, MANAGE)


def _transfers(
    session: Session, actor: Actor, rows: Sequence[DicomTransfer], language: str
) -> list[TransferView]:
    known = seen_of(session, actor, rows)
    return [_transfer(row, known.get((row.organization_id, row.study_uid)), language) for row in rows]


def _transfer(row: DicomTransfer, study: Seen | None, language: str) -> TransferView:
    shown = TransferView.model_validate(row)
    if row.error_code:
        shown.error = i18n.text(row.error_code, language, row.error_params)
    if study:
        shown.study = StudyOfTransfer.of(*study)
    return shown


def _plain(keys: dict[str, Any]) -> dict[str, Any]:
    """Return one value as a text, several as a list."""
    return {
        keyword: value if isinstance(value, dict) or len(value) > 1 else (value[0] if value else None)
        for keyword, value in keys.items()
    }
