"""How much each organization stores, of what, and how fast it grows."""

from datetime import timedelta

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from hounsfield.accounts.models import Organization
from hounsfield.archive.models import StorageSample
from hounsfield.archive.schemas import Storage, StorageLine
from hounsfield.imaging.models import Series, Study
from hounsfield.kit.clock import utc_now
from hounsfield.kit.platform import Platform

GROWTH_DAYS = 30


def storage(session: Session, of: ColumnElement[bool]) -> Storage:
    """Return a line for each organization that the condition keeps and that has studies."""
    gone = func.sum(case((Study.deleted_at.is_not(None), Study.size_bytes), else_=0))
    counted = (
        select(
            Study.organization_id,
            Organization.name,
            func.count(),
            func.sum(Study.instance_count),
            func.sum(Study.size_bytes),
            func.coalesce(gone, 0),
        )
        .join(Organization, Organization.id == Study.organization_id)
        .where(of)
        .group_by(Study.organization_id, Organization.name)
        .order_by(func.sum(Study.size_bytes).desc())
    )
    kinds = select(Series.organization_id, Series.modality, func.sum(Series.size_bytes)).group_by(
        Series.organization_id, Series.modality
    )
    by_modality: dict[str, dict[str, int]] = {}
    for organization_id, modality, size in session.execute(kinds):
        by_modality.setdefault(organization_id, {})[modality or "?"] = int(size or 0)
    earlier = _earlier(session)
    lines = [
        StorageLine(
            organization_id=organization_id,
            organization=name,
            studies=studies,
            instances=int(instances or 0),
            size_bytes=int(size or 0),
            trash_bytes=int(trash or 0),
            by_modality=by_modality.get(organization_id, {}),
            growth_30_days=int(size or 0) - earlier[organization_id] if organization_id in earlier else None,
        )
        for organization_id, name, studies, instances, size, trash in session.execute(counted)
    ]
    return Storage(items=lines, total_bytes=sum(line.size_bytes for line in lines))


def _earlier(session: Session) -> dict[str, int]:
    """Return what each organization stored a month ago, or at its oldest sample since: none of today tells of growth."""
    since = f"{utc_now() - timedelta(days=GROWTH_DAYS):%Y%m%d}"
    query = (
        select(StorageSample.organization_id, StorageSample.size_bytes)
        .where(StorageSample.day >= since, StorageSample.day < f"{utc_now():%Y%m%d}")
        .order_by(StorageSample.day.desc())
    )
    return dict(session.execute(query).all())


def sample(platform: Platform) -> None:
    """Keep today's figures, once a day."""
    today = f"{utc_now():%Y%m%d}"
    with platform.db.write() as session:
        query = select(Study.organization_id, func.count(), func.sum(Study.size_bytes)).group_by(
            Study.organization_id
        )
        for organization_id, studies, size in session.execute(query).all():
            if session.get(StorageSample, (organization_id, today)) is None:
                session.add(
                    StorageSample(
                        organization_id=organization_id, day=today, size_bytes=int(size or 0), studies=studies
                    )
                )
