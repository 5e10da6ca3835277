"""dicomweb"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from hounsfield.kit.db import UtcDateTime

revision = "0006"
down_revision = "0005"

_TEXTS = (("source", 64), ("step_code", 64), ("procedure_code", 64))


def upgrade() -> None:
    with op.batch_alter_table("studies", schema=None) as batch_op:
        for name, length in (("study_code", 64), ("referring_physician", 200)):
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
        batch_op.create_index(
            batch_op.f("ix_studies_organization_id_accession_number"),
            ["organization_id", "accession_number"],
            unique=False,
        )
    with op.batch_alter_table("series", schema=None) as batch_op:
        for name, length in _TEXTS:
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("performed_date", sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column("performed_time", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("attributes", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("changed_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("dirty_since", UtcDateTime(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_series_organization_id_modality"), ["organization_id", "modality"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_series_dirty_since"), ["dirty_since"], unique=False)
    op.create_table(
        "series_metadata",
        sa.Column("series_id", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column(
            "body", sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_metadata_series_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("series_id", name=op.f("pk_series_metadata")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("may_store", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_api_tokens_organization_id")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_api_tokens_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_tokens_organization_id"), ["organization_id"], unique=False)
    # what is there already has its verdict, but not its attributes and metadata
    op.execute("UPDATE series SET dirty_since = created_at, changed_at = created_at")


def downgrade() -> None:
    op.drop_table("api_tokens")
    op.drop_table("series_metadata")
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_series_dirty_since"))
        batch_op.drop_index(batch_op.f("ix_series_organization_id_modality"))
        for name in (
            "dirty_since",
            "changed_at",
            "revision",
            "attributes",
            "performed_time",
            "performed_date",
        ):
            batch_op.drop_column(name)
        for name, _ in _TEXTS:
            batch_op.drop_column(name)
    with op.batch_alter_table("studies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_studies_organization_id_accession_number"))
        batch_op.drop_column("referring_physician")
        batch_op.drop_column("study_code")
