"""the newest studies of all organizations, found without sorting them all"""

from alembic import op

revision = "0013"
down_revision = "0012"
COLUMNS = ("study_date", "created_at")


def upgrade() -> None:
    with op.batch_alter_table("studies") as batch:
        for column in COLUMNS:
            batch.create_index(op.f(f"ix_studies_{column}_id"), [column, "id"])


def downgrade() -> None:
    with op.batch_alter_table("studies") as batch:
        for column in COLUMNS:
            batch.drop_index(op.f(f"ix_studies_{column}_id"))
