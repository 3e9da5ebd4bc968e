"""Relief orders over HTTP: adopted after the plan's file, known from their position on, withdrawn once."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, select

from rules import terms as rules
from service import in_force
from service.models import AuditLine, Batch
from tests.service.reports import line, post, state

CUTOFF = "2021-11-20"  # feeds cover from 1 February 2022
CITE = {"title": "Notice of the trustees", "url": "https://plan.example/notice", "section": "2"}
ORDER = {
    "title": "Slow autumn of 2021",
    "adopted": "2022-03-02",
    "cite": "notice",
    "sources": {"notice": CITE},
    "gives": "hours",
    "for": {CUTOFF: {"value": "enrolled", "cite": "notice"}},
    "up_to": {CUTOFF: {"value": 30, "unit": "hour", "cite": "notice"}},
}
NEW = {"plan": "mpi-health", "name": "autumn-2021", "order": ORDER, "reason": "Resolution 12."}
ON = "2022-02-01"
ABSENT = "7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11"


@pytest.fixture
def adopt(administrator):
    """Call it with changes of an order: the answer to adopting it."""

    def send(client=administrator, query=None, headers=None, name=NEW["name"], plan=NEW["plan"], **changes):
        order = {key: value for key, value in {**ORDER, **changes}.items() if value is not ...}
        body = {**NEW, "name": name, "plan": plan, "order": order}
        return client.post("/v1/relief-orders", json=body, query_string=query, headers=headers)

    return send


@pytest.fixture
def withdraw(administrator):
    """Call it with an order's id: the answer to withdrawing it."""
    return lambda order, client=administrator, **options: client.post(
        f"/v1/relief-orders/{order}/withdrawal", json={"reason": "Decided otherwise."}, **options
    )


@pytest.fixture
def short(administrator, employer, member_factory, session):
    """Members short of 0, 20, 30 and 31 hours for cover from 1 February 2022, and one who had none to renew."""
    made = [member_factory() for _ in range(5)]
    session.commit()
    hours = (("600", "400"), ("600", "380"), ("600", "370"), ("600", "369"), ("219", "380"))
    days = ("2021-05-08", "2021-11-06")
    pairs = [(one, *pair) for one, both in zip(made, hours, strict=True) for pair in zip(both, days, strict=True)]
    lines = [line(*pair) for pair in pairs]
    assert post(administrator, employer, lines).status_code == 201
    return made


@pytest.fixture
def answer(administrator):
    """Call it with a member: the determination on the day at stake."""

    def ask(member, on=ON, **query):
        asked = {"plan": "mpi-health", "on": on, **query}
        told = administrator.get(f"/v1/members/{member.id}/coverage", query_string=asked)
        assert told.status_code == 200, told.json
        return told.json["determinations"][0]

    return ask


def test_an_order_is_recorded_and_read(adopt, auditor, session):
    made = adopt()
    assert (made.status_code, made.headers["Location"]) == (201, f"/v1/relief-orders/{made.json['id']}")
    told = made.json
    assert {name: told[name] for name in NEW} == NEW
    assert (told["position"], told["withdrawn_at"], told["effect"]) == (1, None, None)
    assert told["terms_version"] != rules.plan("mpi-health").version
    read = auditor.get(made.headers["Location"]).json
    assert read == {"known_at": 1} | {name: told[name] for name in read if name != "known_at"}
    assert auditor.get("/v1/relief-orders").json["items"] == [{name: read[name] for name in read if name != "known_at"}]
    assert auditor.get("/v1/relief-orders?plan=eisb-health").json["items"] == []
    assert auditor.get(f"{made.headers['Location']}?known_at=0").status_code == 404
    batch = session.scalars(select(Batch)).one()
    assert (batch.kind, batch.reason) == ("amendment", "Resolution 12.")
    assert session.scalars(select(AuditLine)).one().position == 1


