"""Booklets: every value of every plan is told, with its source, its doubts and its history, and reads as it should."""

import dataclasses
import datetime
import re

import pytest

from rules import booklet, booklet_labels, booklet_work, checking_pension, shape, terms
from rules.booklet_words import long_day, ordinal, spoken
from rules.calendar import Cite
from rules.leaves import UNDATED, Choice, Leaf, Value
from tests.rules.small_plans import ALL, edited

DAYS = [None, datetime.date(2022, 1, 1), datetime.date(2009, 6, 1), datetime.date(1950, 1, 1)]
SOURCE = Cite("A source", "https://example.org/source", "page 1")


def sentences(told):
    return [sentence for section in told.sections for sentence in section.sentences]


def numbers(told):
    """Every footnote that the booklet refers to."""
    for sentence in sentences(told):
        yield from sentence.footnotes
        for remark in sentence.remarks:
            yield from remark.footnotes
            yield from (number for _, number in remark.readings)


def about(told, path):
    """The sentences that rest on a path, first the one that tells it."""
    return [sentence for sentence in sentences(told) if path in sentence.paths]


def text_of(sentence):
    return " ".join([sentence.text, *(remark.text for remark in sentence.remarks)])


@pytest.mark.parametrize("on", DAYS, ids=str)
@pytest.mark.parametrize("name", terms.every_name())
def test_every_value_of_a_plan_is_told_with_its_source(name, on):
    plan = terms.plan(name)
    told = booklet.booklet(plan, on)
    paths = {path for sentence in sentences(told) for path in sentence.paths}
    assert (set(plan.leaves) | set(plan.texts)) - paths == set()
    assert paths - set(plan.leaves) - set(plan.texts) == set()
    assert set(numbers(told)) == set(range(1, len(told.footnotes) + 1))
    assert len(set(told.footnotes)) == len(told.footnotes)
    values = [value for leaf in plan.leaves.values() for value in leaf.values.values()]
    cited = {value.cite for value in values} | {cite for value in values for _, cite in value.either}
    assert cited <= set(told.footnotes)


@pytest.mark.parametrize("name", terms.every_name())
def test_what_is_doubted_or_noted_is_seen(name):
    plan = terms.plan(name)
    told = booklet.booklet(plan, None)
    everything = "\n".join(map(text_of, sentences(told)))
    for leaf in plan.leaves.values():
        for value in leaf.values.values():
            assert value.note.rstrip(".")[1:] in everything
        last = list(leaf.values.values())[-1]
        marked = {sentence.status for sentence in about(told, leaf.path)}
        assert last.status == "stated" or marked & {"assumed", "disputed"}
    for text in (*plan.open.values(), *plan.facts.values()):
        assert text.rstrip(".")[1:] in everything


@pytest.mark.parametrize("name", terms.every_name())
def test_sentences_read_as_sentences(name):
    told = booklet.booklet(terms.plan(name), None)
    assert len({section.name for section in told.sections}) == len(told.sections)
    for sentence in sentences(told):
        lines = [sentence.text, *(remark.text for remark in sentence.remarks)]
        for line in lines:
            assert re.match(r'[A-Z0-9"]', line), line
            assert re.search(r"[.!?]$", line), line
            assert "  " not in line
            assert not sentence.paths or "none" not in sentence.text.lower().split(), line
            assert not re.search(r"\b1 (hours|days|dollars)\b|\bone (months|weeks|days)\b", line), line


def test_the_number_that_keeps_cover_has_its_history():
    told = booklet.booklet(terms.plan("mpi-health"), None)
    [sentence, *_] = about(told, "qualify.continuing.routes.hours.sum.at_least")
    assert sentence.text == "To keep cover you need 400 hours in one qualifying period of six months."
    assert sentence.status == "stated"
    history = [remark.text for remark in sentence.remarks if remark.kind in ("since", "earlier")]
    assert history[0] == "Since 31 July 2011 (adopted 30 November 2008)."
    assert history[1] == "From 1 November 2008 to 30 July 2011: 300 hours."
    assert history[2].startswith("From 1 January 1990 to 31 October 2008: 300 hours, assumed: in force until mid 2011")


def test_a_booklet_of_a_day_tells_what_was_in_force_and_what_came_later():
    told = booklet.booklet(terms.plan("mpi-health"), datetime.date(2011, 7, 30))
    [sentence, *_] = about(told, "qualify.continuing.routes.hours.sum.at_least")
    assert "you need 300 hours" in sentence.text
    [later] = [remark for remark in sentence.remarks if remark.kind == "later"]
    assert later.text.startswith("From 31 July 2011 on: 400 hours")
    assert booklet.heading(told).startswith("Terms as of 30 July 2011. Version ")


