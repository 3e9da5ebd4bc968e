"""Amendments over HTTP: values of a plan's terms adopted after its file, and the answers known before and after."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from rules import terms as rules
from service import amendments, in_force
from tests.service.reports import correct, line, post, state

PATH = "/v1/plans/mpi-health/amendments"
CONTINUING = "qualify.continuing.routes.hours.sum.at_least"
NEW = {
    "title": "380 hours keep cover",
    "cite": {"title": "Minutes of 2 June 2022", "url": "https://plan.example/minutes", "section": "4"},
    "adopted": "2022-06-02",
    "changes": {"continuing_hours": {"2020-08-01": "380"}},
    "reason": "Work has not come back.",
}
ON = "2022-02-01"
ABSENT = "7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11"


@pytest.fixture
def amend(administrator):
    """Call it with changes of an amendment: the answer to adopting it."""

    def send(client=administrator, plan="mpi-health", query=None, headers=None, **changes):
        body = {name: value for name, value in {**NEW, **changes}.items() if value is not ...}
        return client.post(f"/v1/plans/{plan}/amendments", json=body, query_string=query, headers=headers)

    return send


@pytest.fixture
def withdraw(administrator):
    """Call it with an amendment's id: the answer to withdrawing it."""
    return lambda amendment, client=administrator, **options: client.post(
        f"{PATH}/{amendment}/withdrawal", json={"reason": "Decided otherwise."}, **options
    )


@pytest.fixture
def ask(administrator, member, employer, session):
    """Call it with a query: the answer about a member who began with 600 hours and has 380 for the next test."""
    session.commit()
    assert post(administrator, employer, [line(member, "600", "2021-05-08")], "a").status_code == 201
    assert post(administrator, employer, [line(member, "380", "2021-11-06")], "b").status_code == 201

    def question(**query):
        asked = {"plan": "mpi-health", "on": ON, **query}
        told = administrator.get(f"/v1/members/{member.id}/coverage", query_string=asked)
        assert told.status_code == 200, told.json
        return told.json

    return question


def test_an_amendment_is_recorded_and_read(amend, negotiator):
    made = amend()
    assert (made.status_code, made.headers["Location"]) == (201, f"{PATH}/{made.json['id']}")
    told = made.json
    assert {name: told[name] for name in NEW} == NEW
    assert (told["plan"], told["position"], told["withdrawn_at"], told["effect"]) == ("mpi-health", 1, None, None)
    read = negotiator.get(made.headers["Location"]).json
    assert read == {"known_at": 1} | {name: told[name] for name in read if name != "known_at"}
    assert negotiator.get(PATH).json["items"] == [{name: read[name] for name in read if name != "known_at"}]
    assert negotiator.get(f"{PATH}?known_at=0").json["items"] == []
    assert negotiator.get(f"{PATH}/{made.json['id']}?known_at=0").status_code == 404
    plan = negotiator.get("/v1/plans/mpi-health").json
    assert plan["version"] == told["terms_version"] != rules.plan("mpi-health").version
    last = plan["terms"][CONTINUING][-1]
    assert [last[name] for name in ("from", "value", "adopted", "cite")] == [
        "2020-08-01",
        "380",
        "2022-06-02",
        NEW["cite"],
    ]
    assert negotiator.get("/v1/relief-orders").json["items"] == []


def test_three_answers_to_one_question_each_explain_themselves(amend, ask, administrator, employer, member):
    """Known before anything: short. A late report gains cover, its correction loses it, an amendment gives it back."""
    late = post(administrator, employer, [line(member, "20", "2021-11-13")], "late")
    taken_back = correct(administrator, late.json["id"], {"line": 1, "void": True})
    adopted = amend()
    positions = [late.json["position"] - 1, *(answer.json["position"] for answer in (late, taken_back, adopted))]
    answers = [ask(known_at=position) for position in positions]
    assert [answer["known_at"] for answer in answers] == positions
    found = [answer["determinations"][0] for answer in answers]
    assert [one["covered"] for one in found] == [False, True, False, True]
    assert [one["hours"]["counted"] for one in found] == ["380.00", "400.00", "380.00", "380.00"]
    assert [one["hours"]["required"] for one in found] == ["400.00", "400.00", "400.00", "380.00"]
    assert [len(one["reasons"][0]["lines"]) for one in found] == [1, 2, 1, 1]
    assert len({one["terms"]["version"] for one in found[:3]}) == 1
    assert found[3]["terms"]["version"] == adopted.json["terms_version"] != found[0]["terms"]["version"]
    assert "20.00 are short" in found[2]["reasons"][0]["text"]
    assert (found[3]["reasons"][0]["cite"], found[3]["reasons"][0]["rule"]) == (NEW["cite"], CONTINUING)
    assert late.json["cover_changes"]["gained"] == taken_back.json["cover_changes"]["lost"] == 1
    entries = administrator.get(f"/v1/members/{member.id}/hours").json["lines"]
    recorded = max(one["recorded_at"] for one in entries)
    assert ask(known_at=recorded) == answers[2]
    assert ask() == answers[3]
    history = {"plan": "mpi-health", "from": "2022-02", "to": "2022-02"}
    path = f"/v1/members/{member.id}/coverage/history"
    told = [administrator.get(path, query_string={**history, "known_at": at}).json for at in positions]
    versions = [one["histories"][0]["terms"]["version"] for one in told]
    assert versions == [one["terms"]["version"] for one in found]


