"""patients and audit"""

import sqlalchemy as sa
from alembic import op

from hounsfield.kit.db import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("actor_name", sa.String(length=64), nullable=False),
        sa.Column("actor_roles", sa.String(length=40), nullable=False),
        sa.Column("actor_organization_id", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object_type", sa.String(length=24), nullable=False),
        sa.Column("object_id", sa.String(length=128), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=True),
        sa.Column("mark", sa.String(length=64), nullable=True),
        sa.Column("key_id", sa.String(length=8), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint(
            "organization_id", "number", name=op.f("uq_audit_entries_organization_id_number")
        ),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        for columns in (["number"], ["organization_id", "at"], ["patient_id", "at"], ["actor_id", "at"]):
            batch_op.create_index(batch_op.f(f"ix_audit_entries_{'_'.join(columns)}"), columns, unique=False)
    op.create_table(
        "audit_heads",
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_audit_heads")),
    )

    with op.batch_alter_table("patients", schema=None) as batch_op:
        batch_op.add_column(sa.Column("phone", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("notes", sa.String(length=2000), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("id_number", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("id_number_mark", sa.String(length=64), nullable=True))
        batch_op.add_column(
            sa.Column("search_text", sa.String(length=1000), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("restricted", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("restricted_by_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("created_by_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("merged_into_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("updated_at", UtcDateTime(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_patients_merged_into_id"), "patients", ["merged_into_id"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_patients_created_by_id"), ["created_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_patients_merged_into_id"), ["merged_into_id"], unique=False)
        for columns in (
            ["organization_id", "restricted"],
            ["organization_id", "created_at"],
            ["organization_id", "id_number_mark"],
        ):
            batch_op.create_index(batch_op.f(f"ix_patients_{'_'.join(columns)}"), columns, unique=False)
    with op.batch_alter_table("patients", schema=None) as batch_op:
        batch_op.alter_column(
            "notes", existing_type=sa.String(length=2000), existing_nullable=False, server_default=None
        )
        batch_op.alter_column(
            "search_text", existing_type=sa.String(length=1000), existing_nullable=False, server_default=None
        )
        batch_op.alter_column(
            "restricted", existing_type=sa.Boolean(), existing_nullable=False, server_default=None
        )
    # until now every patient came with images: whoever brought the first keeps seeing the record
    op.execute(
        "UPDATE patients SET created_by_id = (SELECT study_owners.user_id FROM study_owners"
        " JOIN studies ON studies.id = study_owners.study_id WHERE studies.patient_id = patients.id"
        " ORDER BY studies.created_at, study_owners.user_id LIMIT 1)"
    )

    op.create_table(
        "patient_users",
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("linked_by_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_patient_users_patient_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_patient_users_user_id")),
        sa.PrimaryKeyConstraint("patient_id", "user_id", name=op.f("pk_patient_users")),
    )
    with op.batch_alter_table("patient_users", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_patient_users_user_id"), ["user_id"], unique=False)
    op.create_table(
        "patient_grants",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("granted_by_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_by_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_patient_grants_patient_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_patient_grants_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_grants")),
    )
    with op.batch_alter_table("patient_grants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_patient_grants_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_patient_grants_user_id_expires_at"), ["user_id", "expires_at"], unique=False
        )
    op.create_table(
        "patient_merges",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("into_id", sa.String(length=32), nullable=False),
        sa.Column("merged_by_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("undone_by_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_patient_merges_patient_id")),
        sa.ForeignKeyConstraint(["into_id"], ["patients.id"], name=op.f("fk_patient_merges_into_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_merges")),
    )
    with op.batch_alter_table("patient_merges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_patient_merges_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_patient_merges_into_id"), ["into_id"], unique=False)
    op.create_table(
        "visits",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("doctor", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("created_by_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_visits_organization_id")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_visits_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
        sa.UniqueConstraint("organization_id", "number", name=op.f("uq_visits_organization_id_number")),
    )
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_visits_patient_id_starts_at"), ["patient_id", "starts_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_visits_organization_id_starts_at"), ["organization_id", "starts_at"], unique=False
        )
    op.create_table(
        "procedure_steps",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("visit_id", sa.String(length=32), nullable=False),
        sa.Column("modality", sa.String(length=16), nullable=False),
        sa.Column("station_ae", sa.String(length=16), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("accession_number", sa.String(length=16), nullable=False),
        sa.Column("description", sa.String(length=64), nullable=False),
        sa.Column("physician", sa.String(length=64), nullable=False),
        sa.Column("study_uid", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_procedure_steps_organization_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_procedure_steps_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_steps")),
        sa.UniqueConstraint(
            "organization_id",
            "accession_number",
            name=op.f("uq_procedure_steps_organization_id_accession_number"),
        ),
    )
    with op.batch_alter_table("procedure_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_procedure_steps_visit_id"), ["visit_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_procedure_steps_organization_id_status_starts_at"),
            ["organization_id", "status", "starts_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_procedure_steps_organization_id_study_uid"),
            ["organization_id", "study_uid"],
            unique=False,
        )
    with op.batch_alter_table("studies", schema=None) as batch_op:
        batch_op.add_column(sa.Column("visit_id", sa.String(length=32), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_studies_visit_id"), "visits", ["visit_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_studies_visit_id"), ["visit_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("studies", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_studies_visit_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_studies_visit_id"))
        batch_op.drop_column("visit_id")
    for table in ("procedure_steps", "visits", "patient_merges", "patient_grants", "patient_users"):
        op.drop_table(table)
    with op.batch_alter_table("patients", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_patients_merged_into_id"), type_="foreignkey")
        for columns in (
            "created_by_id",
            "merged_into_id",
            "organization_id_restricted",
            "organization_id_created_at",
            "organization_id_id_number_mark",
        ):
            batch_op.drop_index(batch_op.f(f"ix_patients_{columns}"))
        for column in (
            "phone",
            "notes",
            "id_number",
            "id_number_mark",
            "search_text",
            "restricted",
            "restricted_by_id",
            "created_by_id",
            "merged_into_id",
            "updated_at",
        ):
            batch_op.drop_column(column)
    op.drop_table("audit_heads")
    op.drop_table("audit_entries")
