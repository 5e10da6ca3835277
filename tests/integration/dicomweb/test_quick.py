"""The short way takes what it understands; all else is judged by the long one. And searches take the index that answers them."""

import pytest
from fastapi.testclient import TestClient
from starlette.routing import Match
from tests.factories.accounts import make_actor, make_user
from tests.integration.dicomweb.conftest import Headers

from hounsfield.accounts.models import Tier
from hounsfield.dicomweb import searches
from hounsfield.dicomweb.api import QUICK
from hounsfield.imaging import planner
from hounsfield.imaging.worklist import worklist
from hounsfield.kit.platform import Platform

INSTANCE = "/dicomweb/studies/1.2/series/1.3/instances/1.4"


@pytest.mark.parametrize(
    ("method", "path", "query", "taken"),
    [
        ("GET", f"{INSTANCE}/frames/1", "", True),
        ("GET", f"{INSTANCE}/rendered", "", True),
        ("GET", "/dicomweb/studies", "PatientID=1", True),
        ("POST", "/dicomweb/studies", "", True),
        ("GET", f"{INSTANCE}/frames/1,2", "", False),
        ("GET", f"{INSTANCE}/frames/1", "accept=image/jp2", False),
        ("GET", f"{INSTANCE}/rendered", "window=1,2,linear", False),
        ("DELETE", f"{INSTANCE}/frames/1", "", False),
        ("GET", "/dicomweb/studies/1.2%2F/metadata", "", False),
        ("GET", f"/dicomweb/studies/{'1' * 65}/metadata", "", False),
        ("GET", "/api/v1/studies", "", False),
    ],
)
def test_what_is_taken(method: str, path: str, query: str, taken: bool) -> None:
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode()}
    assert (QUICK.matches(scope)[0] is Match.FULL) is taken


@pytest.mark.parametrize("token", ["", "Basic abc", "Bearer ", "Bearer nonsense", "Bearer hft_nonsense"])
def test_nobody_comes_in_by_it(client: TestClient, token: str) -> None:
    for path in (f"{INSTANCE}/frames/1", "/dicomweb/studies", f"{INSTANCE}/rendered"):
        answer = client.get(path, headers={"Authorization": token})
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_what_is_not_there(client: TestClient, as_technician: Headers) -> None:
    answer = client.get(f"{INSTANCE}/frames/1", headers=as_technician)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_sqlite_plans_by_what_it_was_told(platform: Platform) -> None:
    planner.tell(platform.db)
    if not platform.db.is_sqlite:
        return
    with platform.db.engine.connect() as connection:
        asked = "SELECT id FROM studies WHERE organization_id = 'x' AND accession_number = 'y' ORDER BY study_date DESC LIMIT 9"
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}").all()
    assert "ix_studies_organization_id_accession_number" in plan[0].detail


def test_the_newest_of_all_organizations_are_not_sorted(platform: Platform) -> None:
    planner.tell(platform.db)
    if not platform.db.is_sqlite:
        return
    actor = make_actor(platform, make_user(platform, "root", tier=Tier.SUPER_ADMIN))
    received = worklist(actor, text=None, modality=None, date_from=None, date_to=None, sort="-created_at")
    for asked, index in (
        (searches.studies(actor), "ix_studies_study_date_id"),
        (received, "ix_studies_created_at_id"),
    ):
        text = asked.limit(9).compile(platform.db.engine, compile_kwargs={"literal_binds": True})
        with platform.db.engine.connect() as connection:
            plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
        assert index in plan[0], plan
        assert not any("ORDER BY" in step for step in plan), plan