def test_a_dry_run_tells_who_gains_and_stores_nothing(amend, ask, member, session):
    ask()
    before = state(session)
    dry = amend(query={"dry_run": "true"})
    assert (dry.status_code, dry.json["dry_run"], state(session)) == (201, True, before)
    effect = dry.json["effect"]
    assert effect["gained"] == {"members": 1, "numbers": [member.number]}
    assert (effect["lost"]["members"], effect["members"], effect["known_at"]) == (0, 1, 2)
    assert effect["terms"] == {"before": rules.plan("mpi-health").version, "after": dry.json["terms_version"]}
    # Tested every month as long as no other test holds, and covered for half a year from the first that does.
    months = {month["month"]: month for month in effect["months"]}
    covered = [month for month in months if ask(on=f"{month}-01")["determinations"][0]["covered"]]
    assert covered == [month for month, one in months.items() if one["covered_before"]]
    amend()
    covered = [month for month in months if ask(on=f"{month}-01")["determinations"][0]["covered"]]
    assert covered == [month for month, one in months.items() if one["covered_after"]]
    worse = amend(changes={"continuing_hours": {"2020-08-01": "390"}}, query={"dry_run": "true"}).json["effect"]
    assert worse["lost"]["numbers"] == [member.number]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"changes": {}}, "/changes", "no_change"),
        ({"changes": {"speed": {"2021-08-01": "1"}}}, "/changes/speed", "bad_change"),
        ({"changes": {"a/b": {"2021-08-01": "1"}}}, "/changes/a~1b", "bad_change"),
        (
            {"changes": {"continuing_hours": {"2021-08-32": "1"}}},
            "/changes/continuing_hours/2021-08-32",
            "bad_change",
        ),
        ({"changes": {"continuing_hours": {"2021-08-01": 1}}}, "/changes/continuing_hours/2021-08-01", "bad_change"),
        ({"changes": {"lapse.every": {"2021-01-01": "5"}}}, "/changes/lapse.every", "bad_change"),
        (
            {"changes": {"credit.hours.counts": {"2021-01-01": "earnings"}}},
            "/changes/credit.hours.counts",
            "bad_change",
        ),
        ({"changes": {"bank_cap": {"2021-08-01": "4" * 201}}}, "/changes/bank_cap/2021-08-01", "too_long"),
        ({"changes": []}, "/changes", "invalid"),
        ({"cite": {"title": "Minutes"}}, "/cite/url", "required"),
        ({"cite": ...}, "/cite", "required"),
        ({"adopted": "2022-06-31"}, "/adopted", "impossible_date"),
        ({"adopted": ...}, "/adopted", "required"),
        ({"reason": " "}, "/reason", "blank"),
        ({"note": "x"}, "/note", "unknown_name"),
    ],
)
def test_an_amendment_that_the_rules_do_not_take_is_refused_at_its_place(amend, session, changes, pointer, code):
    refused = amend(**changes)
    assert refused.status_code == 422
    assert [(each["pointer"], each["code"]) for each in refused.json["errors"]] == [(pointer, code)]
    assert state(session)[0] == 0


def test_an_amendment_of_a_plan_that_is_not_there_is_a_404(amend, administrator):
    assert amend(plan="nowhere").status_code == 404
    assert administrator.get("/v1/plans/nowhere/amendments").status_code == 404


def test_nothing_is_adopted_that_the_ledger_could_not_answer(amend):
    refused = amend(plan="oe49-dollars", changes={"credit.dollars.counts": {"2021-01-01": "earnings"}})
    assert refused.status_code == 422
    assert "counts earnings" in refused.json["errors"][0]["message"]


def test_what_is_adopted_later_goes_before_what_was_adopted_earlier(amend, withdraw, ask):
    required = []
    first = amend().json["id"]
    required.append(ask()["determinations"][0]["hours"]["required"])
    second = amend(changes={"continuing_hours": {"2021-01-01": "390"}}).json["id"]
    required.append(ask()["determinations"][0]["hours"]["required"])
    assert withdraw(first).status_code == 201
    required.append(ask()["determinations"][0]["hours"]["required"])
    assert withdraw(second).status_code == 201
    required.append(ask()["determinations"][0]["hours"]["required"])
    assert required == ["380.00", "390.00", "390.00", "400.00"]
    known = [ask(known_at=position)["determinations"][0]["hours"]["required"] for position in range(2, 7)]
    assert known == ["400.00", "380.00", "390.00", "390.00", "400.00"]


