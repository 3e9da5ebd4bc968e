"""Terms files: what they hold, what the loader refuses and where, and what a proposal may change."""

import datetime

import pytest

from rules import booklet, document, examples, terms, ticks
from rules.calendar import Cite
from tests.rules.small_plans import ALL, RELIEF, edited

PLAN = terms.plan("mpi-health")
TEXT = (terms.PLANS / "mpi-health.yaml").read_text()
CASES = terms.PLANS.parents[1] / "tests" / "cases"
CONTINUING = "qualify.continuing.routes.hours.sum.at_least"
CITE = Cite("A proposal", "", "an author")


def under(changes: dict, name: str = "proposal") -> terms.Terms:
    return PLAN.under(changes, name=name, cite=CITE)


@pytest.mark.parametrize(("day", "hours"), [("1995-01-01", 300), ("2011-07-30", 300), ("2011-07-31", 400)])
def test_a_value_is_the_one_in_force_on_the_day(day, hours):
    assert PLAN.amount(CONTINUING, datetime.date.fromisoformat(day)) == hours * 100


def test_no_terms_on_a_day_is_an_error_naming_plan_term_and_day():
    with pytest.raises(terms.NoTermsError, match=r"mpi-health.*bank\.cap.*1980-01-01"):
        PLAN.on("bank.cap", datetime.date(1980, 1, 1))
    with pytest.raises(terms.NoTermsError, match=r"relief\.strikes-2023\.up_to on 2023-05-21"):
        PLAN.on("relief.strikes-2023.up_to", datetime.date(2023, 5, 21))


@pytest.mark.parametrize("name", terms.every_name())
def test_every_value_of_a_shipped_plan_has_a_source(name):
    plan = terms.plan(name)
    for leaf in plan.leaves.values():
        for value in leaf.values.values():
            assert value.cite in plan.sources.values()
            assert value.cite.title
            assert value.cite.url


