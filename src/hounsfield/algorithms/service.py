"""Which algorithms there are, which of their versions an order gets, and what engines bring with them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVarTuple

import structlog
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from hounsfield.algorithms.changes import record
from hounsfield.algorithms.model_manifest import ModelManifest
from hounsfield.algorithms.models import ENABLED, ENGINE, ONNX, Algorithm, AlgorithmVersion
from hounsfield.algorithms.schemas import Manifest
from hounsfield.kit.db import db_now

RUNTIME = "onnx"
"""What an engine must support to run a model that the platform keeps."""

log = structlog.get_logger(__name__)
Ts = TypeVarTuple("Ts")


@dataclass(frozen=True)
class Chosen:
    """A version of an algorithm, as an order needs it."""

    manifest: Manifest
    runs_on: str  # what an engine must support
    shadowed: bool = False  # other versions run beside its orders


def learn(session: Session, manifest: Manifest, *, engine_id: str) -> None:
    """Keep the newest description of an algorithm; what an engine does not say stays as it was known."""
    if manifest.runtime:
        return  # it is part of the engine's own row; nobody orders a runtime
    algorithm = session.get(Algorithm, manifest.name)
    if algorithm is None:
        algorithm = Algorithm(name=manifest.name, source=ENGINE, enabled=True)
        session.add(algorithm)
        session.flush()
    elif algorithm.source != ENGINE:
        log.warning("algorithm.name-is-a-models", name=manifest.name, engine=engine_id)
        return
    row = session.get(AlgorithmVersion, (manifest.name, manifest.version))
    before = row or session.get(AlgorithmVersion, (manifest.name, algorithm.engine_version or ""))
    told = {**(before.manifest if before else {}), **manifest.model_dump(exclude_unset=bool(before))}
    if row is None:
        row = AlgorithmVersion(
            name=manifest.name,
            version=manifest.version,
            source=ENGINE,
            manifest=told,
            state=ENABLED,
            created_at=db_now(session),
        )
        session.add(row)
    elif told != row.manifest:
        row.manifest = told
    if algorithm.engine_version != manifest.version:
        change = {"engine_version": [algorithm.engine_version, manifest.version]}
        record(session, manifest.name, manifest.version, change, actor=f"engine:{engine_id}")
        algorithm.engine_version = manifest.version


def manifests(session: Session) -> list[Chosen]:
    """Return what can be ordered, each in the version that most orders get."""
    query = select(Algorithm).where(Algorithm.enabled.is_(True)).order_by(Algorithm.name)
    found = (_main(algorithm, versions_of(session, algorithm.name)) for algorithm in session.scalars(query))
    return [_chosen(row) for row in found if row is not None]


def choose(session: Session, name: str, order_no: str = "") -> Chosen | None:
    """Return the version that an order gets, or None where the algorithm cannot be ordered.

    The order's number alone decides who tries a canary: the same order gets the same version wherever it is asked.
    Without a number, the version that most orders get.
    """
    found = session.execute(_WITH_VERSIONS, {"of": name}).all()
    if not found or not found[0][0].enabled:
        return None
    rows = [row for _, row in found]
    main = _main(found[0][0], rows)
    if main is None:
        return None
    shadowed = any(_is_shadow(row) for row in rows)
    place = bucket(order_no) if order_no else 100
    for row in _canaries(rows):
        if place < row.canary_percent:
            return replace(_chosen(row), shadowed=shadowed)
        place -= row.canary_percent
    return replace(_chosen(main), shadowed=shadowed)


def bucket(order_no: str) -> int:
    """Return the hundredth, 0 to 99, that an order falls into."""
    return int.from_bytes(hashlib.sha256(order_no.encode()).digest()[:8], "big") % 100


def described(session: Session, name: str, version: str | None) -> Manifest | None:
    """Return the manifest of a version that was ordered, whatever has become of it since."""
    row = session.get(AlgorithmVersion, (name, version)) if version else None
    if row is None:
        algorithm = session.get(Algorithm, name)
        row = _main(algorithm, versions_of(session, name)) if algorithm else None
    return None if row is None else _chosen(row).manifest


def model_of(session: Session, name: str, version: str | None) -> AlgorithmVersion | None:
    """Return the version of a model that an attempt runs, or None where its engine brings the algorithm with it."""
    row = session.get(AlgorithmVersion, (name, version)) if version else None
    return row if row is not None and row.source == ONNX else None


def shadows_of(session: Session, name: str) -> list[Chosen]:
    """Return the versions that run beside every order."""
    return [_chosen(row) for row in versions_of(session, name) if _is_shadow(row)]


def versions_of(session: Session, name: str) -> list[AlgorithmVersion]:
    """Return all versions of an algorithm, oldest first."""
    return list(session.scalars(_by_age(select(AlgorithmVersion).where(AlgorithmVersion.name == name))))


def _by_age(query: Select[*Ts]) -> Select[*Ts]:
    return query.order_by(AlgorithmVersion.created_at, AlgorithmVersion.version)


_WITH_VERSIONS = _by_age(
    select(Algorithm, AlgorithmVersion).join(AlgorithmVersion).where(Algorithm.name == bindparam("of"))
)


def _is_shadow(row: AlgorithmVersion) -> bool:
    return row.shadow and row.state == ENABLED


def shares(algorithm: Algorithm, rows: Sequence[AlgorithmVersion]) -> dict[str, int]:
    """Return what per cent of the orders each version gets at present."""
    main = _main(algorithm, rows) if algorithm.enabled else None
    if main is None:
        return {}
    given = {row.version: row.canary_percent for row in _canaries(rows)}
    return {**given, main.version: given.get(main.version, 0) + 100 - sum(given.values())}


def _takes_orders(rows: Sequence[AlgorithmVersion]) -> list[AlgorithmVersion]:
    return [row for row in rows if row.state == ENABLED and not row.shadow]


def _canaries(rows: Sequence[AlgorithmVersion]) -> list[AlgorithmVersion]:
    return [row for row in _takes_orders(rows) if row.canary_percent > 0]


def _main(algorithm: Algorithm, rows: Sequence[AlgorithmVersion]) -> AlgorithmVersion | None:
    """Return the version for whoever tries no canary: the newest without a share; where all have one, the newest."""
    if algorithm.source == ENGINE:
        return next((row for row in rows if row.version == algorithm.engine_version), None)
    able = _takes_orders(rows)
    settled = [row for row in able if row.canary_percent == 0]
    return next(reversed(settled or able), None)


def _chosen(row: AlgorithmVersion) -> Chosen:
    if row.source == ONNX:
        return Chosen(ModelManifest.model_validate(row.manifest).as_algorithm(), RUNTIME)
    return Chosen(Manifest.model_validate(row.manifest), row.name)
