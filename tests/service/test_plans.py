"""Plans over HTTP: every value with its dates and sources."""

import base64
import dataclasses
import hashlib
import re
import uuid
from html.parser import HTMLParser

import pytest

from rules import booklet
from rules import terms as rules
from service import booklets

CONTINUING = "qualify.continuing.routes.hours.sum.at_least"


def test_plans_are_listed_with_their_versions(negotiator):
    listed = negotiator.get("/v1/plans").json
    assert [plan["plan"] for plan in listed["items"]] == rules.every_name()
    assert listed["next"] is None


def test_a_plan_is_read_whole(member_client):
    plan = member_client.get("/v1/plans/mpi-health").json
    assert plan["levers"]["continuing_hours"] == CONTINUING
    assert [(one["from"], one["value"], one["unit"]) for one in plan["terms"][CONTINUING]] == [
        ("1990-01-01", "300", "hour"),
        ("2008-11-01", "300", "hour"),
        ("2011-07-31", "400", "hour"),
    ]
    disputed = plan["terms"]["bank.deposit_after_initial"][0]
    assert disputed["status"] == "disputed"
    assert [one["value"] for one in disputed["either"]] == ["none", "excess_over_continuing"]
    assert plan["relief"]["strikes-2023"]["adopted"] == "2023-07-31"
    [named] = [one for one in member_client.get("/v1/plans").json["items"] if one["plan"] == "mpi-health"]
    assert plan["version"] == named["version"]
    assert "premiums" in plan["open"]


@pytest.mark.parametrize(("on", "hours"), [("2011-07-30", "300"), ("2011-07-31", "400"), ("2024-01-01", "400")])
def test_the_terms_of_a_day_hold_one_value_each(auditor, on, hours):
    terms = auditor.get("/v1/plans/mpi-health/terms", query_string={"on": on}).json
    assert (terms["on"], terms["terms"][CONTINUING]["value"]) == (on, hours)
    assert terms["terms"][CONTINUING]["cite"]["title"]


def test_terms_of_today_need_no_date(auditor):
    assert auditor.get("/v1/plans/mpi-health/terms").json["terms"][CONTINUING]["value"] == "400"


@pytest.mark.parametrize("path", ["/v1/plans/nowhere", "/v1/plans/nowhere/terms"])
def test_a_plan_that_is_not_there_is_a_404(auditor, path):
    assert auditor.get(path).status_code == 404


def test_plans_need_a_key(anonymous):
    assert anonymous.get("/v1/plans").status_code == 401


def test_a_value_without_a_known_start_is_from_null(auditor):
    plan = auditor.get("/v1/plans/teamsters959-health").json
    family = plan["terms"]["bank.amount.family"]
    assert [(one["from"], one["value"], one["by"]) for one in family] == [
        (None, "1964", "plan_level"),
        ("2021-01-01", "2406", "plan_level"),
    ]
    assert [(one["from"], one["unit"], one["times"]) for one in plan["terms"]["bank.cap"]] == [
        (None, "times", "bank.amount")
    ]
    old = auditor.get("/v1/plans/teamsters959-health/terms", query_string={"on": "1995-01-01"}).json
    assert old["terms"]["bank.amount.family"]["value"] == "1964"
    assert old["terms"]["bank.amount.family"]["from"] is None


@pytest.mark.parametrize("name", rules.every_name())
def test_every_plan_is_read(auditor, name):
    for path in ("", "/terms", "/booklet", "/booklet?format=html", "/booklet?format=markdown"):
        assert auditor.get(f"/v1/plans/{name}{path}").status_code == 200, path


def keeping(told):
    """The sentence that tells the number that keeps cover."""
    found = [sentence for section in told["sections"] for sentence in section["sentences"]]
    return next(sentence for sentence in found if CONTINUING in sentence["paths"])


def test_a_booklet_is_sections_of_sentences_with_sources(member_client):
    told = member_client.get("/v1/plans/mpi-health/booklet").json
    sentence = keeping(told)
    assert sentence["text"] == "To keep cover you need 400 hours in one qualifying period of six months."
    assert told["on"] is None
    [first, *_] = sentence["footnotes"]
    source = told["footnotes"][first - 1]
    assert (source["number"], source["title"]) == (first, "The Animation Guild, IA-AMPTP Deal, November 2008")
    assert {"since", "earlier", "note"} <= {remark["kind"] for remark in sentence["remarks"]}
    earlier = member_client.get("/v1/plans/mpi-health/booklet", query_string={"on": "2011-07-30"}).json
    assert "300 hours" in keeping(earlier)["text"]
    assert (earlier["on"], earlier["version"]) == ("2011-07-30", told["version"])


