"""Contributing employers."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from schemas.employers import EMPLOYER_ANSWER_EXAMPLE, EMPLOYER_EXAMPLE, Employer, NewEmployer
from service import clock, models
from service.auth import allow, caller, require_employer
from service.once import once, reads
from service.problems import conflict, error, unknown
from service.wire import Blueprint

blp = Blueprint("employers", __name__, url_prefix="/v1/employers", description="Contributing employers.")


@blp.route("", methods=["POST"])
@allow("administrator")
@once
@blp.arguments(NewEmployer, example=EMPLOYER_EXAMPLE)
@blp.response(201, Employer, example=EMPLOYER_ANSWER_EXAMPLE)
def create_employer(session: Session, new: dict[str, Any]) -> Any:
    """Record an employer."""
    row = session.scalar(
        insert(models.Employer)
        .values(**new, created_at=clock.now())
        .on_conflict_do_nothing()
        .returning(models.Employer)
    )
    if row is None:
        message = "An employer with this code is recorded already. Take another code."
        raise conflict("employer-exists", "Employer exists already", message, [error("/code", "taken", message)])
    return row, {"Location": f"/v1/employers/{row.code}"}


@blp.route("/<employer>")
@allow("administrator", "auditor", "employer")
@reads
@blp.response(200, Employer, example=EMPLOYER_ANSWER_EXAMPLE)
def read_employer(session: Session, employer: str) -> Any:
    """Read an employer.

    A key of the role employer reads that employer alone.
    """
    require_employer(caller(), employer)
    row = session.get(models.Employer, employer)
    if row is None:
        raise unknown("employer")
    return row
