"""Agreements: the shipped files, the hours that a line counts, and what the loader refuses and where."""

import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import agreements, document
from rules.agreements import Imputed, impute
from rules.leaves import UNDATED
from tests.rules.small_plans import edited

ROOT = agreements.AGREEMENTS.parents[1]
PAGE = (ROOT / "docs/agreements.md").read_text()
EXAMPLE = re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.M | re.S)[0]
RIGGERS = agreements.read(EXAMPLE, "riggers-2024.yaml")
BASIC = agreements.agreement("basic-2018")
LATEST = datetime.date(2025, 7, 5)
HOURS = st.none() | st.integers(0, 168_00)
DAYS = st.none() | st.integers(0, 7)


def on(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


@pytest.mark.parametrize("code", agreements.names())
def test_a_shipped_file_is_named_after_its_agreement_and_every_source_is_used(code):
    found = agreements.agreement(code)
    assert found.code == code
    assert found.title
    assert found.uncited == ()
    assert found.open["lateness"]
    assert not found.has("reporting.due_day")


@pytest.mark.parametrize("code", agreements.names())
def test_every_shipped_value_has_a_source_and_steps_on_a_sunday(code):
    found = agreements.agreement(code)
    for leaf in found.leaves.values():
        for day, value in leaf.values.items():
            assert value.cite in found.sources.values()
            assert day == UNDATED or day.strftime("%A") == "Sunday"


def test_the_folder_is_the_list():
    assert {"area-standards", "basic-2018", "pga-producers", "teamsters-399"} <= set(agreements.names())
    assert agreements.known("basic-2018") is BASIC
    for code in ("demo", "", "../plans/mpi-health", "basic-2018.yaml"):
        assert agreements.known(code) is None
        with pytest.raises(LookupError, match="there are: area-standards, basic-2018"):
            agreements.agreement(code)


def test_a_file_holds_the_agreement_that_it_is_named_after(tmp_path, monkeypatch):
    (tmp_path / "other.yaml").write_text(EXAMPLE)
    monkeypatch.setattr(agreements, "AGREEMENTS", tmp_path)
    with pytest.raises(document.TermsError, match=r"other\.yaml.*holds the agreement 'riggers-2024'"):
        agreements.agreement("other")


def test_no_code_knows_an_agreement_by_name():
    known = re.compile("|".join(agreements.names()))
    found = [path.name for path in (ROOT / "rules").glob("*.py") if known.search(path.read_text())]
    assert found == []


def test_funds_stand_in_the_order_of_the_file():
    funds = ["active-health", "pension", "retiree-health", "individual-account"]
    assert list(BASIC.funds) == list(agreements.agreement("teamsters-399").funds) == funds
    assert [fund.kind for fund in BASIC.funds.values()] == ["health", "pension", "retiree", "account"]


def test_the_pages_keys_are_those_the_loader_takes():
    told = re.findall(r"^\| (`.*?) \|", PAGE.split("## Every key")[1].split("## What a line")[0], flags=re.M)
    names = {word.rpartition(".")[2] for cell in told for word in re.findall(r"`([^`]+)`", cell)}
    taken = {*agreements.WORKED_DAYS, *agreements.RATES, *agreements.REPORTING, "minimum_call", "weekly_flat"}
    assert names == taken | {"agreement", "title", "sources", "hours", "contributions", "kind", "reporting", "open"}


def test_values_keep_all_their_places():
    value = RIGGERS.on("contributions.active-health.per_hour", on("2025-08-03"), "basic")
    assert (value.amount, value.text, value.unit) == (46_525, "4.6525", "dollar")
    assert RIGGERS.on("contributions.individual-account.of_scale", LATEST).amount == 600
    assert RIGGERS.on("hours.weekly_flat", LATEST).amount == 56_50
    assert RIGGERS.on("reporting.due_day", LATEST).amount == 15
    assert BASIC.on("contributions.pension.per_hour", on("2012-01-01")).text == "1.2665"
    assert BASIC.on("contributions.retiree-health.per_hour", on("2013-01-01")).text == "0.30"


TABLE = [  # the last Saturday of the old numbers and the first of the new ones, around every step
    ("2003-08-02", (None, None, None, None)),
    ("2003-08-09", (12, 60, 67, 75)),
    ("2018-08-03", (12, 60, 67, 75)),
    ("2018-08-04", (12, 60, 72, 84)),
    ("2022-07-30", (12, 60, 72, 84)),
    ("2022-08-05", (12, 60, 72, 84)),
    ("2022-08-06", (13, 65, 77, 89)),
    ("2023-07-29", (13, 65, 77, 89)),
    ("2023-08-05", (13, 65, 77, 89)),
    ("2025-08-09", (13, 65, 77, 89)),
]


@pytest.mark.parametrize(("week_ending", "hours"), TABLE)
@pytest.mark.parametrize("days", range(1, 8))
def test_on_call_hours_by_days_and_payroll_week(week_ending, hours, days):
    hour = hours[max(0, days - 4)]
    found = impute(BASIC, on(week_ending), "on_call", 10_00, None, days)
    if hour is None:
        assert found == Imputed(10_00, "worked")
    elif days == 1:
        assert found == Imputed(hour * 100, f"on call, 1 day of {hour}.00")
    elif days < 5:
        assert found == Imputed(hour * 100 * days, f"on call, {days} days of {hour}.00")
    else:
        assert found == Imputed(hour * 100, f"on call, {days} days {hour}.00")


@pytest.mark.parametrize(
    ("day", "path", "status"),
    [
        ("2022-07-30", "five_days", "stated"),
        ("2018-07-29", "six_days", "assumed"),
        ("2022-07-31", "six_days", "stated"),
        ("2023-07-30", "five_days", "disputed"),
        ("2023-07-30", "day", "assumed"),
    ],
)
def test_what_is_not_stated_says_so(day, path, status):
    assert BASIC.on(f"hours.on_call.{path}", on(day)).status == status


@pytest.mark.parametrize(
    ("basis", "worked", "guaranteed", "days", "credited", "text"),
    [
        ("hourly", 52_50, 40_00, 5, 52_50, "worked"),
        ("hourly", 40_00, 40_00, None, 40_00, "worked, days not reported"),
        ("hourly", 40_00, 40_00, 5, 40_00, "worked"),
        ("hourly", 12_00, 40_00, 5, 40_00, "guarantee 40.00"),
        ("hourly", 12_00, None, 2, 16_00, "minimum call 8.00 x 2"),
        ("hourly", 12_00, 15_99, 2, 16_00, "minimum call 8.00 x 2"),
        ("hourly", 16_00, None, 2, 16_00, "worked"),
        ("hourly", None, None, 1, 8_00, "minimum call 8.00 x 1"),
        ("hourly", 3_00, None, 0, 3_00, "worked"),
        ("on_call", None, None, 1, 12_00, "on call, 1 day of 12.00"),
        ("on_call", 20_00, None, 3, 36_00, "on call, 3 days of 12.00"),
        ("on_call", 60_00, None, 5, 60_00, "worked"),
        ("on_call", None, 60_00, 5, 60_00, "guarantee 60.00"),
        ("on_call", 59_99, 40_00, 5, 60_00, "on call, 5 days 60.00"),
        ("on_call", 90_00, 40_00, 7, 90_00, "worked"),
        ("on_call", 20_00, None, None, 20_00, "worked, days not reported"),
        ("on_call", 20_00, 40_00, None, 40_00, "guarantee 40.00, days not reported"),
        ("on_call", None, 40_00, 0, 40_00, "guarantee 40.00"),
        ("weekly", 20_00, None, None, 56_50, "weekly flat 56.50"),
        ("weekly", 70_00, None, 6, 56_50, "weekly flat 56.50"),
        ("weekly", 70_00, 60_00, 6, 60_00, "guarantee 60.00"),
        ("weekly", None, 56_50, 5, 56_50, "weekly flat 56.50"),
        ("weekly", 1_00, 40_00, 0, 40_00, "guarantee 40.00"),
    ],
)
def test_what_a_line_counts_and_why(basis, worked, guaranteed, days, credited, text):
    assert impute(RIGGERS, LATEST, basis, worked, guaranteed, days) == Imputed(credited, text)


@given(st.sampled_from(agreements.BASES), HOURS, HOURS, DAYS)
def test_without_an_agreement_hours_count_once_as_worked_or_guaranteed(basis, worked, guaranteed, days):
    credited, text = impute(None, LATEST, basis, worked, guaranteed, days)
    assert credited == max(worked or 0, guaranteed or 0)
    assert text == ("worked" if credited == (worked or 0) else f"guarantee {credited // 100}.{credited % 100:02d}")
    if basis != "on_call":
        assert impute(BASIC, LATEST, basis, worked, guaranteed, days) == (credited, text)


@given(st.dates(on("2000-01-01"), on("2030-01-01")), HOURS, HOURS, DAYS)
def test_on_call_work_never_counts_less_than_worked_or_guaranteed_nor_less_for_more_days(
    week, worked, guaranteed, days
):
    credited, text = impute(BASIC, week, "on_call", worked, guaranteed, days)
    assert credited >= max(worked or 0, guaranteed or 0)
    assert len(text) <= 40
    if days is not None and days < 7:
        assert impute(BASIC, week, "on_call", worked, guaranteed, days + 1).credited >= credited


@pytest.mark.parametrize(
    ("week_ending", "credited", "text"),
    [
        ("2012-09-07", 30_00, "worked"),
        ("2012-09-08", 56_50, "weekly flat 56.50"),
        ("2025-01-04", 56_50, "weekly flat 56.50"),
    ],
)
def test_producers_have_a_flat_week(week_ending, credited, text):
    producers = agreements.agreement("pga-producers")
    assert impute(producers, on(week_ending), "weekly", 30_00, None, 5) == Imputed(credited, text)
    assert impute(producers, on(week_ending), "hourly", 30_00, None, 5) == Imputed(30_00, "worked")


def test_a_number_that_is_not_known_leaves_the_hours_and_says_so():
    local = agreements.agreement("teamsters-399")
    assert impute(local, on("2018-08-03"), "on_call", 1_00, None, 5) == Imputed(60_00, "on call, 5 days 60.00")
    for days in (None, 1, 5):
        found = impute(local, on("2018-08-04"), "on_call", 1_00, 40_00, days)
        assert found == Imputed(40_00, "guarantee 40.00, on-call hours not known")
    assert impute(local, on("2018-08-04"), "on_call", 1_00, None, 0) == Imputed(1_00, "worked")


@pytest.mark.parametrize("basis", ["hourly", "on_call", "weekly"])
def test_a_number_of_zero_is_no_number(basis):
    ended = edited(
        EXAMPLE,
        ("minimum_call: {2024-08-04: {value: 8,", "minimum_call: {2024-08-04: {value: 0,"),
        ("value: 56.5", "value: 0"),
        ("value: 12", "value: 0"),
    )
    found = impute(agreements.read(ended, "riggers-2024.yaml"), LATEST, basis, 5_00, None, 3)
    assert found == Imputed(5_00, "worked")


@pytest.mark.parametrize(("basis", "days"), [("daily", 1), ("", 1), ("hourly", 8), ("on_call", -1)])
def test_what_no_line_can_say_is_refused(basis, days):
    for agreement in (None, BASIC):
        with pytest.raises(ValueError, match=r"is not one of: hourly|days were worked in one week"):
            impute(agreement, LATEST, basis, 1, 1, days)


def test_the_number_behind_a_line_has_its_source():
    rule = agreements.hours_rule(RIGGERS, LATEST, "on_call", 7)
    assert (rule.amount, rule.status, rule.note) == (84_00, "assumed", "the book stops at six days")
    assert rule.cite == RIGGERS.sources["book"]
    assert agreements.hours_rule(RIGGERS, LATEST, "on_call", 4).amount == 12_00
    assert agreements.hours_rule(RIGGERS, LATEST, "on_call", None) is None
    assert agreements.hours_rule(RIGGERS, LATEST, "hourly", None).amount == 8_00
    assert agreements.hours_rule(RIGGERS, on("2024-08-09"), "weekly", 5) is None


def test_a_payroll_week_begins_six_days_before_it_ends():
    assert agreements.week_start(on("2024-08-10")) == on("2024-08-04")


CALL = "minimum_call: {2024-08-04: {value: 8, unit: hour, cite: book}}"
DUE = "due_day: {2024-08-04: {value: 15, unit: day, cite: book}}"
SHARE = "of_scale: {2024-08-04: {value: 6, unit: percent, cite: book}}"
BY_CLASS = "minimum_call: {by: ^contributor_class, basic: {value: 8, unit: hour, cite: book}}"
FEWER = "from 2024-08-04 on 'six_days' counts 59.99 hours, fewer than 'five_days' with 60.00"


@pytest.mark.parametrize(
    ("old", "new", "path", "message"),
    [
        ("riggers-2024", "^Riggers", "agreement", "is not a code"),
        ("title: Harbor", "^titel: Harbor", "titel", "did you mean 'title'?"),
        ("title: Health fund", 'title: ^" "', "active-health.title", "expected words here"),
        ("  travel: ", "  travel: ^{}\n  more: ", "open.travel", "expected a single value"),
        ("minimum_call", "^maximum_call", "hours.maximum_call", "unknown key 'maximum_call'"),
        (CALL, CALL.replace("hour", "^day"), "2024-08-04.unit", "is not one of: hour"),
        (CALL, CALL.replace("8,", "^8.125,"), "2024-08-04.value", "at most two decimal places"),
        (CALL, CALL.replace("8,", "^169,"), "2024-08-04.value", "outside 0 to 168 hours"),
        (CALL, CALL.replace("04: ", "32: ^"), "2024-08-32", "there is no day 2024-08-32"),
        (CALL, CALL.replace("book", "^page"), "2024-08-04.cite", "no source 'page'"),
        (CALL, BY_CLASS, "hours.minimum_call.by", "depends on nothing"),
        (CALL, CALL.replace("cite", "^times: hours.weekly_flat, cite"), "2024-08-04.times", "follows no other"),
        ("six_days:   {2024-08-04: {value: 72", "^six_days: {2024-08-04: {value: 59.99", "on_call.six_days", FEWER),
        ("seven_days:", "^eight_days:", "hours.on_call.eight_days", "unknown key 'eight_days'"),
        ("4.6525", "^4.65251", "basic.2025-08-03.value", "at most four decimal places, such as 1.8065"),
        ("4.6525", "^1000.0001", "basic.2025-08-03.value", "outside 0 to 1000 dollars"),
        ("4.6525", "^-4", "basic.2025-08-03.value", "-4 is below 0: an amount is 0 or more"),
        ("by: contributor_class", "by: ^local", "per_hour.by", "'by: contributor_class'"),
        ("premium:", "^premum:", "per_hour.premum", "there are: basic, premium, otherwise"),
        ("kind: account", "kind: ^accounts", "individual-account.kind", "is not one of: health, pension"),
        ("individual-account:", "^My account:", "contributions.My account", "not a fund's short name"),
        (SHARE, "^share: x", "individual-account.share", "unknown key 'share'"),
        (SHARE, SHARE.replace("6,", "^6.125,"), "of_scale.2024-08-04.value", "at most two decimal places"),
        (SHARE, SHARE.replace("6,", "^101,"), "of_scale.2024-08-04.value", "outside 0 to 100 percents"),
        ('{value: null, unit: dollar, cite: letter, note: "the letter gives the basic rate only"',
         "^{value: null, unit: dollar, cite: letter", "premium.2025-08-03", "needs a 'note'"),
        ('{value: 84, unit: hour, cite: book, status: assumed, note: "the book stops at six days"',
         "^{value: 84, unit: hour, cite: book, status: assumed", "seven_days.2024-08-04", "needs a 'note'"),
        (DUE, DUE.replace("15,", "^1.5,"), "due_day.2024-08-04.value", "is not a whole number of days"),
        (DUE, "^due_days: 15", "reporting.due_days", "did you mean 'due_day'?"),
        ("interest:", "^due_day:", "reporting", "stands here a second time"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_at_the_mark(old, new, path, message):
    before, _, after = edited(EXAMPLE, (old, new)).partition("^")
    with pytest.raises(document.TermsError) as caught:
        agreements.read(before + after, "wrong.yaml")
    wrong = caught.value
    assert message in wrong.message
    assert wrong.path.endswith(path)
    assert (wrong.file, wrong.line) == ("wrong.yaml", before.count("\n") + 1)
    assert wrong.column == len(before) - before.rfind("\n")


def test_a_fund_needs_a_rate():
    text = edited(EXAMPLE, (f"    {SHARE}\n", ""))
    before = text[: text.index("individual-account")]
    with pytest.raises(document.TermsError, match="a fund needs a rate, be it null with a note") as caught:
        agreements.read(text, "wrong.yaml")
    assert (caught.value.line, caught.value.column) == (before.count("\n") + 1, 3)


def test_an_agreement_without_funds_is_refused():
    text = EXAMPLE[: EXAMPLE.index("contributions:")] + "contributions: {}\n"
    with pytest.raises(document.TermsError, match="between 1 and 12 funds here, found 0"):
        agreements.read(text, "wrong.yaml")
    with pytest.raises(document.TermsError, match="'contributions' is missing"):
        agreements.read(text.replace("contributions: {}\n", ""), "wrong.yaml")
