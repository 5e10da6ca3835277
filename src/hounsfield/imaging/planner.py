"""What SQLite's planner is told about a large archive (sqlite.org/optoverview.html, "manual control of query plans").

Untold, it takes all that an organization has for ten rows, and walks through every study by date for the one whose accession
number is asked for. Told once, before anybody connects, it plans the same way whatever the archive has grown to; what it
counts itself (ANALYZE) reaches a connection only when it is opened. The servers count for themselves.
"""

from sqlalchemy import Connection

from hounsfield.kit.db import Database

# columns of an index → rows of the table, then how many share a value of the first column, of the first two, …
_SHAPE = {
    "patients": {
        "id": "1000000 1",
        "organization_id,mrn,issuer": "1000000 500000 1 1",
        "organization_id,restricted": "1000000 500000 1000",
        "organization_id,created_at": "1000000 500000 1",
        "organization_id,id_number_mark": "1000000 500000 2",
        "organization_id,name_key,id": "1000000 500000 2 1",
        "created_by_id": "1000000 10000",
        "merged_into_id": "1000000 2",
    },
    "studies": {
        "id": "1000000 1",
        "organization_id,study_uid": "1000000 500000 1",
        "organization_id,study_date": "1000000 500000 200",
        "organization_id,accession_number": "1000000 500000 2",
        "study_date,id": "1000000 200 1",
        "created_at,id": "1000000 1 1",
        "organization_id,created_at": "1000000 500000 1",
        "patient_id": "1000000 2",
        "visit_id": "1000000 2",
        "settled_at,received_at": "1000000 10 1",
        "deleted_at": "1000000 900000",
    },
    "series": {
        "id": "4000000 1",
        "organization_id,series_uid": "4000000 2000000 1",
        "organization_id,modality": "4000000 2000000 20000",
        "study_id": "4000000 4",
        "dirty_since": "4000000 1000",
    },
    "instances": {
        "id": "400000000 1",
        "organization_id,sop_uid": "400000000 200000000 1",
        "series_id,number": "400000000 100 1",
        "sha256": "400000000 1",
    },
}


def tell(database: Database) -> None:
    """Tell SQLite, where that is the database and it does not know yet."""
    if not database.is_sqlite:
        return
    with database.look() as connection:
        wanted = _rows(connection)
        if _known(connection) >= wanted:
            return
    with database.write() as session:
        connection = session.connection()
        connection.exec_driver_sql("ANALYZE sqlite_schema")  # makes the table
        for table in _SHAPE:
            connection.exec_driver_sql("DELETE FROM sqlite_stat1 WHERE tbl = ?", (table,))
        for row in sorted(wanted):
            connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", row)


def _rows(connection: Connection) -> set[tuple[str, str, str]]:
    found = set()
    for table, shapes in _SHAPE.items():
        for index in connection.exec_driver_sql(f"PRAGMA index_list({table})").all():
            columns = connection.exec_driver_sql(f'PRAGMA index_info("{index.name}")').all()
            shape = shapes.get(",".join(str(column.name) for column in columns))
            if shape:
                found.add((table, str(index.name), shape))
    return found


def _known(connection: Connection) -> set[tuple[str, str, str]]:
    there = connection.exec_driver_sql("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'").first()
    rows = connection.exec_driver_sql("SELECT tbl, idx, stat FROM sqlite_stat1").all() if there else []
    return {(row.tbl, row.idx, row.stat) for row in rows}
