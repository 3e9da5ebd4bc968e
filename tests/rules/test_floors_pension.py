"""Floors of law for pensions: what goes below one is refused with its section, what keeps it is taken."""

import pytest

from rules import terms
from rules.calendar import Cite
from rules.terms import ChangeError
from tests.rules.small_pensions import HEAD, SMALL
from tests.rules.small_plans import edited, refused

FIVE = "    five: {after: {value: 5, unit: year, cite: page}, gives: {value: 100, unit: percent, cite: page}}\n"
YEAR = "from: {value: 400, unit: hour, cite: page}, gives: {value: 1, unit: year, cite: page}"
LESS = "less_than: {value: 200, unit: hour, cite: page}"
BREAKS = SMALL[SMALL.index("breaks:") : SMALL.index("levers:")]


def under(statute: str, *edits: tuple[str, str]) -> str:
    return edited(SMALL, ("levers:\n", f"statutes: {{{statute}: page}}\nlevers:\n"), *edits)


def steps(*given: tuple[object, object]) -> tuple[str, str]:
    """Vesting by these years and percentages."""
    lines = [
        FIVE.replace("five", f"s{place}").replace("value: 5,", f"value: {after},").replace("100", str(percent))
        for place, (after, percent) in enumerate(given)
    ]
    return FIVE, "".join(lines)


def year(hours: int, unit: str = "hour") -> tuple[str, str]:
    return YEAR, YEAR.replace("400, unit: hour", f"{hours}, unit: {unit}")


GRADED_DB = [(3, 20), (4, 40), (5, 60), (6, 80), (7, 100)]
GRADED_DC = [(2, 20), (3, 40), (4, 60), (5, 80), (6, 100)]


@pytest.mark.parametrize(
    ("statute", "given"),
    [
        ("erisa-db", [(5, 100)]),
        ("erisa-db", [(1, 100)]),
        ("erisa-db", GRADED_DB),
        ("erisa-db", [(2, 20), *GRADED_DB[1:]]),
        ("erisa-db", [(3, 20), (5, 100)]),
        ("erisa-dc", [(3, 100)]),
        ("erisa-dc", GRADED_DC),
        ("erisa-dc", [(0, 100)]),
    ],
)
def test_vesting_that_keeps_a_schedule_is_taken(statute, given):
    assert terms.read(under(statute, steps(*given)), "small.yaml").statutes


@pytest.mark.parametrize(
    ("statute", "given", "section"),
    [
        ("erisa-db", [(6, 100)], r"29 USC 1053\(a\)\(2\)\(A\)"),
        ("erisa-db", [(5.0001, 100)], r"29 USC 1053\(a\)\(2\)\(A\)"),
        ("erisa-db", [(5, 99.99)], r"29 USC 1053\(a\)\(2\)\(A\)"),
        ("erisa-db", [*GRADED_DB[:-1], (8, 100)], r"29 USC 1053\(a\)\(2\)\(A\)"),
        ("erisa-db", [(3, 20), (4, 39), *GRADED_DB[2:]], r"29 USC 1053\(a\)\(2\)\(A\)"),
        ("erisa-db", GRADED_DB[1:], r"29 USC 1053\(a\)\(2\)\(A\)"),
        ("erisa-dc", [(5, 100)], r"29 USC 1053\(a\)\(2\)\(B\)"),
        ("erisa-dc", GRADED_DB, r"29 USC 1053\(a\)\(2\)\(B\)"),
    ],
)
def test_vesting_that_comes_later_is_refused(statute, given, section):
    with pytest.raises(ValueError, match=rf"small\.yaml:\d+:\d+: vesting\.steps.*{section}: benefits vest after"):
        terms.read(under(statute, steps(*given)), "small.yaml")


def test_a_plan_in_which_nothing_vests_is_refused():
    text = HEAD + SMALL[SMALL.index("calendar:") : SMALL.index("vesting:")] + SMALL[SMALL.index("levers:") :]
    with pytest.raises(ValueError, match="nothing vests: benefits vest after five years"):
        terms.read(text.replace("levers:\n", "statutes: {erisa-db: page}\nlevers:\n"), "small.yaml")