def test_a_start_that_is_not_known_is_said():
    told = booklet.booklet(terms.plan("teamsters959-health"), None)
    [sentence, *_] = about(told, "qualify.initial.routes.six_months.sum.at_least")
    [earlier] = [remark for remark in sentence.remarks if remark.kind == "earlier"]
    assert earlier.text.startswith("Before 1 January 2021: 1,964 dollars; no start given")


def test_a_value_that_depends_on_the_member_is_told_for_each():
    told = booklet.booklet(terms.plan("ilwu-welfare"), None)
    [sentence, *_] = about(told, "qualify.any.routes.year.sum.at_least.minor")
    assert "480 hours (port: minor) or 800 hours (everyone else)" in sentence.text
    told = booklet.booklet(terms.plan("roofers-health"), None)
    [sentence, *_] = about(told, "bank.most_per_use.54")
    assert "200 hours (from age 54 on) or 100 hours (everyone else)" in sentence.text
    [earlier] = [remark for remark in sentence.remarks if remark.kind == "earlier"]
    assert earlier.about == "the most that one use may draw (from age 54 on)"


def test_a_value_that_follows_another_is_worked_out():
    told = booklet.booklet(terms.plan("wga-health"), datetime.date(2022, 7, 1))
    [sentence, *_] = about(told, "qualify.any.routes.earnings.sum.at_least")
    assert 'as much as the series "network hour" (that is 41,773 dollars)' in sentence.text
    told = booklet.booklet(terms.plan("teamsters959-health"), datetime.date(2022, 7, 1))
    [sentence, *_] = about(told, "bank.cap")
    assert "6 times the bank's charge and no further" in sentence.text
    [amounts] = [remark.text for remark in sentence.remarks if remark.kind == "amounts"]
    assert amounts.startswith("That is 7,224 dollars (plan level: employee only), 10,824 dollars")


def test_readings_of_a_disputed_value_have_their_sources():
    plan = terms.plan("mpi-health")
    told = booklet.booklet(plan, None)
    [sentence, *_] = about(told, "disability.claim_within")
    assert sentence.status == "disputed"
    [remark] = [remark for remark in sentence.remarks if remark.kind == "disputed"]
    assert [text for text, _ in remark.readings] == ["180 days", "90 days"]
    sources = [told.footnotes[number - 1] for _, number in remark.readings]
    assert sources == [plan.sources["faq"], plan.sources["faq-old"]]


def test_the_text_forms_hold_every_sentence_and_source():
    plan = terms.plan("mpi-health")
    told = booklet.booklet(plan, None)
    text, markdown = booklet.text(told), booklet.markdown(told)
    assert text.startswith(f"{plan.title}\n{'=' * len(plan.title)}\n")
    assert markdown.startswith(f"# {plan.title}\n")
    for sentence in sentences(told):
        assert sentence.text in text
    for number, cite in enumerate(told.footnotes, 1):
        assert f"[{number}] {cite.title}" in text
        assert f"\n[^{number}]: " in markdown
    assert set(map(int, re.findall(r"\[\^(\d+)\](?!:)", markdown))) == set(range(1, len(told.footnotes) + 1))
    assert "(disputed)" in text
    assert "(assumed)" in text


def test_markdown_reads_no_markup_in_what_a_plan_says():
    plan = dataclasses.replace(terms.plan("mpi-health"), open={"a": "see *this* [link](x) <b> and a_b"})
    markdown = booklet.markdown(booklet.booklet(plan, None))
    assert r"See \*this\* \[link\](x) \<b\> and a\_b" in markdown


def test_a_proposal_is_told_as_one():
    plan = terms.plan("mpi-health").under(
        {"continuing_hours": {"2022-01-01": "450"}}, name="Four-fifty", cite=Cite("Proposal: Four-fifty", "", "CFO")
    )
    told = booklet.booklet(plan, None)
    assert "under the proposal 'Four-fifty'" in booklet.heading(told)
    [sentence, *_] = about(told, "qualify.continuing.routes.hours.sum.at_least")
    assert "you need 450 hours" in sentence.text
    assert Cite("Proposal: Four-fifty", "", "CFO") in told.footnotes


LAPSED = """\
  lapsed:
    routes:
      back:
        sum: {at_least: {value: 200, unit: hour, cite: page}}
bank:
"""


