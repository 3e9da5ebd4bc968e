"""The rows of a report that were refused, as a file that whoever sent them can fetch for a week."""

import datetime
import uuid

from flask import Response
from sqlalchemy import bindparam, delete, insert, or_, select
from sqlalchemy.orm import Session

from service import clock
from service.auth import Caller, allow, caller
from service.db import writing
from service.models import RefusedRows
from service.once import fingerprint_of_request, reads
from service.problems import unknown
from service.wire import Blueprint
from service.world import world

KEPT = datetime.timedelta(days=7)
EXAMPLE = (
    "line,column,code,message,member,week_ending,hours_worked\r\n"
    '3,hours_worked,decimal_comma,"""8,5"" has a comma. Write the decimals after a point, such as 412.50.",'
    'M-000123,2021-07-31,"8,5"\r\n'
)
ROWS = RefusedRows.__table__
CLEAR = delete(ROWS).where(or_(ROWS.c.id == bindparam("again"), ROWS.c.created_at < bindparam("before")))
KEPT_ROWS = select(ROWS.c.csv).where(
    ROWS.c.id == bindparam("refused"), ROWS.c.caller == bindparam("who"), ROWS.c.created_at >= bindparam("after")
)

blp = Blueprint("refused", __name__, url_prefix="/v1/remittances", description="The bad rows of reports.")


def keep(who: Caller, csv: bytes) -> str:
    """Keep the bad rows of this request for ``who``; where they can be fetched. The same request has the same place.

    They are kept in a transaction of their own: that of the report leaves nothing behind.
    """
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{who.id} {fingerprint_of_request().hex()}")
    now = clock.now()
    with writing(world().engine) as session:
        session.execute(CLEAR, {"again": name, "before": now - KEPT})
        session.execute(insert(ROWS), {"id": name, "caller": who.id, "csv": csv, "created_at": now})
    return f"/v1/remittances/refused/{name}"


@blp.route("/refused/<uuid:refused>")
@allow("administrator", "employer")
@reads
@blp.response(200, {"type": "string"}, content_type="text/csv", example=EXAMPLE)
def read_refused_rows(session: Session, refused: uuid.UUID) -> Response:
    """Read the bad rows of a report that was refused.

    Each bad row stands here once: its line, the columns, codes and cures, and the row as it was sent. A cell that a
    spreadsheet would take for a formula begins with an apostrophe. Kept for seven days, for the key that sent it.
    """
    asked = {"refused": refused, "who": caller().id, "after": clock.now() - KEPT}
    csv = session.execute(KEPT_ROWS, asked).scalar()
    if csv is None:
        raise unknown("file of refused rows")
    return Response(
        csv,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="refused-{str(refused)[:8]}.csv"'},
    )