HALF = YEAR.replace("400", "200").replace("value: 1,", "value: 0.5,")
TEN = "{value: 10, unit: year, cite: page}"
DATED = FIVE.replace(
    "after: {value: 5, unit: year, cite: page}",
    "after: {undated: FIRST, 1997-01-01: LAST}",
)
TWICE = "2, unit: times, times: vesting.steps.five.after"
UNDER_FIVE = "{value: 5, unit: year, cite: page}"


def test_what_a_plan_once_asked_is_history_and_what_stands_last_is_not():
    once = DATED.replace("FIRST", TEN).replace("LAST", UNDER_FIVE)
    assert terms.read(under("erisa-db", (FIVE, once)), "small.yaml")
    last = DATED.replace("FIRST", UNDER_FIVE).replace("LAST", TEN)
    with pytest.raises(ValueError, match="here in full after 10 years only, and 0 percent after 5 years"):
        terms.read(under("erisa-db", (FIVE, last)), "small.yaml")


@pytest.mark.parametrize(
    ("path", "dated", "kept"),
    [
        ("vesting.steps.five.after", {"2026-01-01": "10"}, False),
        ("vesting.steps.five.after", {"2026-01-01": "10", "2027-01-01": "5"}, False),
        ("vesting.steps.five.gives", {"2026-01-01": "50"}, False),
        ("vesting.steps.five.after", {"2026-01-01": "3"}, True),
        ("vesting.steps.five.after", {"1990-01-01": "3"}, True),
        ("breaks.under.hours.less_than", {"1980-01-01": "100"}, True),  # the ten years before 1997 stay history
    ],
)
def test_a_proposal_is_held_to_the_law_from_its_first_change_on(path, dated, kept):
    once = DATED.replace("FIRST", TEN).replace("LAST", UNDER_FIVE)
    plan = terms.read(under("erisa-db", (FIVE, once)), "small.yaml")
    if kept:
        assert plan.under({path: dated}, name="x", cite=Cite("x", "", ""))
        return
    with pytest.raises(ChangeError, match=r"29 USC 1053\(a\)\(2\)\(A\): benefits vest after five years") as caught:
        plan.under({path: dated}, name="x", cite=Cite("x", "", ""))
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ([(FIVE, f"{FIVE}  also: {{of: credit, at_least: {TEN}}}\n")], "here in full after 10 years only"),
        (
            [(FIVE, FIVE.replace("100", "50") + FIVE.replace("five", "ten").replace("5, unit: year", TWICE, 1))],
            "here in full after 10 years only",
        ),
        (
            [
                (
                    FIVE,
                    FIVE.replace(
                        "{value: 5, unit: year, cite: page}",
                        "{2000-01-01: {value: null, unit: year, cite: page, note: x}}",
                    ),
                )
            ],
            "in full never",
        ),
    ],
    ids=["another service as well", "twice a number of years", "no step any more"],
)
def test_no_way_of_writing_it_vests_later_than_the_law_says(edits, message):
    with pytest.raises(ValueError, match=message):
        terms.read(under("erisa-db", *edits), "small.yaml")


@pytest.mark.parametrize(
    ("edit", "kept"),
    [
        ((YEAR, YEAR.replace("gives: {value: 1,", "gives: {value: 0.5,")), False),
        ((YEAR, "from: {value: 0, unit: hour, cite: page}, per: {value: 2000, unit: hour, cite: page}"), False),
        ((YEAR, "from: {value: 0, unit: hour, cite: page}, per: {value: 1000, unit: hour, cite: page}"), True),
        ((f"year: {{{YEAR}}}", f"half: {{{HALF}}}\n          year: {{{YEAR}}}"), True),
    ],
    ids=["half a year", "2,000 hours a year", "1,000 hours a year", "half a year for less"],
)
def test_the_laws_hours_credit_a_whole_year_however_it_is_written(edit, kept):
    text = under("erisa-hours", edit)
    if kept:
        assert terms.read(text, "small.yaml")
        return
    with pytest.raises(ValueError, match="no more than 1000 hours, and here 1000 hours are 0"):
        terms.read(text, "small.yaml")


