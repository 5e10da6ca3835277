"""One scheduler leads; another takes over when it is gone."""

from datetime import timedelta

from sqlalchemy import update

from hounsfield.kit.db import db_now
from hounsfield.kit.leader import Leader, Leadership
from hounsfield.kit.platform import Platform


def expire(platform: Platform) -> None:
    with platform.db.write() as session:
        session.execute(update(Leader).values(until=db_now(session) - timedelta(seconds=1)))


def test_one_of_two_leads_and_the_other_follows_when_the_lease_is_over(platform: Platform) -> None:
    first, second = (Leadership(platform.db, "scheduler", seconds=60) for _ in range(2))
    assert first.hold()
    assert not second.hold()
    expire(platform)
    assert second.hold()
    with platform.db.read() as session:
        assert session.get_one(Leader, "scheduler").term == 2


def test_who_resigns_is_followed_at_once(platform: Platform) -> None:
    first, second = (Leadership(platform.db, "scheduler", seconds=60) for _ in range(2))
    assert first.hold()
    first.resign()
    assert second.hold()
    assert not first.hold()


def test_a_leader_keeps_the_lead_by_asking_again(platform: Platform) -> None:
    first, second = (
        Leadership(platform.db, "scheduler", seconds=0),
        Leadership(platform.db, "scheduler", seconds=60),
    )
    assert first.hold()
    assert first.hold()  # a lease of no length is asked for each time
    assert second.hold()
    assert not first.hold()
