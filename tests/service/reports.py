"""Reports for tests: lines as JSON and as CSV, and the state of the ledger."""

from sqlalchemy import func, select

from service.models import Batch, Entry, Fact, LedgerHead, Remittance

WEEK = "2021-07-31"


def line(member, hours_worked="40.00", week_ending=WEEK, **more):
    """One line of a JSON report, for a member or a member's number."""
    number = getattr(member, "number", member)
    return {"member": number, "week_ending": week_ending, "hours_worked": hours_worked, **more}


def report(employer, lines, name="2021-W30", **more):
    """A JSON report."""
    return {"employer": employer.code, "report": name, "agreement": "basic-2018", "lines": lines, **more}


def post(client, employer, lines, name="2021-W30", query=None, headers=None, **more):
    """Post a report; the answer."""
    return client.post(
        "/v1/remittances", json=report(employer, lines, name, **more), query_string=query, headers=headers
    )


def post_csv(client, employer, data, name="2021-W30", query=None):
    """Post a CSV file; the answer."""
    head = {"employer": employer.code, "report": name, "agreement": "basic-2018"}
    return client.post("/v1/remittances", data=data, content_type="text/csv", query_string={**head, **(query or {})})


def correct(client, remittance, *changes, query=None, reason="Read twice."):
    """Correct a report; the answer."""
    body = {"reason": reason, "lines": list(changes)}
    return client.post(f"/v1/remittances/{remittance}/corrections", json=body, query_string=query)


def state(session):
    """The ledger's position, and how many rows it holds."""
    session.rollback()
    tables = (Batch, Remittance, Entry, Fact)
    rows = [session.scalar(select(func.count()).select_from(table)) for table in tables]
    return session.scalar(select(LedgerHead.position)), *rows


def codes(answer):
    """The codes of a refusal's errors."""
    return [error["code"] for error in answer.json["errors"]]


def remarks(answer):
    """The remarks on a receipt, but for those about contributions of which no rate is known."""
    return [problem for problem in answer.json["problems"] if problem["code"] != "contributions_unknown"]


def moved(answer):
    """How many members gain and lose cover by what was posted."""
    changes = answer.json["cover_changes"]
    return {"gained": changes["gained"], "lost": changes["lost"]}