def test_a_year_that_one_of_several_limits_spares_is_no_break():
    two = f"less_than: {{value: 600, unit: hour, cite: page}}}}\n    two: {{{LESS.replace('200', '300')}"
    assert terms.read(under("erisa-hours", (LESS, two)), "small.yaml")
    with pytest.raises(ValueError, match="more than 500 hours is no break"):
        terms.read(under("erisa-hours", (LESS, two.replace("300", "550"))), "small.yaml")


def test_the_kind_of_member_that_vests_last_decides():
    by = "after: {by: craft, x: {value: 4, unit: year, cite: page}, otherwise: {value: NUMBER, unit: year, cite: page}}"
    for years, kept in ((5, True), (6, False)):
        step = FIVE.replace("after: {value: 5, unit: year, cite: page}", by.replace("NUMBER", str(years)))
        text = under("erisa-db", (FIVE, step))
        if kept:
            assert terms.read(text, "small.yaml")
        else:
            with pytest.raises(ValueError, match="in full after 6 years only"):
                terms.read(text, "small.yaml")


@pytest.mark.parametrize(
    ("statute", "most", "no_break"),
    [("erisa-hours", 1000, 500), ("erisa-hours-worked", 870, 435), ("erisa-regular-time", 750, 375)],
)
def test_a_year_takes_no_more_hours_than_the_law_has(statute, most, no_break):
    less = LESS.replace("200", str(no_break))
    assert terms.read(under(statute, year(most), (LESS, less)), "small.yaml")
    text = under(statute, year(most + 1))
    refused(
        text,
        "service.credit.routes.hours.steps.year.from",
        f"{{value: {most + 1}",
        f"a year of service takes no more than {most:,}".replace(",", ""),
    )


@pytest.mark.parametrize(
    ("statute", "no_break"), [("erisa-hours", 500), ("erisa-hours-worked", 435), ("erisa-regular-time", 375)]
)
def test_a_year_with_the_laws_hours_is_no_break(statute, no_break):
    # The law's breaks are years with no more than 500 hours: "less than 500.01" says the same in hundredths.
    assert terms.read(under(statute, (LESS, LESS.replace("200", f"{no_break}.01"))), "small.yaml")
    text = under(statute, (LESS, LESS.replace("200", f"{no_break}.02")))
    refused(text, "breaks.under.hours.less_than", f"{{value: {no_break}.02", f"more than {no_break} hours is no break")


def test_hours_of_parts_of_a_year_and_other_units_have_no_floor():
    some = "some: {from: {value: 1500, unit: hour, cite: page}, gives: {value: 0.5, unit: year, cite: page}}"
    whole = "year: {from: {value: 1000, unit: hour, cite: page}, gives: {value: 1, unit: year, cite: page}}"
    text = under("erisa-hours", (f"year: {{{YEAR}}}", f"{whole}\n          more: {some[6:]}"))
    assert terms.read(text, "small.yaml")
    days = SMALL.replace("unit: hour", "unit: day").replace("value: hours", "value: days").replace("400", "2000")
    days = days.replace("levers:\n", "statutes: {erisa-hours: page}\nlevers:\n")
    assert terms.read(days, "small.yaml")


@pytest.mark.parametrize(
    ("edit", "path", "message"),
    [
        (("years: {value: 5", "years: {value: 4"), "breaks.permanent.years", "after 5 breaks in a row at the earliest"),
        (("    or_service: {value: true, cite: page}\n", ""), "breaks.permanent", "'or_service' is missing"),
        (("or_service: {value: true", "or_service: {value: false"), "breaks.permanent", "'or_service' is missing"),
    ],
)
def test_service_is_not_lost_before_the_laws_breaks(edit, path, message):
    seven = steps((7, 100))  # so that somebody with six years has something to lose
    assert terms.read(under("erisa-breaks", seven), "small.yaml")
    with pytest.raises(ValueError, match="small") as caught:
        terms.read(under("erisa-breaks", seven, edit), "small.yaml")
    assert caught.value.path == path
    assert message in caught.value.message
    assert "26 CFR 1.410(a)-5" in caught.value.message
    assert terms.read(edited(SMALL, edit), "small.yaml")  # without the law it is the plan's to say


