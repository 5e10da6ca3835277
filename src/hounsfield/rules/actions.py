"""Carrying out one action of a rule, in the caller's transaction: what it makes is a row, so it happens once or not at all."""

from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.archive import exports
from hounsfield.archive.projects import project_of
from hounsfield.audit.entries import Agent
from hounsfield.audit.service import note
from hounsfield.dimse.send import send_instances
from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.kit.errors import NotFound
from hounsfield.kit.outbox import send_job
from hounsfield.rules.access import node_of, of_organization
from hounsfield.rules.errors import TargetGone
from hounsfield.rules.models import DicomwebPeer, RuleRun
from hounsfield.rules.people import inform, payer, people
from hounsfield.rules.schemas import Action, Deidentify, ForwardToNode, ForwardToPeer, Notify, OrderTask
from hounsfield.tasks import orders
from hounsfield.tasks.schemas import OrderWish

ACTION: TypeAdapter[Action] = TypeAdapter(Action)
_TITLE = {"en": "Rule “{rule}”: images have arrived", "zh-CN": "规则“{rule}”：影像已到达"}
_CONTENT = {
    "en": "{modality} series with {slices} images: {description}",
    "zh-CN": "{modality} 序列，共 {slices} 幅影像：{description}",
}


class Doing:
    """One step of a run: what it is about."""

    def __init__(self, session: Session, run: RuleRun, index: int, study: Study, series: Series) -> None:
        self.session, self.run, self.index = session, run, index
        self.study, self.series = study, series


def carry_out(doing: Doing, action: Action) -> tuple[str, dict[str, Any]]:
    """Do it, and return the step's new status with what came of it.

    Raises
    ------
    DomainError
        It cannot be done; whatever was begun has to be rolled back.
    """
    return _DO[action.kind](doing, action)


def _order(doing: Doing, action: OrderTask) -> tuple[str, dict[str, Any]]:
    actor = payer(doing.session, doing.run.organization_id, action.payer_id)
    wish = OrderWish(
        task_type=action.task_type,
        study_uid=doing.study.study_uid,
        series_uid=doing.series.series_uid,
        parameters=action.parameters,
        priority=action.priority,
        name=f"{doing.run.rule_name}: {doing.series.description}"[:200].rstrip(": "),
    )
    task = orders.order(doing.session, actor, wish)
    return "DONE", {"task_id": task.id, "order_no": task.order_no}


def _notify(doing: Doing, action: Notify) -> tuple[str, dict[str, Any]]:
    told = people(doing.session, doing.run.organization_id, action.user_ids, action.roles)
    words = {
        "rule": doing.run.rule_name,
        "modality": doing.series.modality,
        "slices": doing.series.instance_count,
        "description": doing.series.description or "—",
    }
    inform(
        doing.session,
        told,
        "rule_matched",
        title={language: text.format(**words) for language, text in _TITLE.items()},
        content={language: text.format(**words) for language, text in _CONTENT.items()},
        metadata={"study_uid": doing.study.study_uid, "series_uid": doing.series.series_uid},
    )
    return "DONE", {"told": len(told)}


def _forward_node(doing: Doing, action: ForwardToNode) -> tuple[str, dict[str, Any]]:
    node = node_of(doing.session, doing.run.organization_id, action.node_id)
    query = select(Instance.id).where(Instance.series_id == doing.series.id).order_by(Instance.number)
    transfer = send_instances(doing.session, node, list(doing.session.scalars(query)))
    _disclosed(doing, "forward", node.ae_title)
    return "DONE", {"transfer_id": transfer.id, "peer": node.ae_title}


def _forward_web(doing: Doing, action: ForwardToPeer) -> tuple[str, dict[str, Any]]:
    try:
        peer = of_organization(doing.session, DicomwebPeer, action.peer_id, doing.run.organization_id)
    except NotFound:
        raise TargetGone(what="DICOMweb") from None
    _disclosed(doing, "forward", peer.name)
    send_job(doing.session, "rules.stow", run_id=doing.run.id, index=doing.index)
    return "SENDING", {"peer": peer.name}


def _deidentify(doing: Doing, action: Deidentify) -> tuple[str, dict[str, Any]]:
    try:
        project = project_of(doing.session, doing.run.organization_id, action.project_id)
    except NotFound:
        raise TargetGone(what="project") from None
    owner = project.created_by
    if owner is None:
        raise TargetGone(what="project")
    export = exports.begin(
        doing.session,
        organization_id=doing.run.organization_id,
        owner_id=owner,
        name=f"{doing.run.rule_name} → {project.name}",
        form="copy",
        project_id=project.id,
        series_ids=[doing.series.id],
    )
    _disclosed(doing, "deidentify", project.name)
    return "DONE", {"export_id": export.id}


def _disclosed(doing: Doing, action: str, target: str) -> None:
    rule = Agent("system", doing.run.rule_id, doing.run.rule_name, doing.run.organization_id)
    note(
        doing.session,
        rule,
        action,
        object_type="series",
        object_id=doing.series.series_uid,
        patient_id=doing.study.patient_id,
        organization_id=doing.run.organization_id,
        source="rules",
        details={"target": target},
    )


_DO: dict[str, Callable[[Doing, Any], tuple[str, dict[str, Any]]]] = {
    "order_task": _order,
    "notify": _notify,
    "forward_node": _forward_node,
    "forward_web": _forward_web,
    "deidentify": _deidentify,
}