def told_of(text, name):
    found = booklet.booklet(terms.read(text, "small.yaml"), None)
    return next([sentence.text for sentence in one.sentences] for one in found.sections if one.name == name)


def test_the_covered_and_the_lapsed_are_told_apart():
    text = edited(ALL, ("bank:\n  deposit", f"{LAPSED}  deposit"))
    assert told_of(text, "qualify.continuing")[0] == "This is for those who are covered."
    assert told_of(text, "qualify.lapsed")[0] == "This is for those whose cover ended."
    text = edited(text, ("levers:", "lapse: {initial_after: {value: 6, unit: month, cite: page}}\nlevers:"))
    assert told_of(text, "qualify.continuing")[0] == "This is for those who are covered."
    assert told_of(text, "qualify.lapsed")[0] == "This is for those whose cover ended less than six months ago."


def test_what_a_balance_needs_holds_the_floor_too():
    text = edited(ALL, ("  cap:", "  floor: {value: 10, unit: hour, cite: page}\n  cap:"))
    assert told_of(text, "qualify.continuing")[1].endswith(
        "It is never less than the bank's charge and 10 hours more (together 130 hours)."
    )
    asks = "A test of the balance asks for the charge and 10 hours more (together 130 hours), so that this stays in it."
    assert asks in told_of(text, "bank")
    by = "{by: level, a: {value: 10, unit: hour, cite: page}, otherwise: {value: 20, unit: hour, cite: page}}"
    text = edited(text, ("floor: {value: 10, unit: hour, cite: page}", f"floor: {by}"))
    assert any("the charge and 10 hours" in one and "together" not in one for one in told_of(text, "bank"))


def test_the_lag_is_told_with_an_example():
    cover = "Cover begins on the first day of the second calendar month after the month of the cut-off"
    assert f"{cover}: what counts up to the cut-off of January gives cover from 1 March." in told_of(ALL, "calendar")


def test_an_event_that_ends_cover_is_said_to_end_no_tests():
    text = edited(ALL, ("coverage:\n", "coverage:\n  ends_on: {retired: {value: true, cite: page}}\n"))
    assert told_of(text, "coverage")[1] == (
        'Cover ends early, with the calendar month in which it lies, after the event "retired". Later tests go on, and '
        "may give cover again."
    )


def test_a_rule_that_ended_is_told_with_its_end():
    plan = terms.plan("mpi-health")
    cap = plan.leaves["bank.cap"]
    last = cap.values[max(cap.values)]
    gone = last._replace(amount=None, note="the bank has no maximum any more")
    leaves = {**plan.leaves, "bank.cap": cap._replace(values={**cap.values, datetime.date(2025, 1, 1): gone})}
    told = booklet.booklet(dataclasses.replace(plan, leaves=leaves), None)
    sentence = about(told, "bank.cap")[0]
    assert sentence.text == "Not in force any more: the maximum of the bank."
    assert "The rule ended on 1 January 2025." in [remark.text for remark in sentence.remarks]
    assert any("450 hours" in remark.text for remark in sentence.remarks)


# Every key that the language has, whether a shipped plan uses it or not.


def places(place, path):
    """Every place of the shape below one, with plain names where a plan chooses them."""
    match place:
        case shape.Section():
            for key, inner in {**place.required, **place.optional}.items():
                yield from places(inner, f"{path}.{key}" if path else key)
        case shape.Named(shape.Section(one_of=(_, *_))):
            for kind in [
                kind for kind in place.each.one_of if kind in place.each.optional
            ]:  # a route or test of each kind
                others = {key: inner for key, inner in place.each.optional.items() if key not in place.each.one_of}
                one = shape.Section({kind: place.each.optional[kind], **others})
                yield from places(one, f"{path}.{kind}-one")
        case shape.Named():
            yield from places(place.each, f"{path}.one")
        case _:
            yield path, place


CHOSEN = {"credit.one.unit": "hour", "calendar.cutoffs": "month_end", "relief.one.gives": "hours"}
SKIPPED = ("plan", "title", "kind", "levers", "facts", "open", "statutes", "examples")
MADE_OF = {"health": "roofers-health", "pension": "mpi-pension"}  # whose attributes the made-up terms have
LENGTHS = ("periods", "windows", "up_to_windows")  # of which a test has one


