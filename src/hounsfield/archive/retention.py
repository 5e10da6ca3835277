"""How long an organization keeps its studies: warned of before, into the trash after, never what is held."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from hounsfield.accounts.models import Tier, User, UserStatus
from hounsfield.archive.models import RetentionPolicy
from hounsfield.archive.trash import let_go
from hounsfield.imaging.access import PRESENT
from hounsfield.imaging.models import Series, Study
from hounsfield.kit.clock import utc_now
from hounsfield.kit.platform import Platform
from hounsfield.notifications.service import tell
from hounsfield.system import configs

WARN_DAYS = configs.declare(
    "retention_warn_days",
    int,
    14,
    en="Days before retention deletes studies on which administrators are warned",
    zh="保留期到期删除前提前提醒管理员的天数",
)
AT_ONCE = 200
_TITLE = {"en": "Studies reach the end of their retention", "zh-CN": "检查即将超过保留期限"}
_CONTENT = {
    "en": "{count} studies go to the trash within {days} days. Hold those that must be kept.",
    "zh-CN": "{count} 个检查将在 {days} 天内移入回收站。请对需要保留的检查设置依法保留。",
}


def policies(session: Session, organization_id: str) -> list[RetentionPolicy]:
    query = select(RetentionPolicy).where(RetentionPolicy.organization_id == organization_id)
    return list(session.scalars(query.order_by(RetentionPolicy.modality)))


def replace(session: Session, organization_id: str, days: dict[str, int]) -> None:
    """Set the days by modality; the empty one stands for all others."""
    session.execute(delete(RetentionPolicy).where(RetentionPolicy.organization_id == organization_id))
    for modality, count in days.items():
        session.add(RetentionPolicy(organization_id=organization_id, modality=modality, days=count))
    session.flush()


def due(
    session: Session, organization_id: str, *, ahead: timedelta = timedelta()
) -> ColumnElement[bool] | None:
    """Return the condition of the studies whose time is up, or will be soon; None where nothing ever is.

    A study of several modalities is kept as long as the one that is kept longest.
    """
    days = {policy.modality: policy.days for policy in policies(session, organization_id)}
    if not days:
        return None
    kinds = select(Series.study_id)
    unlimited = (
        kinds.where(Series.modality.not_in([kind for kind in days if kind])) if "" not in days else None
    )
    over: list[ColumnElement[bool]] = []
    for modality, count in days.items():
        of_kind = Series.modality == modality if modality else Series.modality.not_in([k for k in days if k])
        late = Study.created_at > utc_now() + ahead - timedelta(days=count)
        over.append(and_(late, Study.id.in_(kinds.where(of_kind))))
    kept = or_(*over, Study.id.in_(unlimited)) if unlimited is not None else or_(*over)
    return and_(Study.organization_id == organization_id, PRESENT, Study.legal_hold.is_(False), ~kept)


def count_due(session: Session, organization_id: str, ahead: timedelta) -> int:
    condition = due(session, organization_id, ahead=ahead)
    return 0 if condition is None else session.scalar(select(func.count()).where(condition)) or 0


def warn_days(session: Session) -> int:
    return int(configs.get(session, WARN_DAYS))


def enforce(platform: Platform) -> None:
    """Warn of what is due soon, and put what is due into the trash: only what was warned of long enough before."""
    with platform.db.read() as session:
        organizations = list(session.scalars(select(RetentionPolicy.organization_id).distinct()))
    for organization_id in organizations:
        with platform.db.write() as session:
            _warn(session, organization_id)
        with platform.db.write() as session:
            condition = due(session, organization_id)
            if condition is None:
                continue
            warned = Study.retention_warned_at <= utc_now() - timedelta(days=warn_days(session))
            query = select(Study).where(condition, warned).limit(AT_ONCE).with_for_update(skip_locked=True)
            for study in session.scalars(query).all():
                let_go(session, study, "retention")


def _warn(session: Session, organization_id: str) -> None:
    days = warn_days(session)
    condition = due(session, organization_id, ahead=timedelta(days=days))
    if condition is None:
        return
    query = select(Study).where(condition, Study.retention_warned_at.is_(None)).limit(5 * AT_ONCE)
    studies = list(session.scalars(query))
    if not studies:
        return
    for study in studies:
        study.retention_warned_at = utc_now()
    administrators = select(User).where(
        User.organization_id == organization_id,
        User.status == UserStatus.ACTIVE,
        or_(User.tier.in_([Tier.ADMIN, Tier.SUPER_ADMIN])),
    )
    for user in session.scalars(administrators):
        content = _CONTENT[user.language].format(count=len(studies), days=days)
        body = {"type": "retention_warning", "title": _TITLE[user.language], "content": content}
        tell(session, user.id, "notification", {**body, "priority": "high", "metadata": {}})
