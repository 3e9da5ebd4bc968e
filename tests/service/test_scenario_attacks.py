"""What a negotiator tries who wants to know about one member: each attack is carried out, and finds nothing."""

import numpy as np
import pytest

from service.snapshots import keep
from service.suppression import for_negotiators
from tests.service.asking import ASKED, FINANCE, ask

FEW, LONELY = 10, "the only one"
SWEEP = {"path": "continuing_hours", "from": "2016-08-01", "values": ["100", "300", "400", "450", "700"]}


def stored(app, session, snapshot):
    with app.app_context():
        row = keep(session, app.extensions["hourbank"].settings.home, snapshot, 0, "test")
    session.commit()
    return str(row.id)


@pytest.fixture
def lonely(people, app, session):
    """A membership with one member who alone has an occupation, a local, and worked under an agreement."""
    chosen = int(np.bincount(people.lines["member"]).argmax())
    lines, words = dict(people.lines), dict(people.words)
    for name in ("occupation", "local", "agreement"):
        words[name] = tuple(sorted((*words[name], LONELY)))
        places = np.array([words[name].index(word) for word in people.words[name]])
        codes = places[lines[name]]
        lines[name] = np.where(lines["member"] == chosen, words[name].index(LONELY), codes).astype(lines[name].dtype)
    return stored(app, session, people._replace(lines=lines, words=words))


def others(people, name):
    return [word for word in people.words[name] if word]


@pytest.mark.parametrize(
    "more",
    [
        {"assume": {"factors": [{"factor": "0.00", "where": {"occupation": [LONELY]}}]}},
        {"assume": {"factors": [{"factor": "0.00", "where": {"local": ["600", LONELY]}}]}},
        {"assume": {"stoppage": {"from": "2017-01-01", "to": "2017-02-01", "where": {"agreement": [LONELY]}}}},
        {"assume": {"moves": [{"share": "0.50", "to": "x", "counts": False, "where": {"local": [LONELY]}}]}},
        {"assume": {"hours_factor": "0.90", "factors": [{"factor": "0.99", "since": "2021-12-31"}]}},
        {"group_by": [{"name": "them", "of": "local", "groups": {"some": ["600", LONELY]}}]},
        {"group_by": [{"name": "them", "of": "occupation", "groups": {"one": [LONELY]}}]},
    ],
)
def test_a_negotiator_cannot_set_a_member_apart(administrator, negotiator, lonely, people, more):
    """One question with and one without what a known member did: somewhere a rounded count is at its edge."""
    last = people.lines["day"].max()
    if "factors" in more.get("assume", {}) and "hours_factor" in more["assume"]:
        late = people.lines["member"][people.lines["day"] >= last]
        assert len(np.unique(late)) > FEW  # so that this one is about many, and may be asked
    asked = {**ASKED, "snapshot": lonely, **more}
    answer = negotiator.post("/v1/scenarios", json=asked)
    many = "hours_factor" in more.get("assume", {})
    assert answer.status_code == (201 if many else 422), answer.text
    if not many:
        assert [error["code"] for error in answer.json["errors"]] == ["too_few"]
    assert administrator.post("/v1/scenarios", json=asked).status_code == 201
    again = negotiator.post("/v1/scenarios", json=asked)
    assert again.status_code == answer.status_code  # whoever asked first


def test_words_that_many_have_may_hide_few_together(negotiator, kept, people):
    """Each of two words is of many, and only a few have both."""
    lines, pairs = people.lines, {}
    for member, local, occupation in zip(lines["member"], lines["local"], lines["occupation"], strict=True):
        pairs.setdefault((int(local), int(occupation)), set()).add(int(member))
    (local, occupation), _ = min(pairs.items(), key=lambda pair: len(pair[1]))
    assert len(pairs[local, occupation]) <= FEW
    where = {"local": [people.words["local"][local]], "occupation": [people.words["occupation"][occupation]]}
    asked = {**ASKED, "assume": {"factors": [{"factor": "0.50", "where": where}]}}
    assert negotiator.post("/v1/scenarios", json=asked).status_code == 422


