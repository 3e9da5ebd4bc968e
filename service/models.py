"""The tables. Hours are whole hundredths, money whole cents, days are dates.

Ledger tables (``batches`` and all whose rows name one, and ``audit``) are append-only: rows are inserted and never
changed. A batch row is the last thing its transaction writes, because that is when it takes its position; the
entries that name it wait for it with a deferred foreign key.
"""

import datetime
import uuid
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What all tables have in common: how constraints are named, and which SQL types stand for Python's."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        datetime.datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
    }


class Employer(Base):
    """A contributing employer. ``contributor_class`` is ``basic``, ``premium`` or not known."""

    __tablename__ = "employers"
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    contributor_class: Mapped[str | None] = mapped_column(
        CheckConstraint("contributor_class IN ('basic', 'premium')", name="class")
    )
    created_at: Mapped[datetime.datetime]


class Member(Base):
    """A person whose hours are reported. The SSN is stored sealed, with a keyed index for look-up."""

    __tablename__ = "members"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    local: Mapped[str | None]
    birth_date: Mapped[datetime.date | None]
    joined: Mapped[datetime.date | None]
    ssn_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    ssn_index: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime.datetime]


class ApiKey(Base):
    """A caller's key. Only a digest of the secret part is kept."""

    __tablename__ = "api_keys"
    id: Mapped[str] = mapped_column(primary_key=True)
    secret_digest: Mapped[bytes] = mapped_column(LargeBinary)
    role: Mapped[str] = mapped_column(
        CheckConstraint("role IN ('administrator', 'employer', 'member', 'negotiator', 'auditor')", name="role")
    )
    employer: Mapped[str | None] = mapped_column(ForeignKey("employers.code"))
    member_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))
    expires: Mapped[datetime.date | None]
    created_at: Mapped[datetime.datetime]
    __table_args__ = (
        CheckConstraint("(role = 'employer') = (employer IS NOT NULL)", name="employer_scope"),
        CheckConstraint("(role = 'member') = (member_id IS NOT NULL)", name="member_scope"),
    )


class LedgerHead(Base):
    """One row: the last position given out. Locking it is what puts commits in order."""

    __tablename__ = "ledger_head"
    id: Mapped[int] = mapped_column(SmallInteger, CheckConstraint("id = 1", name="one_row"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[datetime.datetime]


class Batch(Base):
    """What one transaction added to the ledger. Order of positions is order of commits."""

    __tablename__ = "batches"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, unique=True)
    kind: Mapped[str] = mapped_column(
        CheckConstraint(
            "kind IN ('remittance', 'correction', 'fact', 'payment', 'credit', 'dispute', 'amendment')", name="kind"
        )
    )
    recorded_at: Mapped[datetime.datetime] = mapped_column(index=True)
    author: Mapped[str]
    reason: Mapped[str | None]


class Remittance(Base):
    """An employer's report. Its id is its batch's id; ``lines`` is how many lines it
    came with. What they say stands in the entries that name it."""

    __tablename__ = "remittances"
    id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("batches.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    employer: Mapped[str] = mapped_column(ForeignKey("employers.code"))
    report: Mapped[str]
    agreement: Mapped[str]
    lines: Mapped[int]
    __table_args__ = (Index(None, "employer", "report"),)


class Entry(Base):
    """A line of the hours ledger. ``credited`` is what the plan counts; ``due`` what is owed on it, in cents by fund,
    null where a fund is owed something that nobody can reckon.

    A reversal carries the negatives of the entry it names, a restoration the values that a reversal took away, and an
    entry is reversed at most once. A line that trustees credit (basis ``decision``) belongs to no report.
    """

    __tablename__ = "entries"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    batch_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("batches.id", deferrable=True, initially="DEFERRED"), index=True
    )
    remittance_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("remittances.id", deferrable=True, initially="DEFERRED")
    )
    line: Mapped[int]
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    employer: Mapped[str | None] = mapped_column(ForeignKey("employers.code"))
    week_ending: Mapped[datetime.date] = mapped_column(Date)
    basis: Mapped[str] = mapped_column(
        CheckConstraint("basis IN ('hourly', 'on_call', 'weekly', 'decision')", name="basis")
    )
    hours_worked: Mapped[int | None]
    hours_guaranteed: Mapped[int | None]
    days_worked: Mapped[int | None] = mapped_column(SmallInteger)
    scale_rate_cents: Mapped[int | None] = mapped_column(Integer)
    occupation: Mapped[str | None]
    local: Mapped[str | None]
    production: Mapped[str | None]
    credited: Mapped[int]
    imputation: Mapped[str]
    due: Mapped[dict[str, Any]]
    kind: Mapped[str] = mapped_column(CheckConstraint("kind IN ('line', 'reversal', 'restoration')", name="kind"))
    reverses: Mapped[int | None] = mapped_column(ForeignKey("entries.id"))
    __table_args__ = (
        CheckConstraint("(kind = 'line') = (reverses IS NULL)", name="reverses"),
        CheckConstraint("(basis = 'decision') = (remittance_id IS NULL)", name="decision"),
        # Partial, so that nobody plans to find all that is no reversal by it.
        Index("uq_entries_reverses", "reverses", unique=True, postgresql_where=text("reverses IS NOT NULL")),
        Index("ix_entries_member_id_week_ending", "member_id", "week_ending", postgresql_include=["credited"]),
        Index(None, "remittance_id", "line"),
        Index(None, "employer", "week_ending"),
    )


