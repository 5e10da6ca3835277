"""fleet"""

import sqlalchemy as sa
from alembic import op

from hounsfield.kit.db import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "leaders",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leaders")),
    )
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("queue", sa.String(length=128), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("died_at", UtcDateTime(), nullable=False),
        sa.Column("redriven_at", UtcDateTime(), nullable=True),
        sa.Column("redriven_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
    )
    with op.batch_alter_table("dead_letters", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_dead_letters_redriven_at_id"), ["redriven_at", "id"], unique=False
        )

    op.create_table(
        "fair_shares",
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("tag", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_fair_shares")),
    )
    op.create_table(
        "redeliveries",
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_redeliveries")),
    )
    with op.batch_alter_table("redeliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_redeliveries_last_at"), ["last_at"], unique=False)

    with op.batch_alter_table("engines", schema=None) as batch_op:
        batch_op.add_column(sa.Column("memory_mb", sa.Integer(), nullable=True))

    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("algorithm_version", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("runs_on", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("memory_mb", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("shadow_of", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("queue_rank", sa.Double(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("waiting_reason", sa.String(length=64), nullable=True))

    # the tasks that are there need what their type says
    op.execute("UPDATE tasks SET runs_on = task_type")
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.alter_column(
            "runs_on", existing_type=sa.String(length=64), existing_nullable=False, server_default=None
        )
        batch_op.alter_column(
            "memory_mb", existing_type=sa.Integer(), existing_nullable=False, server_default=None
        )
        batch_op.alter_column(
            "queue_rank", existing_type=sa.Double(), existing_nullable=False, server_default=None
        )
        batch_op.create_index(
            batch_op.f("ix_tasks_organization_id_status"), ["organization_id", "status"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_tasks_shadow_of"), ["shadow_of"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_tasks_status_runs_on_queue_rank"),
            ["status", "runs_on", "queue_rank"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tasks_status_runs_on_queue_rank"))
        batch_op.drop_index(batch_op.f("ix_tasks_shadow_of"))
        batch_op.drop_index(batch_op.f("ix_tasks_organization_id_status"))
        batch_op.drop_column("waiting_reason")
        batch_op.drop_column("queue_rank")
        batch_op.drop_column("shadow_of")
        batch_op.drop_column("memory_mb")
        batch_op.drop_column("runs_on")
        batch_op.drop_column("algorithm_version")

    with op.batch_alter_table("engines", schema=None) as batch_op:
        batch_op.drop_column("memory_mb")

    with op.batch_alter_table("redeliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_redeliveries_last_at"))

    op.drop_table("redeliveries")
    op.drop_table("fair_shares")
    with op.batch_alter_table("dead_letters", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dead_letters_redriven_at_id"))

    op.drop_table("dead_letters")
    op.drop_table("leaders")
