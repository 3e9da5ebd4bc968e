"""Terms files: what they hold, what the loader refuses and where, and what a proposal may change."""

import datetime

import pytest

from rules import document, terms, ticks
from rules.calendar import Cite

PLAN = terms.plan("mpi-health")
TEXT = (terms.PLANS / "mpi-health.yaml").read_text()
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


@pytest.mark.parametrize("name", terms.names())
def test_every_value_of_a_shipped_plan_has_a_source(name):
    plan = terms.plan(name)
    for leaf in plan.leaves.values():
        for value in leaf.values.values():
            assert value.cite in plan.sources.values()
            assert value.cite.title
            assert value.cite.url


@pytest.mark.parametrize("name", terms.names())
def test_every_source_of_a_shipped_plan_is_used(name):
    plan = terms.plan(name)
    used = {value.cite for leaf in plan.leaves.values() for value in leaf.values.values()}
    used |= {cite for leaf in plan.leaves.values() for value in leaf.values.values() for _, cite in value.either}
    used |= {order.cite for order in plan.relief.values()}
    unused = {short for short, cite in plan.sources.items() if cite not in used}
    assert unused == set()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("consumption: {1990", "consumptoin: {1990", "unknown key 'consumptoin'"),
        ("value: 450, unit: hour, cite: ibew40", "value: 450, unit: day, cite: ibew40", "'day' is not one of: hour"),
        ("value: 450, unit: hour, cite: ibew40", "value: 450, cite: ibew40", "'unit' is missing"),
        ("value: 450, unit: hour, cite: ibew40", "value: 450, unit: hour", "'cite' is missing"),
        ("value: 450, unit: hour, cite: ibew40", "value: 450, unit: hour, cite: nobody", "no source 'nobody'"),
        ("value: 450, unit: hour, cite: ibew40", "value: 4.505, unit: hour, cite: ibew40", "two decimal places"),
        ("value: 450, unit: hour, cite: ibew40", "value: 99999, unit: hour, cite: ibew40", "outside 0 to 5000"),
        ("2019-09-21: {value: 6, unit", "2019-09-21: {value: 6.5, unit", "not a whole number of months"),
        ("2009-01-17: {value: 450", "1989-01-17: {value: 450", "write the days in order"),
        ("2009-01-17: {value: 450", "2009-02-30: {value: 450", "there is no day 2009-02-30"),
        ("value: window, cite", "value: windows, cite", "'windows' is not one of: window, none"),
        ("      status: disputed\n      cite: spi-2012", "      cite: spi-2012", "a disputed value has"),
        ("either: {none: spi-2012", "either: {excess: spi-2012", "one of the readings"),
        (", note: \"whether a bank that is too small to help is kept or wiped was not found\"", "", "needs a 'note'"),
        ("bank_cap: bank.cap", "bank_cap: bank.cup", "names 'bank.cup'"),
        ("value: window, cite: guild", "value: window, unit: hour, cite: guild", "a choice has no unit"),
        ("adopted: 2008-11-30", "adopted: soon", "not a day"),
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


def test_a_rule_that_ends_says_nothing_from_then_on():
    old = '2009-01-17: {value: 450, unit: hour, cite: ibew40, note: "did not move when 300 became 400 in 2011"}'
    assert old in TEXT
    ended = TEXT.replace(old, '2009-01-17: {value: null, unit: hour, cite: ibew40, note: "ended"}')
    plan = terms.read(ended, "ended.yaml")
    assert plan.amount("bank.cap", datetime.date(2009, 1, 16)) == 450_00
    with pytest.raises(terms.NoTermsError):
        plan.on("bank.cap", datetime.date(2009, 1, 17))
    with pytest.raises(terms.NoTermsError):
        ticks.lay(plan)


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
        ({"bank_cap": {"2021-01-01": "5001"}}, "bank_cap", "2021-01-01", "outside 0 to 5000"),
        ({"initial_hours": {"2021-01-01": "0"}}, "initial_hours", "2021-01-01", "outside 1 to 5000"),
        ({"bank.charge": {"2021-01-01": "all"}}, "bank.charge", "2021-01-01", "not one of: shortfall"),
        ({"relief.strikes-2023.up_to": {"2023-06-25": "1"}}, "relief.strikes-2023.up_to", "2023-06-25", "cut-offs are"),
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
    twice = TEXT.replace("up_to: {2020-04-25: {value: 300", "up_to: {2020-03-21: {value: 300").replace(
        '    at_least: {2020-04-25: {value: 100, unit: hour, cite: icg-2020, note: "worked and banked together"}}\n', ""
    )
    with pytest.raises(ValueError, match="both cover the cut-off 2020-03-21"):
        ticks.lay(terms.read(twice, "twice.yaml"))