def test_a_membership_of_few_tells_nothing(negotiator, app, session, people):
    """Whoever they are, whatever they did, and whatever it would take to keep cover: all answers are alike."""
    seen = []
    for members in (FEW, 5, 1):
        lines = {name: column[people.lines["member"] < members] for name, column in people.lines.items()}
        snapshot = stored(app, session, people._replace(members=members, lines=lines))
        for hours in ("100", "450", "2000"):
            under = ["current", {"name": "x", "changes": {"continuing_hours": {"2016-08-01": hours}}}]
            found = ask(
                negotiator,
                snapshot=snapshot,
                under=under,
                sweep=SWEEP,
                group_by=["contributor_class"],
                uncertainty={"draws": 20, "seed": 1},
            )
            for result in found["results"]:
                result["version"] = ""
            seen.append((found["members"], found["notes"], found["results"], found["sweep"]))
            labels = found["groups"]["contributor_class"].values()
            assert all(one["members"] is None for one in labels)
    assert all(one == seen[0] for one in seen)
    assert seen[0][2][1]["covered"] == [None] * 24


def test_what_an_administrator_asks_about_few_tells_a_negotiator_nothing(administrator, negotiator, lonely, people):
    """By all but one member's hours taken away, that one's cover, threshold by threshold, would be the answer."""
    everybody = [{"factor": "0.00", "where": {"local": others(people, "local")}}]
    shown = []
    for hours in ("100", "450", "2000"):
        under = ["current", {"name": "x", "changes": {"continuing_hours": {"2016-08-01": hours}}}]
        exact = ask(administrator, snapshot=lonely, under=under, assume={"factors": everybody}, sweep=SWEEP)
        assert max(exact["results"][0]["covered"]) == 1
        seen = negotiator.get(f"/v1/scenarios/{exact['id']}").json
        for result in seen["results"]:
            result["version"] = ""
        shown.append((seen["results"], seen["sweep"]))
    assert shown[0] == shown[1] == shown[2]


def test_nobody_is_not_told_apart_from_a_few(administrator, kept):
    """Any counts of up to ten, in any place of an answer, are the same to a negotiator."""
    exact = ask(administrator, group_by=["local"], sweep=SWEEP, uncertainty={"draws": 20, "seed": 1})
    scenario = administrator.get(f"/v1/scenarios/{exact['id']}/sheet").json["asked"]
    chance = np.random.default_rng(5)

    def with_few(value):
        if isinstance(value, dict):
            return {name: with_few(one) for name, one in value.items()}
        if isinstance(value, list):
            return [with_few(one) for one in value]
        small = isinstance(value, int) and value <= FEW
        return int(chance.integers(0, FEW + 1)) if small else value

    first = exact["results"][0]
    for _ in range(20):
        changed = with_few({name: exact[name] for name in ("results", "groups", "sweep")})
        for results in (changed["results"], *(one["results"] for one in changed["groups"]["local"].values())):
            for name in ("gained", "lost", "gained_by_month", "lost_by_month"):
                results[0][name] = first[name]
            for name in ("benefit_months_gained", "benefit_months_lost"):
                results[0][name] = 0
        seen, other = for_negotiators({**exact, **changed}, scenario), for_negotiators(exact, scenario)
        assert {**seen, "notes": 0} == {**other, "notes": 0}


def test_money_owed_on_the_work_of_a_few_is_not_shown(negotiator, administrator, lonely):
    exact, seen = (ask(one, snapshot=lonely, finance=FINANCE) for one in (administrator, negotiator))
    (few,) = {one["members"] for one in exact["results"][0]["money"]["contributions"] if one["agreement"] == LONELY}
    assert few == 1
    for one in seen["results"][0]["money"]["contributions"]:
        hidden = one["agreement"] == LONELY
        assert (one["members"] is None, one["total"] is None, one["hours_without_a_known_rate"] is None) == (
            hidden,
        ) * 3