@pytest.mark.parametrize(
    ("accept", "query", "mimetype"),
    [
        (None, {}, "application/json"),
        ("*/*", {}, "application/json"),
        ("image/png", {}, "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", {}, "text/html"),
        ("text/markdown", {}, "text/markdown"),
        ("application/json", {"format": "html"}, "text/html"),
        ("text/html", {"format": "json"}, "application/json"),
        (None, {"format": "markdown"}, "text/markdown"),
    ],
)
def test_the_form_of_a_booklet_is_chosen(auditor, accept, query, mimetype):
    answer = auditor.get("/v1/plans/mpi-health/booklet", query_string=query, headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (200, mimetype)
    assert answer.headers["Vary"] == "Accept"
    again = auditor.get(
        "/v1/plans/mpi-health/booklet",
        query_string=query,
        headers={"Accept": accept, "If-None-Match": answer.headers["ETag"]},
    )
    assert again.status_code == 304


class Page(HTMLParser):
    """What a page holds: the ids of its elements, the links in it, and the elements in order."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.tags, self.open = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.tags.append(tag)
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)
        if "id" in named:
            self.ids.append(named["id"])
        if tag == "a":
            self.links.append(named)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_read_without_javascript_by_keyboard_and_aloud(auditor):
    answer = auditor.get("/v1/plans/mpi-health/booklet?format=html")
    page = Page(answer.text)
    assert page.open == []
    assert len(set(page.ids)) == len(page.ids)
    assert "script" not in page.tags
    assert page.tags.count("h1") == 1
    assert page.tags.count("main") == 1
    assert '<html lang="en">' in answer.text
    inside = [link["href"][1:] for link in page.links if link["href"].startswith("#")]
    assert set(inside) <= set(page.ids)
    notes = [link for link in page.links if link["href"].startswith("#source-")]
    back = [link for link in page.links if link["href"].startswith("#cite-")]
    assert sorted(link["id"] for link in notes) == sorted(link["href"][1:] for link in back)
    assert all(link["aria-label"] for link in notes + back)
    outside = [link["href"] for link in page.links if not link["href"].startswith("#")]
    assert all(href.startswith(("http://", "https://")) for href in outside)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    style = re.search(r"<style>(.*?)</style>", answer.text, flags=re.S)[1]
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy
    assert "unsafe" not in policy


def test_what_a_plan_says_is_never_markup():
    plan = dataclasses.replace(rules.plan("mpi-health"), title="<b>bold</b>", open={"x": "<script>alert(1)</script>"})
    page = booklets.page(booklet.booklet(plan, None))
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page


def test_changes_between_two_days(auditor):
    answer = auditor.get("/v1/plans/mpi-health/diff", query_string={"from": "2011-01-01", "to": "2011-12-31"})
    told = answer.json
    assert (told["from"], told["to"], told["under"]) == ("2011-01-01", "2011-12-31", None)
    [change] = told["changes"]
    assert (change["path"], change["lever"]) == (CONTINUING, "continuing_hours")
    assert (change["before"], change["after"], change["unit"], change["from"]) == ("300", "400", "hour", "2011-07-31")
    assert change["text"].startswith(f"{CONTINUING} 300 -> 400 hour from 2011-07-31 [")
    assert change["cite"]["title"] == "The Animation Guild, IA-AMPTP Deal, November 2008"


def test_what_a_proposal_changes(negotiator):
    changes = {"continuing_hours": {"2022-01-01": "450"}}
    new = {"title": "450 hours", "author": "Committee", "plan": "mpi-health", "note": "An example.", "changes": changes}
    proposal = negotiator.post("/v1/proposals", json=new).json["id"]
    told = negotiator.get("/v1/plans/mpi-health/diff", query_string={"under": proposal}).json
    assert (told["from"], told["to"], told["under"]) == (None, None, proposal)
    [change] = told["changes"]
    assert change["text"] == f"{CONTINUING} 400 -> 450 hour from 2022-01-01 [Proposal: 450 hours]"
    other = negotiator.get("/v1/plans/dga-health/diff", query_string={"under": proposal})
    assert (other.status_code, other.json["errors"][0]["code"]) == (422, "other_plan")


@pytest.mark.parametrize(
    ("path", "status", "pointers"),
    [
        ("/mpi-health/diff", 422, ["/query/from", "/query/to"]),
        ("/mpi-health/diff?from=2021-01-01", 422, ["/query/to"]),
        ("/mpi-health/diff?from=2021-01-02&to=2021-01-01", 422, ["/query/to"]),
        ("/mpi-health/diff?from=2021-01-32&to=2021-01-01", 422, ["/query/from"]),
        (f"/mpi-health/diff?from=2021-01-01&under={uuid.UUID(int=1)}", 422, ["/query/under"]),
        ("/mpi-health/diff?under=current", 422, ["/query/under"]),
        (f"/mpi-health/diff?under={uuid.UUID(int=1)}", 404, []),
        ("/mpi-health/booklet?on=soon", 422, ["/query/on"]),
        ("/mpi-health/booklet?format=pdf", 422, ["/query/format"]),
        ("/mpi-health/booklet?day=2021-01-01", 422, ["/query/day"]),
        ("/nowhere/booklet", 404, []),
        ("/nowhere/diff?from=2021-01-01&to=2021-01-02", 404, []),
    ],
)
def test_a_question_about_a_plan_that_cannot_be_answered(auditor, path, status, pointers):
    refused = auditor.get(f"/v1/plans{path}")
    assert refused.status_code == status
    assert [one["pointer"] for one in refused.json["errors"]] == pointers


@pytest.mark.parametrize("path", ["/booklet", "/diff?from=2021-01-01&to=2021-01-02"])
def test_booklets_and_changes_need_a_key(anonymous, employer_client, path):
    assert anonymous.get(f"/v1/plans/mpi-health{path}").status_code == 401
    assert employer_client.get(f"/v1/plans/mpi-health{path}").status_code == 200
