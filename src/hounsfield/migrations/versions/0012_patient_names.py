"""what a patient's name begins with, answered by an index"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import VARCHAR

revision = "0012"
down_revision = "0011"
AT_ONCE = 1000
INDEX = "ix_patients_organization_id_name_key_id"
PATIENTS = sa.table("patients", sa.column("id"), sa.column("name"), sa.column("name_key"))


def upgrade() -> None:
    kind = (
        sa.String(200)
        .with_variant(sa.String(200, collation="C"), "postgresql")
        .with_variant(VARCHAR(200, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb")
    )
    with op.batch_alter_table("patients") as batch:
        batch.add_column(sa.Column("name_key", kind, nullable=False, server_default=""))
    _fill()
    with op.batch_alter_table("patients") as batch:
        batch.alter_column("name_key", existing_type=kind, existing_nullable=False, server_default=None)
        batch.create_index(op.f(INDEX), ["organization_id", "name_key", "id"])


def _fill() -> None:
    connection, after = op.get_bind(), ""
    change = (
        sa.update(PATIENTS).where(PATIENTS.c.id == sa.bindparam("key")).values(name_key=sa.bindparam("words"))
    )
    following = sa.select(PATIENTS.c.id, PATIENTS.c.name).order_by(PATIENTS.c.id).limit(AT_ONCE)
    while rows := connection.execute(following.where(PATIENTS.c.id > after)).all():
        connection.execute(change, [{"key": row.id, "words": _key(row.name)} for row in rows])
        after = rows[-1].id


def _key(name: str) -> str:
    """Return the folded words of a name, as `patients.names.name_key` did in this version."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    folded = "".join(character for character in plain if not unicodedata.combining(character))
    return "".join(f" {word}" for word in re.split(r"[\s^=,]+", folded) if word)[:200]


def downgrade() -> None:
    with op.batch_alter_table("patients") as batch:
        batch.drop_index(op.f(INDEX))
        batch.drop_column("name_key")