def everything(pick=0, keyed=False, cutoffs="month_end", kind="health"):
    """Terms with every place of the language; ``pick`` chooses among words, ``keyed``: all depends on a port."""
    leaves, texts, choices = {}, {}, {}
    day = datetime.date(2020, 1, 31)
    for path, place in places(terms.SHAPES[kind], ""):
        *_, test, key = ["", *path.split(".")]
        lengths = LENGTHS[: 2 + (test == "sum")]
        if path.split(".")[0] in SKIPPED or (key in lengths and key != lengths[pick % len(lengths)]):
            continue
        if isinstance(place, shape.Text):
            texts[path] = CHOSEN.get(path, place.words[0] if place.words else "one")
        if isinstance(place, shape.Quantity):
            unit = {shape.CREDIT: "hour", shape.PERIOD: "month"}.get(place.unit, place.unit)
            amount = max(place.least, 2 if pick else 1) * place.scale
            value = Value(amount, None, unit, SOURCE, scale=place.scale)
        elif isinstance(place, shape.Word):
            word = place.words[pick % len(place.words)] if place.words else "yes"
            value = Value(None, word, "word", SOURCE)
        else:
            continue
        start = day if place.keyed == "at" else UNDATED
        same = kind == "pension" and path in checking_pension.FIXED  # for every member
        if keyed and place.keyed != "at" and not same:
            choices[path] = Choice("port", ("minor", "otherwise"))
            for key in choices[path].keys:
                leaves[f"{path}.{key}"] = Leaf(f"{path}.{key}", place, {start: value})
        else:
            leaves[path] = Leaf(path, place, {start: value})
    if kind == "health":
        texts["calendar.cutoffs"] = cutoffs
    return dataclasses.replace(
        terms.plan(MADE_OF[kind]),
        leaves=leaves,
        choices=choices,
        texts=texts,
        relief={"one": terms.Order("One", day, "hours", SOURCE)} if kind == "health" else {},
        levers={},
        facts={},
        open={},
        statutes={"one": SOURCE},
    )


def told_of_every_key(plan):
    """The booklet's text, once every path of the terms has its sentence."""
    told = booklet.booklet(plan, None)
    paths = {path for sentence in sentences(told) for path in sentence.paths}
    assert set(plan.leaves) - paths == set()
    assert set(plan.texts) - paths == set()
    assert not re.search(r"_[a-z]|\{|\bNone\b", booklet.text(told))
    return booklet.text(told)


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("pick", range(4))
@pytest.mark.parametrize("cutoffs", ["month_end", "weeks_ending_saturday", "days", "last_sunday"])
def test_every_key_of_the_language_is_put_in_words(pick, keyed, cutoffs):
    assert told_of_every_key(everything(pick, keyed, cutoffs))


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("pick", range(4))
def test_every_key_of_a_pension_is_put_in_words(pick, keyed):
    assert told_of_every_key(everything(pick, keyed, kind="pension"))


@pytest.mark.parametrize("kind", terms.SHAPES)
def test_every_word_of_the_language_has_its_sentence(kind):
    known = list(places(terms.SHAPES[kind], ""))
    longest = max(len(place.words) for _, place in known if isinstance(place, shape.Word))
    texts = [booklet.text(booklet.booklet(everything(pick, kind=kind), None)) for pick in range(longest)]
    for path, place in known:
        if isinstance(place, shape.Word) and place.keyed == "from" and place.words and place != shape.YES:
            for word in place.words:
                if "_" in word:
                    assert not any(word in text for text in texts), (path, word)
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("kind", terms.SHAPES)
def test_every_key_has_a_name(kind):
    keys = {path.rpartition(".")[2] for path, _ in places(terms.SHAPES[kind], "") if path.split(".")[0] not in SKIPPED}
    assert keys - {"one", "cite"} <= set(booklet_labels.OF[kind])


def test_numbers_in_words():
    assert [spoken(1), spoken(12), spoken(13), spoken(1500)] == ["one", "twelve", "13", "1,500"]
    places_of = [1, 3, 12, 13, 21, 22, 111, 112]
    assert list(map(ordinal, places_of)) == ["first", "third", "twelfth", "13th", "21st", "22nd", "111th", "112th"]
    assert long_day(datetime.date(2021, 4, 24)) == "24 April 2021"


@pytest.mark.parametrize(
    ("word", "unit", "said"),
    [
        ("hours", "hour", ""),
        ("days", "hour", ", measured in hours"),
        ("earnings", "dollar", ""),
        ("contributions", "dollar", ""),
        ("hours", "dollar", ", measured in dollars"),
        ("earnings", "point", ", measured in points"),
    ],
)
def test_what_a_measure_is_counted_in_is_said_where_its_word_does_not_say_it(word, unit, said):
    assert booklet_work._measured(word, unit) == said