@pytest.mark.parametrize("given", [[(5, 100)], [(3, 20), (7, 100)]])
def test_where_so_many_years_vest_there_is_nothing_that_service_could_save(given):
    assert terms.read(
        under("erisa-breaks", steps(*given), ("    or_service: {value: true, cite: page}\n", "")), "small.yaml"
    )


HERE = "  here: {title: Here, routes: {hours: {steps: {one: {from: ONE, gives: YEAR}}}}}\n"


@pytest.mark.parametrize(
    "edits",
    [
        [steps((3, 20), (7, 100)), ("after: {value: 3,", "after: {value: 6,")],
        [
            (
                FIVE,
                FIVE.replace(
                    "{value: 5, unit: year, cite: page}",
                    "{2000-01-01: {value: 5, unit: year, cite: page}, "
                    "2020-01-01: {value: null, unit: year, cite: page, note: gone}}",
                ),
            )
        ],
        [
            (
                "vesting:\n",
                HERE.replace("ONE", "{value: 900, unit: hour, cite: page}").replace(
                    "YEAR", "{value: 1, unit: year, cite: page}"
                )
                + "vesting:\n",
            ),
            (FIVE, f"{FIVE}  also: {{of: here, at_least: {{value: 1, unit: year, cite: page}}}}\n"),
        ],
    ],
    ids=["later", "for a time only", "with another service besides"],
)
def test_where_somebody_with_so_many_years_may_not_be_vested_service_has_to_count(edits):
    text = edited(under("erisa-breaks"), *edits)
    assert terms.read(text, "small.yaml")
    without = edited(text, ("    or_service: {value: true, cite: page}\n", ""))
    with pytest.raises(ValueError, match="'or_service' is missing"):
        terms.read(without, "small.yaml")


def test_a_plan_without_a_permanent_break_keeps_the_law():
    assert terms.read(under("erisa-breaks", (BREAKS, "")), "small.yaml")


def test_a_proposal_that_goes_below_is_refused_at_its_change():
    plan = terms.read(under("erisa-db"), "small.yaml")
    with pytest.raises(ChangeError, match="benefits vest after five years") as caught:
        plan.under({"vesting.steps.five.after": {"2030-01-01": "6"}}, name="x", cite=Cite("x", "", ""))
    assert caught.value.path == "vesting.steps.five.after"
    assert plan.under({"vesting.steps.five.after": {"2030-01-01": "4"}}, name="x", cite=Cite("x", "", ""))


VESTING = [name for name in terms.names("pension") if terms.plan(name).has("vesting.steps")]


@pytest.mark.parametrize("name", VESTING)
def test_ten_years_before_anything_vests_are_refused_for_every_shipped_plan(name):
    plan = terms.plan(name)
    assert {"erisa-db", "erisa-dc"} & set(plan.statutes)
    steps = [f"vesting.steps.{step}.after" for step in plan.below("vesting.steps")]
    changes = {path: {"2030-01-01": "10"} for path in steps}
    with pytest.raises(ChangeError, match=r"29 USC 1053\(a\)\(2\)"):
        plan.under(changes, name="ten years", cite=Cite("x", "", ""))


def test_a_shipped_plan_that_can_lose_service_is_held_to_the_law_of_breaks_or_says_why_not():
    losing = [name for name in terms.names("pension") if terms.plan(name).has("breaks.permanent")]
    without = [name for name in losing if "erisa-breaks" not in terms.plan(name).statutes]
    assert without == ["nwcarpenters-iap"]  # its section 'open' says what was not read
