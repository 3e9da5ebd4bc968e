"""Contributions due, restorations and decisions on ledger lines; payments, disputes, amendments; jobs, refused rows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002_ledger_in_full"
down_revision = "0001_first_tables"


def batch() -> sa.ForeignKeyConstraint:
    """The batch that a row was added in, which its transaction writes last."""
    return sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], initially="DEFERRED", deferrable=True)


def upgrade() -> None:
    """Widen the ledger, and make the tables that stand beside it."""
    op.drop_constraint(op.f("ck_batches_kind"), "batches")
    op.create_check_constraint(
        op.f("ck_batches_kind"),
        "batches",
        "kind IN ('remittance', 'correction', 'fact', 'payment', 'credit', 'dispute', 'amendment')",
    )
    op.add_column("entries", sa.Column("due", JSONB(), nullable=False, server_default="{}"))
    op.alter_column("entries", "due", server_default=None)
    op.add_column("entries", sa.Column("kind", sa.Text(), nullable=True))
    op.execute("UPDATE entries SET kind = CASE WHEN reverses IS NULL THEN 'line' ELSE 'reversal' END")
    op.alter_column("entries", "kind", nullable=False)
    op.alter_column("entries", "remittance_id", nullable=True)
    op.alter_column("entries", "employer", nullable=True)
    op.drop_constraint(op.f("ck_entries_basis"), "entries")
    for name, condition in (
        ("basis", "basis IN ('hourly', 'on_call', 'weekly', 'decision')"),
        ("kind", "kind IN ('line', 'reversal', 'restoration')"),
        ("reverses", "(kind = 'line') = (reverses IS NULL)"),
        ("decision", "(basis = 'decision') = (remittance_id IS NULL)"),
    ):
        op.create_check_constraint(op.f(f"ck_entries_{name}"), "entries", condition)
    op.create_index("ix_entries_employer_week_ending", "entries", ["employer", "week_ending"])
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("batch_id", sa.Uuid(), nullable=False, index=True),
        sa.Column("employer", sa.Text(), sa.ForeignKey("employers.code"), nullable=False, index=True),
        sa.Column("remittance_id", sa.Uuid(), sa.ForeignKey("remittances.id"), nullable=False, index=True),
        sa.Column("fund", sa.Text(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("reverses", sa.Uuid(), sa.ForeignKey("payments.id"), nullable=True, unique=True),
        batch(),
    )
    op.create_table(
        "disputes",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), sa.ForeignKey("members.id"), nullable=False, index=True),
        sa.Column("employer", sa.Text(), sa.ForeignKey("employers.code"), nullable=True),
        sa.Column("first_week", sa.Date(), nullable=False),
        sa.Column("last_week", sa.Date(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        batch(),
    )
    op.create_table(
        "resolutions",
        sa.Column("dispute_id", sa.Uuid(), sa.ForeignKey("disputes.id"), primary_key=True),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("outcome IN ('granted', 'rejected')", name="outcome"),
        batch(),
    )
    op.create_table(
        "amendments",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False, index=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", JSONB(), nullable=False),
        sa.Column("withdraws", sa.Uuid(), sa.ForeignKey("amendments.id"), nullable=True, unique=True),
        sa.CheckConstraint("kind IN ('relief', 'terms')", name="kind"),
        batch(),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("asked", JSONB(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("answer", JSONB(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done')", name="state"),
    )
    op.create_table(
        "refused_rows",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("csv", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