def test_the_plan_is_shown_with_it_from_its_position_on(adopt, auditor):
    version = adopt().json["terms_version"]
    plan = auditor.get("/v1/plans/mpi-health").json
    assert (plan["version"], plan["known_at"]) == (version, 1)
    assert plan["relief"]["autumn-2021"] == {
        "title": ORDER["title"],
        "adopted": "2022-03-02",
        "gives": "hours",
        "cite": CITE,
    }
    assert plan["terms"]["relief.autumn-2021.up_to"][0]["cite"] == CITE
    assert auditor.get("/v1/plans/mpi-health/terms").json["version"] == version
    booklet = auditor.get("/v1/plans/mpi-health/booklet").json
    assert (booklet["version"], ORDER["title"] in str(booklet["sections"])) == (version, True)
    assert CITE["title"] in [note["title"] for note in booklet["footnotes"]]
    change = auditor.get(f"/v1/plans/mpi-health/diff?from=2021-11-19&to={CUTOFF}").json
    assert "relief.autumn-2021.up_to" in [one["path"] for one in change["changes"]]
    listed = {plan["plan"]: plan["version"] for plan in auditor.get("/v1/plans").json["items"]}
    assert listed["mpi-health"] == version
    for path in ("", "/terms", "/booklet", f"/diff?from=2021-11-19&to={CUTOFF}"):
        address = f"/v1/plans/mpi-health{path}"
        then = auditor.get(f"{address}{'&' if '?' in path else '?'}known_at=0").json
        assert (then["version"], "autumn-2021" in str(then)) == (rules.plan("mpi-health").version, False)
    then = {plan["plan"]: plan["version"] for plan in auditor.get("/v1/plans?known_at=0").json["items"]}
    assert then == {name: rules.plan(name).version for name in rules.every_name()}


def test_its_reasons_cite_its_own_source(adopt, answer, short):
    before = answer(short[1])
    assert not before["covered"]
    version = adopt().json["terms_version"]
    now = answer(short[1])
    assert (now["covered"], now["route"], now["terms"]["version"]) == (True, "relief", version)
    cited = [reason for reason in now["reasons"] if reason["rule"].startswith("relief.autumn-2021.")]
    assert ORDER["title"] in cited[0]["text"]
    assert {tuple(reason["cite"].values()) for reason in cited} == {tuple(CITE.values())}
    assert answer(short[1], known_at=1) == before
    assert [answer(one)["covered"] for one in short] == [True, True, True, False, False]


def test_a_dry_run_tells_whose_cover_would_change_month_by_month(
    adopt, withdraw, answer, administrator, short, session
):
    before = state(session)
    dry = adopt(query={"dry_run": "true"})
    assert (dry.status_code, dry.json["dry_run"]) == (201, True)
    assert state(session) == before
    effect = dry.json["effect"]
    assert (effect["known_at"], effect["members"]) == (1, len(short))
    assert effect["gained"] == {"members": 2, "numbers": [short[1].number, short[2].number]}
    assert effect["lost"] == {"members": 0, "numbers": []}
    assert [month["month"] for month in effect["months"]] == [f"2022-{month:02}" for month in range(2, 8)]
    covered = {month["month"]: month for month in effect["months"]}
    was = {month: sum(answer(one, f"{month}-01")["covered"] for one in short) for month in covered}
    made = adopt()
    assert made.json["terms_version"] == dry.json["terms_version"] == effect["terms"]["after"]
    now = {month: sum(answer(one, f"{month}-01")["covered"] for one in short) for month in covered}
    assert {month: one["covered_before"] for month, one in covered.items()} == was
    assert {month: one["covered_after"] for month, one in covered.items()} == now
    assert {month: one["gained"] - one["lost"] for month, one in covered.items()} == {
        month: now[month] - was[month] for month in covered
    }
    back = withdraw(made.json["id"], query_string={"dry_run": "true"}).json["effect"]
    assert (back["lost"], back["gained"]) == (effect["gained"], effect["lost"])
    assert answer(short[1])["covered"]


def test_a_receipt_counts_under_the_orders_that_hold(adopt, administrator, employer, short):
    lines = [line(short[3], "1.00", "2021-11-13")]
    nobody = post(administrator, employer, lines, query={"dry_run": "true"}).json["cover_changes"]
    adopt()
    somebody = post(administrator, employer, lines, query={"dry_run": "true"}).json["cover_changes"]
    assert (nobody["gained"], somebody["gained"]) == (0, 1)
    assert somebody["members"][0]["member"] == short[3].number


def test_a_proposal_extends_what_is_in_force(adopt, negotiator, answer, short):
    new = {"title": "Less", "author": "Somebody", "plan": "mpi-health"}
    changes = {"relief.autumn-2021.up_to": {CUTOFF: "31"}}
    assert negotiator.post("/v1/proposals", json={**new, "changes": changes}).status_code == 422
    adopt()
    made = negotiator.post("/v1/proposals", json={**new, "changes": changes})
    assert made.status_code == 201
    assert [answer(short[3], under=under)["covered"] for under in ("current", made.json["id"])] == [False, True]