def test_what_something_else_rests_on_is_not_withdrawn_first(amend, withdraw, administrator):
    cutoff = "2021-11-20"
    order = {
        "title": "Autumn",
        "cite": "notice",
        "sources": {"notice": {"title": "Notice", "url": "https://plan.example"}},
        "gives": "hours",
        "for": {cutoff: {"value": "enrolled", "cite": "notice"}},
        "up_to": {cutoff: {"value": 30, "unit": "hour", "cite": "notice"}},
    }
    body = {"plan": "mpi-health", "name": "autumn", "order": order, "reason": "Resolution."}
    made = administrator.post("/v1/relief-orders", json=body).json["id"]
    later = amend(changes={"relief.autumn.up_to": {cutoff: "60"}})
    assert later.status_code == 201
    path = f"/v1/relief-orders/{made}/withdrawal"
    refused = administrator.post(path, json={"reason": "x"})
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/something-rests-on-it")
    assert later.json["id"] in refused.json["detail"]
    assert withdraw(later.json["id"]).status_code == 201
    assert administrator.post(path, json={"reason": "x"}).status_code == 201


def test_an_amendment_that_no_longer_fits_the_file_is_named_and_can_be_withdrawn(amend, withdraw, ask, monkeypatch):
    made = amend().json["id"]

    def unfit(*_):
        raise rules.ChangeError("the file has changed", path="continuing_hours")

    monkeypatch.setattr(in_force, "amended", unfit)
    in_force._merged.cache_clear()
    with pytest.raises(AssertionError, match="amendment-unfit"):
        ask()
    gone = withdraw(made)
    assert (gone.status_code, gone.json["terms_version"]) == (201, rules.plan("mpi-health").version)
    assert ask()["determinations"][0]["hours"]["required"] == "400.00"


def test_a_plan_takes_so_many_amendments(amend, withdraw, monkeypatch):
    monkeypatch.setattr(amendments, "MOST_ADOPTED", 2)
    first, _ = amend().json["id"], amend()
    refused = amend()
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/too-many-amendments")
    withdraw(first)
    assert amend().status_code == 201


def test_an_amendment_is_withdrawn_once_whoever_comes_first(amend, withdraw, client_for, session):
    made = amend().json["id"]
    clients = [client_for("administrator") for _ in range(3)]
    start = threading.Barrier(len(clients))

    def take_back(client):
        start.wait()
        return withdraw(made, client)

    with ThreadPoolExecutor(len(clients)) as threads:
        answers = list(threads.map(take_back, clients))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert state(session)[0] == 2


def test_only_an_amendment_of_that_plan_is_read_and_withdrawn(amend, administrator):
    made = amend().json["id"]
    for path in (f"/v1/plans/eisb-health/amendments/{made}", f"{PATH}/{ABSENT}"):
        assert administrator.get(path).status_code == 404
        assert administrator.post(f"{path}/withdrawal", json={"reason": "x"}).status_code == 404
    assert administrator.get(f"/v1/relief-orders/{made}").status_code == 404


def test_the_same_key_gives_the_same_answer(amend, withdraw, session):
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first, again = amend(headers=key), amend(headers=key)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert amend(headers=key, title="Another").status_code == 422
    gone, once_more = (withdraw(first.json["id"], headers=key) for _ in range(2))
    assert (gone.status_code, once_more.json) == (201, gone.json)
    assert state(session)[0] == 2


@pytest.mark.parametrize("role", ["auditor", "negotiator", "member", "employer"])
def test_everybody_reads_and_only_administrators_amend(role, client_for, member, employer, amend, withdraw):
    made = amend().json["id"]
    owner = {"member": member if role == "member" else None, "employer": employer if role == "employer" else None}
    client = client_for(role, **owner)
    assert client.get(PATH).status_code == client.get(f"{PATH}/{made}").status_code == 200
    refused = [amend(client, query=query) for query in (None, {"dry_run": "true"})] + [withdraw(made, client)]
    assert [each.status_code for each in refused] == [403] * 3


def test_amendments_are_listed_in_parts_of_one_state(amend, administrator):
    ids = [amend(title=f"Amendment {number}").json["id"] for number in range(3)]
    first = administrator.get(f"{PATH}?limit=2")
    amend()
    second = administrator.get(first.headers["Link"][1:].partition(">")[0]).json
    assert [one["id"] for one in first.json["items"] + second["items"]] == ids
    assert (second["known_at"], second["next"]) == (3, None)
    assert administrator.get(f"{PATH}?cursor=x").status_code == 422
