"""Members: the people whose hours are reported."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from schemas.members import (
    MEMBER_ANSWER_EXAMPLE,
    MEMBER_EXAMPLE,
    Member,
    MemberList,
    MemberNumber,
    MemberQuery,
    NewMember,
)
from service import clock, models, ssn
from service.auth import allow, caller, require_member
from service.cursors import cursor_of, link_to, parts_of
from service.once import once, reads
from service.problems import Problem, conflict, error, unknown
from service.wire import Blueprint
from service.world import world

blp = Blueprint("members", __name__, url_prefix="/v1/members", description="People whose hours are reported.")


@blp.route("", methods=["POST"])
@allow("administrator")
@once
@blp.arguments(NewMember, example=MEMBER_EXAMPLE)
@blp.response(201, Member, example=MEMBER_ANSWER_EXAMPLE)
def create_member(session: Session, new: dict[str, Any]) -> Any:
    """Record a member.

    The SSN is stored encrypted; answers show its last four digits only.
    """
    settings, member_id, number = world().settings, uuid.uuid4(), new.pop("ssn")
    row = session.scalar(
        insert(models.Member)
        .values(
            id=member_id,
            **new,
            ssn_sealed=ssn.seal(settings, number, member_id.bytes) if number else None,
            ssn_index=ssn.index(settings, number) if number else None,
            created_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(models.Member)
    )
    if row is None:
        raise taken(session, new["number"])
    return shown(row), {"Location": f"/v1/members/{row.id}"}


def taken(session: Session, number: str) -> Problem:
    """Which of the two things that no two members share is shared."""
    same = session.scalar(select(models.Member.id).where(models.Member.number == number))
    pointer, noun = ("/number", "number") if same else ("/ssn", "SSN")
    message = f"A member with this {noun} is recorded already."
    return conflict("member-exists", "Member exists already", message, [error(pointer, "taken", message)])


def shown(row: models.Member) -> dict[str, Any]:
    """What an answer tells of a member."""
    sealed = row.ssn_sealed
    number = ssn.masked(ssn.unseal(world().settings, sealed, row.id.bytes)) if sealed else None
    return {
        "id": row.id,
        "number": row.number,
        "name": row.name,
        "local": row.local,
        "birth_date": row.birth_date,
        "joined": row.joined,
        "ssn": number,
        "created_at": row.created_at,
    }


@blp.route("")
@allow("administrator", "auditor")
@reads
@blp.arguments(MemberQuery, location="query")
@blp.response(200, MemberList, example={"items": [MEMBER_ANSWER_EXAMPLE], "next": None})
def list_members(session: Session, query: dict[str, Any]) -> Any:
    """List members, or find the one with a number."""
    chosen = select(models.Member).order_by(models.Member.number).limit(query["limit"] + 1)
    if "number" in query:
        chosen = chosen.where(models.Member.number == query["number"])
    if "cursor" in query:
        chosen = chosen.where(models.Member.number > parts_of(query["cursor"], number_read)[0])
    rows = session.scalars(chosen).all()
    page = [shown(row) for row in rows[: query["limit"]]]
    cursor = cursor_of(page[-1]["number"]) if len(rows) > len(page) else None
    return {"items": page, "next": cursor}, link_to(cursor)


def number_read(part: str) -> str:
    """A member number as a cursor holds it; ValueError for anything else."""
    if not MemberNumber.pattern.fullmatch(part):
        raise ValueError("not a member number")
    return part


@blp.route("/<uuid:member>")
@allow("administrator", "auditor", "member")
@reads
@blp.response(200, Member, example=MEMBER_ANSWER_EXAMPLE)
def read_member(session: Session, member: uuid.UUID) -> Any:
    """Read a member.

    A key of the role member reads that member alone.
    """
    require_member(caller(), member)
    row = session.get(models.Member, member)
    if row is None:
        raise unknown("member")
    return shown(row)