def test_a_proposal_that_no_longer_fits_is_told_so(adopt, withdraw, administrator, negotiator, short):
    order = adopt().json["id"]
    changes = {"relief.autumn-2021.up_to": {CUTOFF: "31"}}
    body = {"title": "Less", "author": "Somebody", "plan": "mpi-health", "changes": changes}
    made = negotiator.post("/v1/proposals", json=body)
    withdraw(order)
    read = negotiator.get(made.headers["Location"])
    assert (read.status_code, read.json["terms_version"]) == (200, None)
    assert read.headers["ETag"] != made.headers["ETag"]
    asked = {"plan": "mpi-health", "on": ON, "under": made.json["id"]}
    refused = administrator.get(f"/v1/members/{short[0].id}/coverage", query_string=asked)
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "does_not_fit")
    then = administrator.get(f"/v1/members/{short[0].id}/coverage", query_string={**asked, "known_at": 2})
    assert then.status_code == 200


@pytest.mark.parametrize(
    ("changes", "pointer", "words"),
    [
        ({"gives": "money"}, "/order/gives", "not one of: hours"),
        ({"gives": ...}, "/order", "'gives' is missing"),
        ({"title": {"a": "b"}}, "/order/title", "single value"),
        ({"adopted": "2022-02-30"}, "/order/adopted", ""),
        ({"cite": "gazette"}, "/order/cite", "no source 'gazette'"),
        ({"sources": {"notice": {"title": "Notice"}}}, "/order/sources/notice", "'url' is missing"),
        ({"up_to": ...}, "/order", "'up_to' is missing"),
        ({"adds": ORDER["up_to"]}, "/order/adds", "has no 'adds'"),
        ({"for": {"2021-11-21": ORDER["for"][CUTOFF]}}, "/order/for", "not a cut-off"),
        ({"for": {CUTOFF: {"value": "many", "cite": "notice"}}}, f"/order/for/{CUTOFF}/value", "not one of: enrolled"),
        (
            {"up_to": {CUTOFF: {"value": 30.5, "unit": "hour", "cite": "notice"}}},
            f"/order/up_to/{CUTOFF}/value",
            "quot",
        ),
        ({"up_to": {CUTOFF: {"value": 30, "unit": "day", "cite": "notice"}}}, f"/order/up_to/{CUTOFF}/unit", "not one"),
        ({"up_to": {CUTOFF: {"value": 30, "cite": "notice"}}}, f"/order/up_to/{CUTOFF}", "'unit' is missing"),
        ({"up_to": {CUTOFF: {"value": "null", "unit": "hour", "cite": "notice", "note": "x"}}}, "/order/up_to", "ends"),
        ({"up_to": {CUTOFF: None}}, f"/order/up_to/{CUTOFF}", "leave the name out"),
        ({"upto": ORDER["up_to"]}, "/order/upto", "up_to"),
        ({"a/b": "c"}, "/order/a~1b", "unknown key"),
        ({"for": ["enrolled"]}, "/order/for", "map"),
        ({"cite": "", "sources": ...}, "/order/cite", "no source"),
    ],
)
def test_an_order_that_the_rules_do_not_take_is_refused_at_its_place(adopt, session, changes, pointer, words):
    refused = adopt(**changes)
    assert refused.status_code == 422
    (fault,) = refused.json["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, "bad_order")
    assert words in fault["message"]
    assert state(session)[0] == 0


@pytest.mark.parametrize(
    ("name", "order", "pointer", "code"),
    [
        ("a.b", {}, "/name", "bad_name"),
        ("x" * 61, {}, "/name", "too_long"),
        ("long", {"title": "x" * 50_000}, "/order", "too_long"),
        ("list", None, "/order", "invalid"),
    ],
)
def test_an_order_has_a_name_and_limits(administrator, name, order, pointer, code):
    sent = {**NEW, "name": name, "order": [] if order is None else {**ORDER, **order}}
    refused = administrator.post("/v1/relief-orders", json=sent)
    assert refused.status_code == 422
    assert [(each["pointer"], each["code"]) for each in refused.json["errors"]] == [(pointer, code)]


def test_two_orders_do_not_share_a_name_or_a_cut_off(adopt, withdraw):
    first = adopt().json["id"]
    same = adopt(title="Another")
    assert (same.status_code, same.json["errors"][0]["pointer"]) == (409, "/name")
    assert adopt(name="strikes-2023").status_code == 409
    crossing = adopt(name="another")
    assert crossing.status_code == 422
    assert "covers the cut-off" in crossing.json["errors"][0]["message"]
    assert withdraw(first).status_code == 201
    assert adopt().status_code == 201


def test_an_order_for_a_plan_that_is_not_there_is_a_404(adopt):
    assert adopt(plan="nowhere").status_code == 404


def test_of_two_orders_that_cross_only_one_is_adopted(adopt, client_for, session):
    clients = [client_for("administrator") for _ in range(4)]
    start = threading.Barrier(len(clients))

    def send(client, place):
        start.wait()
        return adopt(client, name=f"order-{place}")

    with ThreadPoolExecutor(len(clients)) as threads:
        answers = list(threads.map(send, clients, range(len(clients))))
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]
    assert state(session)[0] == 1


