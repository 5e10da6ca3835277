"""Where instances belong: their study and series, found or made, locked and counted.

An object that comes alone pays for all of this, so what is asked for it are statements made once, past the ORM; only what
is not there yet is made with it (`imaging.new_places`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.imaging.models import Series, Study, StudyOwner
from hounsfield.imaging.new_places import Founder, Pair
from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import UtcDateTime, table_of

_NOW = bindparam("now", type_=UtcDateTime())
_STUDIES, _SERIES, _OWNERS = table_of(Study), table_of(Series), table_of(StudyOwner)

_FIND = (
    select(
        _SERIES.c.series_uid,
        _SERIES.c.id.label("series_id"),
        _STUDIES.c.id.label("study_id"),
        _STUDIES.c.study_uid,
        _STUDIES.c.deleted_at,
        _OWNERS.c.user_id,
    )
    .join_from(_SERIES, _STUDIES, _STUDIES.c.id == _SERIES.c.study_id)
    .outerjoin(_OWNERS, and_(_OWNERS.c.study_id == _STUDIES.c.id, _OWNERS.c.user_id == bindparam("owner_id")))
    .where(
        _SERIES.c.organization_id == bindparam("organization_id"),
        _SERIES.c.series_uid.in_(bindparam("series_uids", expanding=True)),
    )
)
_LOCK = (
    select(_STUDIES.c.id)
    .where(
        _STUDIES.c.organization_id == bindparam("organization_id"),
        _STUDIES.c.study_uid.in_(bindparam("study_uids", expanding=True)),
    )
    .order_by(_STUDIES.c.study_uid)  # so that everybody locks in the same order
    .with_for_update()
)
_COUNT_IN_SERIES = (
    update(_SERIES)
    .where(_SERIES.c.id == bindparam("key"))
    .values(
        instance_count=_SERIES.c.instance_count + bindparam("objects"),
        size_bytes=_SERIES.c.size_bytes + bindparam("bytes"),
        revision=_SERIES.c.revision + 1,
        changed_at=_NOW,
        dirty_since=func.coalesce(_SERIES.c.dirty_since, _NOW),
    )
)
_COUNT_IN_STUDY = (
    update(_STUDIES)
    .where(_STUDIES.c.id == bindparam("key"))
    .values(
        instance_count=_STUDIES.c.instance_count + bindparam("objects"),
        size_bytes=_STUDIES.c.size_bytes + bindparam("bytes"),
        received_at=_NOW,
        settled_at=None,
    )
)


class Place(NamedTuple):
    """A series and its study."""

    series_id: str
    study_id: str


class Places:
    """The studies and series of one organization, within one transaction."""

    def __init__(
        self,
        session: Session,
        organization_id: str,
        owner_id: str | None,
        source: str,
        patient_id: str | None = None,
    ) -> None:
        """Begin; new studies are those of `patient_id` where that is given, else of whom their files name."""
        self._session, self._connection = session, session.connection()
        self._organization_id, self._owner_id = organization_id, owner_id
        self._founder = Founder(session, organization_id, owner_id, source, patient_id)
        self._studies: dict[str, str] = {}  # of each series
        self._unowned: set[str] = set()
        self._in_trash = False  # some of them, perhaps
        self.founded = False  # something was made that was not there

    def lock(self, study_uids: Collection[str]) -> None:
        """Wait for whoever else adds to these studies; what is asked afterwards stays true."""
        named = {"organization_id": self._organization_id, "study_uids": sorted(study_uids)}
        self._connection.execute(_LOCK, named).all()

    def of(self, headers: Iterable[InstanceHeader]) -> dict[Pair, Place | None]:
        """Return the series of each pair of UIDs, or None where that series belongs to another study."""
        first: dict[Pair, InstanceHeader] = {}
        for header in headers:
            first.setdefault((header.StudyInstanceUID, header.SeriesInstanceUID), header)
        found: dict[Pair, Place | None] = dict.fromkeys(first)
        homes: dict[str, str] = {}
        for row in self._known({series_uid for _, series_uid in first}):
            homes[row.series_uid] = row.study_uid
            if (row.study_uid, row.series_uid) in first:
                found[row.study_uid, row.series_uid] = Place(row.series_id, row.study_id)
                self._note(row)
        for study_uid, series_uid in first:
            homes.setdefault(series_uid, study_uid)
        # no study is made for a series that is not its own
        if new := {pair: first[pair] for pair in first if found[pair] is None and homes[pair[1]] == pair[0]}:
            self.founded = self._in_trash = True
            for pair, made in self._founder.make(new).items():
                found[pair] = Place(made.id, made.study_id) if made else None
        self._studies |= {place.series_id: place.study_id for place in found.values() if place}
        return found

    def _known(self, series_uids: Collection[str]) -> Sequence[Any]:
        named = {
            "organization_id": self._organization_id,
            "owner_id": self._owner_id,
            "series_uids": sorted(series_uids),
        }
        return self._connection.execute(_FIND, named).all()

    def _note(self, row: Any) -> None:
        self._in_trash = self._in_trash or row.deleted_at is not None
        if self._owner_id and row.user_id is None:
            self._unowned.add(row.study_id)

    def own(self, series_ids: Collection[str]) -> None:
        """Let the owner see the studies of what they bring, and of these series, of which they brought what was here already."""
        if series_ids and self._owner_id:
            theirs = select(_OWNERS.c.study_id).where(_OWNERS.c.user_id == self._owner_id)
            query = select(_SERIES.c.study_id).where(
                _SERIES.c.id.in_(series_ids), _SERIES.c.study_id.not_in(theirs)
            )
            self._unowned.update(self._connection.scalars(query))
        if self._unowned:
            rows = [{"study_id": study_id, "user_id": self._owner_id} for study_id in self._unowned]
            self._connection.execute(insert(_OWNERS), rows)

    def count(self, added: Mapping[str, Sequence[int]]) -> None:
        """Count instances by their sizes; their series are to be looked at again when they have been quiet."""
        studies: dict[str, list[int]] = {}
        for series_id, sizes in added.items():
            studies.setdefault(self._studies[series_id], []).extend(sizes)
        if added:
            self._connection.execute(_COUNT_IN_STUDY, _counts(studies))
            self._connection.execute(_COUNT_IN_SERIES, _counts(added))

    def bring_back(self, series_ids: Collection[str]) -> None:
        """Take studies out of the trash that somebody sends again: who sends a study wants it to be there."""
        if self._in_trash or not self._studies.keys() >= set(series_ids):
            query = select(_SERIES.c.study_id).where(_SERIES.c.id.in_(series_ids))
            self._connection.execute(
                update(_STUDIES)
                .where(_STUDIES.c.id.in_(query), _STUDIES.c.deleted_at.is_not(None))
                .values(deleted_at=None, deleted_by=None, purge_at=None)
            )


def _counts(added: Mapping[str, Sequence[int]]) -> list[dict[str, Any]]:
    now = utc_now()
    return [
        {"key": key, "objects": len(sizes), "bytes": sum(sizes), "now": now}
        for key, sizes in sorted(added.items())
    ]
