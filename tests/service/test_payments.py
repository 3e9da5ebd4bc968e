"""Payments over HTTP: what a report owes, what was paid for it and since when, and taken back once."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.service.reports import codes, line, post

WEEK = "2021-08-07"  # its week began on 1 August 2021, when the premium rate stepped
LINE = {"week_ending": WEEK, "hours_worked": "40.00", "scale_rate": "41.20"}
# 40 hours at 7.563, 1.8065 and (assumed) 0.30, and 6 % of 40 times 41.20.
DUE = {"active-health": "302.52", "pension": "72.26", "retiree-health": "12.00", "individual-account": "98.88"}
TOTAL = "485.66"


@pytest.fixture
def posted(administrator, premium, member, session):
    """The id of a posted report of one week, for which everything is known."""
    session.commit()
    return post(administrator, premium, [line(member, **LINE)]).json["id"]


def pay(client, employer, *parts, amount=None, received="2021-08-20", **more):
    """Post a payment of (report, amount) parts; the answer."""
    allocations = [{"remittance": str(report), "amount": cents} for report, cents in parts]
    amount = amount or f"{sum(float(cents) for _, cents in parts):.2f}"
    body = {"employer": employer.code, "received": received, "amount": amount, "allocations": allocations, **more}
    return client.post("/v1/payments", json=body)


def test_the_receipt_of_a_report_says_what_is_due_by_fund(administrator, premium, member, session):
    session.commit()
    receipt = post(administrator, premium, [line(member, **LINE)]).json
    assert (receipt["contributions"], receipt["problems"]) == (DUE, [])


def test_a_report_is_paid_from_the_day_on_which_all_of_it_came(administrator, premium, posted):
    first = pay(administrator, premium, (posted, "400.00"), received="2021-08-20", reference="EFT 1")
    assert first.status_code == 201
    (part,) = first.json["allocations"]
    assert (part["due"], part["paid"], part["paid_on"]) == (TOTAL, "400.00", None)
    second = pay(administrator, premium, (posted, "85.66"), received="2021-09-03")
    (part,) = second.json["allocations"]
    assert (part["paid"], part["paid_on"], second.json["problems"]) == (TOTAL, "2021-09-03", [])
    read = administrator.get(f"/v1/payments/{first.json['id']}")
    assert read.json["allocations"][0]["paid_on"] == "2021-09-03"
    then = administrator.get(f"/v1/payments/{first.json['id']}", query_string={"known_at": first.json["position"]})
    assert then.json["allocations"][0]["paid_on"] is None
    listed = administrator.get("/v1/payments", query_string={"employer": premium.code}).json
    assert [each["id"] for each in listed["items"]] == [first.json["id"], second.json["id"]]
    assert [each["reference"] for each in listed["items"]] == ["EFT 1", None]


def test_a_payment_is_taken_back_once(administrator, premium, posted):
    paid = pay(administrator, premium, (posted, TOTAL)).json
    address = f"/v1/payments/{paid['id']}/reversal"
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: administrator.post(address, json={"reason": "Called back."}), range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    (done,) = (answer.json for answer in answers if answer.status_code == 201)
    assert (done["reversed_at"], done["allocations"][0]["paid"]) == (done["position"], "0.00")
    before = administrator.get(f"/v1/payments/{paid['id']}", query_string={"known_at": paid["position"]}).json
    assert (before["reversed_at"], before["allocations"][0]["paid"]) == (None, TOTAL)


def test_more_than_is_due_is_taken_and_remarked(administrator, premium, posted):
    answer = pay(administrator, premium, (posted, "500.00"))
    assert [each["code"] for each in answer.json["problems"]] == ["paid_more_than_due"]


def test_what_is_wrong_is_named_and_nothing_is_recorded(administrator, premium, employer, posted, session):
    session.commit()
    assert codes(pay(administrator, premium, (posted, "1.00"), amount="2.00")) == ["control_mismatch"]
    assert codes(pay(administrator, premium, (uuid.uuid4(), "1.00"))) == ["unknown_remittance"]
    assert codes(pay(administrator, employer, (posted, "1.00"))) == ["other_employer"]
    assert codes(pay(administrator, premium, (posted, "0.00"), amount="0.00")) == ["no_amount"]
    assert codes(pay(administrator, premium, (posted, "1.00"), received="2999-01-01")) == ["date_out_of_range"]
    assert codes(pay(administrator, premium, amount="1.00")) == ["no_allocations"]
    listed = administrator.get("/v1/payments", query_string={"employer": premium.code}).json
    assert (listed["items"], listed["known_at"]) == ([], 1)
