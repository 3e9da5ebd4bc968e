"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001_first_tables"
down_revision = None


def upgrade() -> None:
    """Make every table, and the ledger's head before its first position."""
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_table(
        "batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('remittance', 'correction', 'fact')", name=op.f("ck_batches_kind")),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
        sa.UniqueConstraint("position", name="uq_batches_position"),
    )
    op.create_index("ix_batches_recorded_at", "batches", ["recorded_at"])
    op.create_table(
        "employers",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contributor_class", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("contributor_class IN ('basic', 'premium')", name=op.f("ck_employers_class")),
        sa.PrimaryKeyConstraint("code", name="pk_employers"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("headers", JSONB(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", "operation", "key", name="pk_idempotency_keys"),
    )
    op.create_table(
        "ledger_head",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_ledger_head_one_row")),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_head"),
    )
    op.create_table(
        "members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("local", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("joined", sa.Date(), nullable=True),
        sa.Column("ssn_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("ssn_index", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_members"),
        sa.UniqueConstraint("number", name="uq_members_number"),
        sa.UniqueConstraint("ssn_index", name="uq_members_ssn_index"),
    )
    op.create_table(
        "proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("changes", JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("employer", sa.Text(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(role = 'employer') = (employer IS NOT NULL)", name=op.f("ck_api_keys_employer_scope")),
        sa.CheckConstraint("(role = 'member') = (member_id IS NOT NULL)", name=op.f("ck_api_keys_member_scope")),
        sa.ForeignKeyConstraint(["employer"], ["employers.code"], name="fk_api_keys_employer"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_api_keys_member_id"),
        sa.CheckConstraint(
            "role IN ('administrator', 'employer', 'member', 'negotiator', 'auditor')", name=op.f("ck_api_keys_role")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
    )
    op.create_table(
        "facts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("detail", JSONB(), nullable=False),
        sa.Column("withdraws", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name="fk_facts_batch_id", initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_facts_member_id"),
        sa.ForeignKeyConstraint(["withdraws"], ["facts.id"], name="fk_facts_withdraws"),
        sa.PrimaryKeyConstraint("id", name="pk_facts"),
        sa.UniqueConstraint("withdraws", name="uq_facts_withdraws"),
    )
    op.create_index("ix_facts_member_id", "facts", ["member_id"])
    op.create_table(
        "remittances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("employer", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["employer"], ["employers.code"], name="fk_remittances_employer"),
        sa.ForeignKeyConstraint(
            ["id"], ["batches.id"], name="fk_remittances_id", initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name="pk_remittances"),
    )
    op.create_index("ix_remittances_employer_report", "remittances", ["employer", "report"])
    op.create_table(
        "entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("remittance_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("employer", sa.Text(), nullable=False),
        sa.Column("week_ending", sa.Date(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("hours_worked", sa.Integer(), nullable=True),
        sa.Column("hours_guaranteed", sa.Integer(), nullable=True),
        sa.Column("days_worked", sa.SmallInteger(), nullable=True),
        sa.Column("scale_rate_cents", sa.Integer(), nullable=True),
        sa.Column("occupation", sa.Text(), nullable=True),
        sa.Column("local", sa.Text(), nullable=True),
        sa.Column("production", sa.Text(), nullable=True),
        sa.Column("credited", sa.Integer(), nullable=False),
        sa.Column("imputation", sa.Text(), nullable=False),
        sa.Column("reverses", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name="fk_entries_batch_id", initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["employer"], ["employers.code"], name="fk_entries_employer"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_entries_member_id"),
        sa.ForeignKeyConstraint(
            ["remittance_id"],
            ["remittances.id"],
            name="fk_entries_remittance_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["reverses"], ["entries.id"], name="fk_entries_reverses"),
        sa.CheckConstraint("basis IN ('hourly', 'on_call', 'weekly')", name=op.f("ck_entries_basis")),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
    )
    op.create_index("ix_entries_batch_id", "entries", ["batch_id"])
    op.create_index(
        "ix_entries_member_id_week_ending", "entries", ["member_id", "week_ending"], postgresql_include=["credited"]
    )
    op.create_index("ix_entries_remittance_id_line", "entries", ["remittance_id", "line"])
    op.create_index(
        "uq_entries_reverses", "entries", ["reverses"], unique=True, postgresql_where=sa.text("reverses IS NOT NULL")
    )
    op.execute("INSERT INTO ledger_head (id, position, recorded_at) VALUES (1, 0, 'epoch')")
