"""fleet speed"""

import sqlalchemy as sa
from alembic import op

from hounsfield.kit.db import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("queued_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE tasks SET queued_at = created_at WHERE status = 'QUEUED'")


def downgrade() -> None:
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.drop_column("queued_at")
