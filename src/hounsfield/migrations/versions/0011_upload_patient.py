"""whose images an upload holds"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    with op.batch_alter_table("uploads") as batch:
        batch.add_column(sa.Column("patient_id", sa.String(length=32), nullable=True))
        batch.create_foreign_key(op.f("fk_uploads_patient_id"), "patients", ["patient_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("uploads") as batch:
        batch.drop_constraint(op.f("fk_uploads_patient_id"), type_="foreignkey")
        batch.drop_column("patient_id")
