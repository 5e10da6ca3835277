"""Sending studies to a node: a job that goes on where it was when it is tried again."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.dimse.errors import NodeError, NothingToSend
from hounsfield.dimse.models import DicomNode, DicomTransfer
from hounsfield.dimse.nodes import calling
from hounsfield.dimse.outgoing import Counts, Sender, contexts_for
from hounsfield.dimse.selection import of_ids
from hounsfield.dimse.trail import Trail
from hounsfield.dimse.transfers import Teller, begin, give_up, order
from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.kit.jobs import job
from hounsfield.kit.platform import Platform


def send_instances(
    session: Session, node: DicomNode, instance_ids: Sequence[str], *, by: str | None = None
) -> DicomTransfer:
    """Have instances of one study of the node's organization sent to it; `by` is who is told how far it is.

    Raises
    ------
    NothingToSend
        There are none.
    """
    if not instance_ids:
        raise NothingToSend
    study = select(Study.study_uid).join(Series).join(Instance).where(Instance.id == instance_ids[0])
    wanted = {"instances": list(instance_ids), "study_uid": session.scalar(study)}
    return order(session, node, "SEND", wanted, total=len(instance_ids), by=by)


def _give_up(platform: Platform, **arguments: Any) -> None:
    give_up(platform, arguments["transfer_id"])


@job("dimse.send", given_up=_give_up)
def send_job(platform: Platform, **arguments: Any) -> None:
    """Send what a transfer names; an error is tried again with what is left, a refusal by the node is not."""
    begun = begin(platform, arguments["transfer_id"])
    if begun is None:
        return
    transfer, node = begun
    chosen = of_ids(platform, transfer.organization_id, transfer.wanted["instances"])
    Trail(platform, node).retrieved(chosen, node.ae_title)
    sent = set(transfer.wanted.get("sent", ()))
    counts = Counts(total=len(transfer.wanted["instances"]), completed=len(sent))
    counts.failed = counts.total - len(chosen)  # removed since it was ordered
    teller = Teller(platform, transfer)
    left = [each for each in chosen if each.instance_id not in sent]
    try:
        for group, contexts in contexts_for(left):
            with calling(platform, node, contexts) as channel:
                sender = Sender(platform, channel)
                for each in group:
                    before = counts.failed
                    sender.send(each, counts)
                    if counts.failed == before:
                        sent.add(each.instance_id)
                    teller.tell(counts)
    except NodeError as error:
        teller.again(counts, error, sent=sorted(sent))
        raise
    teller.end(counts)