def test_an_order_is_withdrawn_once_and_stays_readable(adopt, withdraw, answer, short, client_for, auditor):
    made = adopt().json
    clients = [client_for("administrator") for _ in range(3)]
    start = threading.Barrier(len(clients))

    def take_back(client):
        start.wait()
        return withdraw(made["id"], client)

    with ThreadPoolExecutor(len(clients)) as threads:
        answers = sorted(threads.map(take_back, clients), key=lambda answer: answer.status_code)
    assert [each.status_code for each in answers] == [201, 409, 409]
    assert answers[1].json["type"] == "/problems/withdrawn-already"
    told = answers[0].json
    assert (told["withdraws"], told["position"]) == (made["id"], 3)
    assert told["terms_version"] == rules.plan("mpi-health").version
    read = auditor.get(f"/v1/relief-orders/{made['id']}").json
    assert (read["withdrawn_at"], read["order"]) == (3, ORDER)
    assert auditor.get(f"/v1/relief-orders/{made['id']}?known_at=2").json["withdrawn_at"] is None
    assert [answer(short[1], known_at=position)["covered"] for position in (1, 2, 3)] == [False, True, False]
    assert withdraw(told["id"]).status_code == 404
    assert withdraw(ABSENT).status_code == 404


def test_the_same_key_gives_the_same_answer(adopt, withdraw, session):
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first, again = adopt(headers=key), adopt(headers=key)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert adopt(headers=key, title="Another").status_code == 422
    gone, once_more = (withdraw(first.json["id"], headers=key) for _ in range(2))
    assert (gone.status_code, once_more.json) == (201, gone.json)
    assert state(session)[0] == 2


@pytest.mark.parametrize("role", ["auditor", "negotiator", "member", "employer"])
def test_everybody_reads_and_only_administrators_adopt(role, client_for, member, employer, adopt, withdraw):
    made = adopt().json["id"]
    owner = {"member": member if role == "member" else None, "employer": employer if role == "employer" else None}
    client = client_for(role, **owner)
    assert client.get("/v1/relief-orders").status_code == client.get(f"/v1/relief-orders/{made}").status_code == 200
    refused = [adopt(client, query=query) for query in (None, {"dry_run": "true"})] + [withdraw(made, client)]
    assert [each.status_code for each in refused] == [403] * 3


def test_orders_are_listed_in_parts_of_one_state(adopt, administrator, withdraw):
    cutoffs = ("2021-11-20", "2021-12-25", "2022-01-22")
    ids = [
        adopt(
            name=f"order-{place}",
            **{"for": {day: ORDER["for"][CUTOFF]}, "up_to": {day: ORDER["up_to"][CUTOFF]}},
        ).json["id"]
        for place, day in enumerate(cutoffs)
    ]
    first = administrator.get("/v1/relief-orders?plan=mpi-health&limit=2")
    withdraw(ids[0])
    second = administrator.get(first.headers["Link"][1:].partition(">")[0]).json
    assert [one["id"] for one in first.json["items"] + second["items"]] == ids
    assert (second["known_at"], second["next"]) == (3, None)
    assert administrator.get("/v1/relief-orders?cursor=x").status_code == 422


def test_an_answer_costs_one_small_statement_more(adopt, answer, short, engine):
    def statements():
        seen = []
        listen = lambda *args: seen.append(args[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", listen)
        answer(short[1])
        event.remove(engine, "before_cursor_execute", listen)
        return [sql for sql in seen if "amendments" in sql]

    assert len(statements()) == 1
    adopt()
    answer(short[1])
    kept = in_force._merged.cache_info().misses
    assert len(statements()) == 1
    assert in_force._merged.cache_info().misses == kept
