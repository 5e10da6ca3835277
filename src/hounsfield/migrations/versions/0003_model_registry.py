"""model registry"""

import sqlalchemy as sa
from alembic import op

from hounsfield.kit.db import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "algorithm_versions",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=True),
        sa.Column("model_size", sa.BigInteger(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("canary_percent", sa.SmallInteger(), nullable=False),
        sa.Column("shadow", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(length=32), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["name"], ["algorithms.name"], name=op.f("fk_algorithm_versions_name_algorithms")
        ),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_algorithm_versions")),
    )
    op.create_table(
        "algorithm_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=True),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("change", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_algorithm_changes")),
    )
    with op.batch_alter_table("algorithm_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_algorithm_changes_name_id"), ["name", "id"], unique=False)

    with op.batch_alter_table("algorithms", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source", sa.String(length=8), nullable=False, server_default="engine"))
        batch_op.add_column(sa.Column("engine_version", sa.String(length=64), nullable=True))

    # until now there was one version of each, and all came with engines
    op.execute("UPDATE algorithms SET engine_version = version")
    versions = sa.table(
        "algorithm_versions",
        *(sa.column(name) for name in ("name", "version", "source", "manifest", "state")),
        *(sa.column(name) for name in ("canary_percent", "shadow", "created_at")),
    )
    algorithms = sa.table(
        "algorithms", *(sa.column(name) for name in ("name", "version", "manifest", "updated_at"))
    )
    known = sa.select(
        algorithms.c.name,
        algorithms.c.version,
        sa.literal_column("'engine'"),
        algorithms.c.manifest,
        sa.literal_column("'ENABLED'"),
        sa.literal_column("0"),
        sa.false(),
        algorithms.c.updated_at,
    )
    op.execute(versions.insert().from_select([column.name for column in versions.columns], known))
    with op.batch_alter_table("algorithms", schema=None) as batch_op:
        batch_op.alter_column(
            "source", existing_type=sa.String(length=8), existing_nullable=False, server_default=None
        )
        batch_op.drop_column("manifest")
        batch_op.drop_column("version")


def downgrade() -> None:
    op.execute("DELETE FROM algorithm_versions WHERE source <> 'engine'")
    op.execute("DELETE FROM algorithms WHERE source <> 'engine'")
    with op.batch_alter_table("algorithms", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("manifest", sa.JSON(), nullable=True))
    op.execute("UPDATE algorithms SET version = engine_version")
    op.execute(
        "UPDATE algorithms SET manifest = (SELECT manifest FROM algorithm_versions"
        " WHERE algorithm_versions.name = algorithms.name"
        " AND algorithm_versions.version = algorithms.engine_version)"
    )
    with op.batch_alter_table("algorithms", schema=None) as batch_op:
        batch_op.alter_column("version", existing_type=sa.String(length=64), nullable=False)
        batch_op.alter_column("manifest", existing_type=sa.JSON(), nullable=False)
        batch_op.drop_column("engine_version")
        batch_op.drop_column("source")
    with op.batch_alter_table("algorithm_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_algorithm_changes_name_id"))

    op.drop_table("algorithm_changes")
    op.drop_table("algorithm_versions")