class Payment(Base):
    """Money that an employer paid for a report, for one fund of it or for all (``fund`` is null).

    A reversal carries the negative of the payment it names, and a payment is reversed at most once."""

    __tablename__ = "payments"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    batch_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("batches.id", deferrable=True, initially="DEFERRED"), index=True
    )
    employer: Mapped[str] = mapped_column(ForeignKey("employers.code"), index=True)
    remittance_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("remittances.id"), index=True)
    fund: Mapped[str | None]
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[datetime.date]
    reference: Mapped[str | None]
    reverses: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payments.id"), unique=True)


class Dispute(Base):
    """Hours that a member says are missing: which weeks of which employer, how many, and what shows it."""

    __tablename__ = "disputes"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batches.id", deferrable=True, initially="DEFERRED"))
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"), index=True)
    employer: Mapped[str | None] = mapped_column(ForeignKey("employers.code"))
    first_week: Mapped[datetime.date]
    last_week: Mapped[datetime.date]
    hours: Mapped[int]
    evidence: Mapped[str]


class Resolution(Base):
    """How a dispute ended. The hours that it gave are entries of the same batch."""

    __tablename__ = "resolutions"
    dispute_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("disputes.id"), primary_key=True)
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batches.id", deferrable=True, initially="DEFERRED"))
    outcome: Mapped[str] = mapped_column(CheckConstraint("outcome IN ('granted', 'rejected')", name="outcome"))
    reason: Mapped[str]


class Amendment(Base):
    """What trustees adopted for a plan after its file was written: a relief order, or values of its terms.

    ``text`` is in the form of the file. Known from its position on, whatever days it is in force from. ``withdraws``
    names an earlier one that this one takes back; one is withdrawn at most once.
    """

    __tablename__ = "amendments"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batches.id", deferrable=True, initially="DEFERRED"))
    plan: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(CheckConstraint("kind IN ('relief', 'terms')", name="kind"))
    name: Mapped[str]
    text: Mapped[dict[str, Any]]
    withdraws: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("amendments.id"), unique=True)


class Job(Base):
    """A long call that is carried out after its request was answered: what it was asked, how far it is, its answer."""

    __tablename__ = "jobs"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    caller: Mapped[str]
    operation: Mapped[str]
    asked: Mapped[dict[str, Any]]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(CheckConstraint("state IN ('waiting', 'running', 'done')", name="state"))
    counted: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[int | None] = mapped_column(SmallInteger)
    answer: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime.datetime]
    changed_at: Mapped[datetime.datetime]


class RefusedRows(Base):
    """The rows of a file that were refused, with what is wrong with each, as a CSV file to be fetched for a while."""

    __tablename__ = "refused_rows"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    caller: Mapped[str]
    csv: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime.datetime] = mapped_column(index=True)


class Fact(Base):
    """A dated thing known about a member that hours do not say: a disability claim, a decision of the plan.

    ``withdraws`` names an earlier fact that this one takes back; a fact is withdrawn at most once."""

    __tablename__ = "facts"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batches.id", deferrable=True, initially="DEFERRED"))
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"), index=True)
    kind: Mapped[str]
    first_day: Mapped[datetime.date]
    last_day: Mapped[datetime.date]
    detail: Mapped[dict[str, Any]]
    withdraws: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("facts.id"), unique=True)


class Proposal(Base):
    """Terms that somebody proposes: only what changes, as {lever or path: {date: value}}."""

    __tablename__ = "proposals"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    title: Mapped[str]
    author: Mapped[str]
    plan: Mapped[str]
    note: Mapped[str | None]
    changes: Mapped[dict[str, Any]]
    version: Mapped[int]
    created_by: Mapped[str]
    created_at: Mapped[datetime.datetime]
    changed_at: Mapped[datetime.datetime]


class Snapshot(Base):
    """A membership without names, as it stood at a ledger position. What it holds stands in a folder named ``hash``.

    ``adopted`` is what had been adopted for the plans where an imported one was taken; None: it was taken here.
    """

    __tablename__ = "snapshots"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    hash: Mapped[str]
    position: Mapped[int] = mapped_column(BigInteger)
    members: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[int] = mapped_column(BigInteger)
    first_day: Mapped[datetime.date | None]
    last_day: Mapped[datetime.date | None]
    synthetic: Mapped[str]
    adopted: Mapped[list[dict[str, str]] | None] = mapped_column(JSONB(none_as_null=True))
    created_by: Mapped[str]
    created_at: Mapped[datetime.datetime] = mapped_column(index=True)


class Scenario(Base):
    """What a scenario was asked, complete, and what came of it: the same question again has the same answer.

    ``inputs`` is the hash of all that the answer rests on; ``outcome`` the exact answer, before anything is suppressed.
    """

    __tablename__ = "scenarios"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    inputs: Mapped[str] = mapped_column(unique=True)
    snapshot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("snapshots.id"), index=True)
    plan: Mapped[str]
    asked: Mapped[dict[str, Any]]
    outcome: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime.datetime] = mapped_column(index=True)


class IdempotencyKey(Base):
    """The first answer to an unsafe call, kept in the same transaction as what the call did."""

    __tablename__ = "idempotency_keys"
    caller: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int] = mapped_column(SmallInteger)
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime.datetime]


class AuditLine(Base):
    """Who did what, when, and to what."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime.datetime]
    caller: Mapped[str]
    role: Mapped[str]
    operation: Mapped[str]
    subject: Mapped[str | None]
    position: Mapped[int | None] = mapped_column(BigInteger)
    request_id: Mapped[str]
