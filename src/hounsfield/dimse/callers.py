"""Who calls: from AE titles and an address to a node of one organization, or to nobody."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from sqlalchemy import select, update

from hounsfield.dimse.models import DicomNode
from hounsfield.kit.clock import utc_now
from hounsfield.kit.platform import Platform


@dataclass(frozen=True)
class Caller:
    """A node as it was when it called."""

    id: str
    organization_id: str
    ae_title: str
    may_store: bool
    may_query: bool
    may_retrieve: bool
    may_worklist: bool


def find_caller(platform: Platform, ae_title: str, address: str) -> Caller | None:
    """Return the node of this title, or None where there is none or it may not call from there; note that it called."""
    with platform.db.read() as session:
        node = session.scalar(select(DicomNode).where(DicomNode.ae_title == ae_title))
    # some databases take a and A for the same letter, DICOM does not
    if node is None or node.ae_title != ae_title or not _comes_from(address, node.addresses):
        return None
    with platform.db.write() as session:
        session.execute(update(DicomNode).where(DicomNode.id == node.id).values(seen_at=utc_now()))
    return Caller(
        node.id,
        node.organization_id,
        node.ae_title,
        node.may_store,
        node.may_query,
        node.may_retrieve,
        node.may_worklist,
    )


def _comes_from(address: str, allowed: list[str]) -> bool:
    if not allowed:
        return True
    found = ip_address(address.partition("%")[0])
    if found.version == 6 and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in ip_network(each, strict=False) for each in allowed)


class Places:
    """How many associations each node may have at once."""

    def __init__(self, most: int) -> None:
        self._most, self._guard, self._taken = most, threading.Lock(), Counter[str]()

    @contextmanager
    def place(self, node_id: str) -> Iterator[bool]:
        """Hold a place for as long as the block lasts; yields whether there was one."""
        with self._guard:
            free = self._taken[node_id] < self._most
            if free:
                self._taken[node_id] += 1
        try:
            yield free
        finally:
            if free:
                with self._guard:
                    self._taken[node_id] -= 1
                    if not self._taken[node_id]:
                        del self._taken[node_id]