@pytest.mark.parametrize("name", terms.every_name())
def test_every_source_of_a_shipped_plan_is_cited(name):
    assert terms.plan(name).uncited == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("consumption: {1990", "consumptoin: {1990", "unknown key 'consumptoin'"),
        ("value: 450, unit: hour, cite: ibew40", "value: 450, unit: day, cite: ibew40", "'day' is not one of: hour"),
        ("value: 450, unit: hour, cite: ibew40", "value: 450, cite: ibew40", "'unit' is missing"),
        ("value: 450, unit: hour, cite: ibew40", "value: 450, unit: hour", "'cite' is missing"),
        ("value: 450, unit: hour, cite: ibew40", "value: 450, unit: hour, cite: nobody", "no source 'nobody'"),
        ("value: 450, unit: hour, cite: ibew40", "value: 4.505, unit: hour, cite: ibew40", "two decimal places"),
        ("value: 450, unit: hour, cite: ibew40", "value: 10000001, unit: hour, cite: ibew40", "outside 0 to 10000000"),
        ("2019-09-21: {value: 6, unit", "2019-09-21: {value: 6.5, unit", "is not a whole number"),
        ("2009-01-17: {value: 450", "1989-01-17: {value: 450", "write the days in order"),
        ("2009-01-17: {value: 450", "2009-02-30: {value: 450", "there is no day 2009-02-30"),
        ("value: window, cite", "value: windows, cite", "'windows' is not one of: window, exact, none"),
        ("      status: disputed\n      cite: spi-2012", "      cite: spi-2012", "a disputed value has"),
        ("either: {none: spi-2012", "either: {excess: spi-2012", "one of the readings"),
        (", note: \"whether a bank that is too small to help is kept or wiped was not found\"", "", "needs a 'note'"),
        ("bank_cap: bank.cap", "bank_cap: bank.cup", "names 'bank.cup'"),
        ("value: window, cite: guild", "value: window, unit: hour, cite: guild", "a choice has no unit"),
        ("adopted: 2008-11-30", "adopted: soon", "not a day"),
        ("  cutoffs: mpi", "  cutoffs: mars", "there is no calendar 'mars'; there are: month_end"),
        ("plan: mpi-health", "plan: MPI Health", "not a plan's short name"),
        ("kind: health", "kind: wealth", "'wealth' is not one of: health"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_its_place(old, new, message):
    assert old in TEXT
    with pytest.raises(document.TermsError, match=message) as caught:
        terms.read(TEXT.replace(old, new, 1), "wrong.yaml")
    wrong = caught.value
    line = TEXT[: TEXT.index(old)].count("\n") + 1
    assert wrong.file == "wrong.yaml"
    assert wrong.column >= 1
    assert abs(wrong.line - line) <= 6


def test_an_empty_section_is_refused_at_its_key():
    with pytest.raises(document.TermsError, match="nothing is said here: leave it out, or say one of") as caught:
        terms.read(edited(ALL, ("levers:", "lapse: {}\nlevers:")), "small.yaml")
    assert (caught.value.path, caught.value.column) == ("lapse", 1)


def test_the_day_on_which_an_order_was_adopted_may_be_unknown():
    known = terms.read(edited(ALL, ("levers:", f"{RELIEF}levers:")), "small.yaml")
    without = RELIEF.replace("    adopted: 2023-05-01\n", "")
    unknown = terms.read(edited(ALL, ("levers:", f"{without}levers:")), "small.yaml")
    assert known.relief["strike"].adopted == datetime.date(2023, 5, 1)
    assert unknown.relief["strike"].adopted is None
    told = booklet.booklet(unknown, datetime.date(2024, 1, 1))
    assert any("This order gives" in one.text for section in told.sections for one in section.sentences)


def test_a_rule_that_ends_says_nothing_from_then_on():
    old = '2009-01-17: {value: 450, unit: hour, cite: ibew40, note: "did not move when 300 became 400 in 2011"}'
    assert old in TEXT
    ended = TEXT.replace(old, '2009-01-17: {value: null, unit: hour, cite: ibew40, note: "ended"}')
    plan = terms.read(ended, "ended.yaml")
    assert plan.amount("bank.cap", datetime.date(2009, 1, 16)) == 450_00
    assert plan.given("bank.cap", datetime.date(2009, 1, 16))
    assert not plan.given("bank.cap", datetime.date(2009, 1, 17))
    with pytest.raises(terms.NoTermsError, match=r"bank\.cap on 2009-01-17"):
        plan.on("bank.cap", datetime.date(2009, 1, 17))


def test_where_a_number_that_a_test_needs_has_ended_the_laid_out_terms_say_so():
    old = "    2019-09-21: {value: 6, unit: month, cite: local-728-may}\n\nlapse:"
    assert old in TEXT
    gone = '    2019-09-21: {value: null, unit: month, cite: local-728-may, note: "ended"}\n\nlapse:'
    laid = ticks.lay(terms.read(TEXT.replace(old, gone), "ended.yaml"))
    assert laid.why_silent(0, laid.at(datetime.date(2018, 1, 1))) is None
    assert "say nothing for coverage.length" in (laid.why_silent(0, laid.at(datetime.date(2022, 1, 1))) or "")


def test_a_proposal_holds_from_its_day_and_supersedes_later_values():
    proposed = under({"continuing_hours": {"2005-01-01": "350"}})
    assert proposed.amount(CONTINUING, datetime.date(2004, 12, 31)) == 300_00
    assert proposed.amount(CONTINUING, datetime.date(2021, 1, 1)) == 350_00
    assert proposed.on(CONTINUING, datetime.date(2021, 1, 1)).cite == CITE
    assert PLAN.amount(CONTINUING, datetime.date(2021, 1, 1)) == 400_00


def test_a_proposal_may_name_a_path_and_say_unit_and_note():
    change = {"value": "450.5", "unit": "hour", "note": "asked for"}
    proposed = under({CONTINUING: {"2021-08-01": change}})
    assert proposed.on(CONTINUING, datetime.date(2021, 8, 1)).amount == 450_50


def test_relief_is_changed_cut_off_by_cut_off():
    proposed = under({"relief.strikes-2023.up_to": {"2023-06-24": "200"}})
    assert proposed.amount("relief.strikes-2023.up_to", datetime.date(2023, 6, 24)) == 200_00
    assert proposed.amount("relief.strikes-2023.up_to", datetime.date(2023, 7, 22)) == 201_00


@pytest.mark.parametrize(
    ("changes", "path", "date", "message"),
    [
        ({"foo": {"2021-01-01": "1"}}, "foo", None, "levers are bank_cap, continuing_hours, initial_hours"),
        ({"bank_cap": {}}, "bank_cap", None, "a map of dates"),
        ({"bank_cap": {"2021-01-01": "1"}, "bank.cap": {"2021-01-01": "2"}}, "bank.cap", None, "the same term"),
        ({"bank_cap": "450"}, "bank_cap", None, "a map of dates"),
        ({"bank_cap": {"2021-1-1": "1"}}, "bank_cap", "2021-1-1", "not a day"),
        ({"bank_cap": {"2021-01-01": 450}}, "bank_cap", "2021-01-01", "written as text"),
        ({"bank_cap": {"2021-01-01": {"unit": "hour"}}}, "bank_cap", "2021-01-01", "written as text"),
        ({"bank_cap": {"2021-01-01": {"value": "1", "unit": "day"}}}, "bank_cap", "2021-01-01", "unit here is hour"),
        ({"bank_cap": {"2021-01-01": "1_0"}}, "bank_cap", "2021-01-01", "two decimal places"),
        ({"bank_cap": {"2021-01-01": "10000001"}}, "bank_cap", "2021-01-01", "outside 0 to 10000000"),
        ({"coverage.length": {"2021-01-01": "0"}}, "coverage.length", "2021-01-01", "outside 1 to 20000"),
        ({"coverage.length": {"2021-01-01": "1.5"}}, "coverage.length", "2021-01-01", "not a whole number"),
        ({"relief": {"2021-01-01": "1"}}, "relief", None, "has no term of this name"),
        ({"lapse.every": {"2021-01-01": "5"}}, "lapse.every", None, "do not divide a year"),
        ({"bank.charge": {"2021-01-01": "all"}}, "bank.charge", "2021-01-01", "not one of: shortfall"),
        (
            {"relief.strikes-2023.up_to": {"2023-06-25": "1"}},
            "relief.strikes-2023.up_to",
            "2023-06-25",
            "single days, which are 2023-",
        ),
    ],
)
def test_a_change_that_cannot_be_is_refused_by_path_and_date(changes, path, date, message):
    with pytest.raises(terms.ChangeError, match=message) as caught:
        under(changes)
    assert (caught.value.path, caught.value.date) == (path, date)


def test_versions_tell_terms_apart_and_only_by_what_they_say():
    assert under({"bank_cap": {"2021-01-01": "1"}}).version == under({"bank_cap": {"2021-01-01": "1.0"}}, "x").version
    assert under({"bank_cap": {"2021-01-01": "1"}}).version != under({"bank_cap": {"2021-01-02": "1"}}).version
    assert terms.read(TEXT, "again.yaml").version == PLAN.version


def test_a_plan_that_is_not_there_is_an_error_naming_those_that_are():
    with pytest.raises(LookupError, match=r"there are: .*mpi-health"):
        terms.plan("nowhere")


def test_two_relief_orders_for_one_cut_off_are_refused():
    start, end = TEXT.index("  july-2020:"), TEXT.index("  autumn-2020:")
    twice = TEXT[:start] + TEXT[start:end].replace("2020-04-25:", "2020-03-21:") + TEXT[end:]
    with pytest.raises(document.TermsError, match="the order 'june-2020' covers the cut-off 2020-03-21 too") as caught:
        terms.read(twice, "twice.yaml")
    assert caught.value.path == "relief.july-2020"


PORTS = """
plan: ports
title: A plan with ports
kind: health
sources: {page: {title: A page, url: "https://ports.example"}}
credit:
  hours: {unit: hour, counts: {value: hours, cite: page}, attributed_to: {value: work_date, cite: page}}
calendar:
  cutoffs: month_end
  window: {value: 6, unit: month, cite: page}
  lag: {value: 2, unit: month, cite: page}
  every: {value: 1, unit: month, cite: page}
  values_of: {value: cutoff, cite: page}
qualify:
  any:
    routes:
      hours:
        sum:
          at_least:
            by: port
            minor:
              undated: {value: 480, unit: hour, cite: page}
              2020-01-01: {value: 500, unit: hour, cite: page}
            major: {value: 800, unit: hour, cite: page}
      older:
        sum:
          at_least:
            by: age
            54: {value: 700, unit: hour, cite: page}
            60: {value: 600, unit: hour, cite: page}
            otherwise: {value: 800, unit: hour, cite: page}
consumption: {value: none, cite: page}
coverage: {length: {value: 1.5, unit: times, times: calendar.window, cite: page}}
levers: {minor: qualify.any.routes.hours.sum.at_least.minor}
"""


def test_a_value_that_depends_on_the_member_is_chosen_by_the_attribute():
    plan, path, day = (
        terms.read(PORTS, "ports.yaml"),
        "qualify.any.routes.hours.sum.at_least",
        datetime.date(2019, 1, 1),
    )
    assert plan.amount(path, day, {"port": "minor"}) == 480_00
    assert plan.amount(path, datetime.date(2020, 1, 1), {"port": "minor"}) == 500_00
    assert plan.amount(path, day, {"port": "major"}) == 800_00
    with pytest.raises(terms.NoTermsError, match=r"need the member's port .* which is not recorded"):
        plan.amount(path, day)
    with pytest.raises(terms.NoTermsError, match="which is recorded as dry; there are values for: minor, major"):
        plan.amount(path, day, {"port": "dry"})


@pytest.mark.parametrize(("age", "hours"), [(None, 800), (53, 800), (54, 700), (59, 700), (60, 600), (90, 600)])
def test_a_value_by_age_holds_from_that_age_on(age, hours):
    plan, who = terms.read(PORTS, "ports.yaml"), {} if age is None else {"age": age}
    assert plan.amount("qualify.any.routes.older.sum.at_least", datetime.date(2020, 1, 1), who) == hours * 100


def test_a_value_that_follows_another_is_worked_out():
    assert terms.read(PORTS, "ports.yaml").amount("coverage.length", datetime.date(2020, 1, 1)) == 9


def test_terms_tell_what_they_have():
    plan = terms.read(PORTS, "ports.yaml")
    assert plan.has("qualify.any.routes.older")
    assert not plan.has("bank")
    assert plan.word("consumption", datetime.date(2020, 1, 1)) == "none"
    assert plan.below("qualify.any.routes") == ["hours", "older"]


def test_a_proposal_changes_one_key_of_a_value_that_depends_on_the_member():
    plan = terms.read(PORTS, "ports.yaml")
    changed = plan.under({"minor": {"2021-01-01": "450"}}, name="proposal", cite=CITE)
    path, who = "qualify.any.routes.hours.sum.at_least", {"port": "minor"}
    assert changed.amount(path, datetime.date(2021, 1, 1), who) == 450_00
    with pytest.raises(terms.ChangeError, match=r"depends on the member; change one of: .*at_least\.minor"):
        plan.under({path: {"2021-01-01": "450"}}, name="proposal", cite=CITE)


@pytest.mark.parametrize("name", terms.every_name())
def test_a_plans_file_has_the_plans_name_and_worked_examples_in_it_or_beside_it(name):
    plan = terms.plan(name)
    assert plan.plan == name
    found = examples.read(plan.examples, plan) if plan.examples else []
    beside = CASES / f"{name}.yaml"
    if beside.is_file():
        named, cases = examples.read_file(beside.read_bytes(), beside.name)
        assert named == name
        found += examples.read(cases, plan)
    assert len(found) >= 5


def test_every_file_of_examples_belongs_to_a_plan():
    assert {path.stem for path in CASES.glob("*.yaml")} <= set(terms.every_name())
