"""Telling administrators that the fleet has changed: a hint, on which their pages read it again."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.engines.models import Engine
from hounsfield.kit import dead_letters
from hounsfield.kit.db import Database, db_now
from hounsfield.kit.outbox import send_event

ROOM = "admin:engines"
CHANGED, HEARD = "engines_changed", "engines_heard"


@dead_letters.changed.connect
def tell_changed(session: Session) -> None:
    """Tell whoever watches the fleet; their gateway passes it on once a second at most."""
    send_event(session, ROOM, CHANGED, {})


def silences(db: Database) -> dict[str, float]:
    """Return for how many seconds each engine has not been heard."""
    with db.read() as session:
        now = db_now(session)
        return {
            name: round(max((now - heard).total_seconds(), 0.0), 1)
            for name, heard in session.execute(select(Engine.id, Engine.heartbeat_at))
        }
