"""A result sheet as a page that prints: tables of all that a scenario counted, and pictures, in one HTML file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from flask import render_template
from markupsafe import Markup

from service.pictures import bars
from service.sheets import IN_ALL, WORDS

BY_MONTH_OF_MONEY = {"contributed": "taken in", "income": "income in all", "cost": "paid for cover"}
HELD_BY_MONTH = {"reserve": "dollars held", "reserve_months": "months of cost held"}


class Table(NamedTuple):
    """A table of the page: what it tells, its columns and its rows."""

    caption: str
    names: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Any]]]


def page_of(sheet: Mapping[str, Any]) -> str:
    """A sheet as a page."""
    outcome, asked = sheet["outcome"], sheet["asked"]
    return render_template(
        "sheet.html",
        title=f"{outcome['plan']}, {outcome['months'][0]} to {outcome['months'][-1]}",
        outcome=outcome,
        terms=[(one["name"], said_of(one)) for one in asked["under"]],
        supposed=[f"{name}: {words(value)}" for name, value in asked["assume"].items() if value],
        pictures=list(pictures(outcome)),
        tables=[one for one in tables(outcome) if one.rows],
        closing=list(closing(outcome)),
        grounds=(
            ("snapshot", outcome["snapshot"]["hash"]),
            ("inputs", outcome["inputs"]),
            ("hash of the outcome", outcome["hash"]),
            ("rules", outcome["engine"]),
            ("signed by", sheet["public_key"]),
            ("signature", sheet["signature"]),
        ),
    )


def said_of(one: Mapping[str, Any]) -> str:
    """What one of the terms proposes, in words."""
    said = [
        f"{path} {value} from {day}" if day else f"{path} {value}"
        for path, dated in {**one["changes"], **one["rates"]}.items()
        for day, value in (dated.items() if isinstance(dated, Mapping) else [("", dated)])
    ]
    said += [f"relief {name}" for name in one["relief"]]
    said += [f"without relief {name}" for name in one["without_relief"]]
    if one["grandfather"]:
        said.append(f"who is covered on {one['grandfather']['covered_on']} keeps the first terms")
    return "; ".join(said) or "the terms in force"


def words(value: Any) -> str:
    """A value of a document as words: names with what they are, lists with commas."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {words(one)}" for name, one in value.items() if one not in (None, {}, []))
    if isinstance(value, list):
        return "; ".join(map(words, value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def pictures(outcome: Mapping[str, Any]) -> Iterator[Markup]:
    """Covered members at the ends of the span and in its middle, drawn; each of the terms against the first."""
    months, (first, *others) = outcome["months"], outcome["results"]
    for result in others:
        rows = [
            (months[month], [first["covered"][month] or 0, result["covered"][month] or 0])
            for month in sorted({0, len(months) // 2, len(months) - 1})
        ]
        yield Markup(bars("Members covered", (first["terms"], result["terms"]), rows))  # noqa: S704 (escaped there)


def tables(outcome: Mapping[str, Any]) -> Iterator[Table]:
    """Every table of the page, in order."""
    results, months = outcome["results"], outcome["months"]
    names = [result["terms"] for result in results]
    yield Table("In all", names, in_all(results))
    yield Table("Where nine in ten resampled memberships lie", names, list(resampled(outcome)))
    for result in results:
        yield Table(f"Why, under {result['terms']}", ("months", "people"), list(why(result)))
    near = [[band["people"] for band in one["near_miss"]] for one in results]
    bands = [f"within {band['within']} hours" for band in results[0]["near_miss"]]
    yield Table("Who misses cover by little", names, list(zip(bands, zip(*near, strict=True), strict=True)))
    yield from money(outcome, names)
    yield Table("Every value of the sweep", ("gain", "lose", "months of cover"), list(swept(outcome)))
    for kind, own in outcome["groups"].items():
        for name, one in own.items():
            yield Table(f"{kind} {name}", names, in_all(one["results"]))
    yield Table("Members covered, by month", names, by_month(months, [result["covered"] for result in results]))
    for place, band in enumerate(bands):
        counts = [result["near_miss"][place]["by_month"] for result in results]
        yield Table(
            f"Who misses cover {band.replace('within', 'by at most')}, by month", names, by_month(months, counts)
        )


def in_all(results: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Any]]]:
    """The figures of the whole span, a row each."""
    return [(WORDS[figure], [result[figure] for result in results]) for figure in IN_ALL]


def resampled(outcome: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """The bands of the months of cover in all and of the covered by month, where a scenario asked for them."""
    bands = [result["uncertainty"] for result in outcome["results"] if "uncertainty" in result]
    if bands:
        yield WORDS["benefit_months"], [between(band["benefit_months"].values()) for band in bands]
        for place, month in enumerate(outcome["months"]):
            yield f"covered, {month}", [between(end[place] for end in band["covered"].values()) for band in bands]


def between(ends: Iterable[int | None]) -> str | None:
    """Two counts and what lies between them; nothing where one of them is not shown."""
    shown = list(ends)
    return None if None in shown else " to ".join(f"{end:,}" for end in shown)


def why(result: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """The causes of gains and losses."""
    for way in ("gained", "lost"):
        for cause in result["transitions"][way]:
            yield f"{way}: {cause['text']}", [cause["months"], cause["people"]]


def money(outcome: Mapping[str, Any], names: Sequence[str]) -> Iterator[Table]:
    """What the fund takes in, pays and holds, where a scenario asked for it."""
    results = [result for result in outcome["results"] if "money" in result]
    if not results:
        return
    found = [result["money"] for result in results]
    rows: list[tuple[str, Sequence[Any]]] = [("better or worse over the span", [grouped(one["net"]) for one in found])]
    for figure, said in HELD_BY_MONTH.items():
        if found[0][figure] is not None:
            rows.append((f"{said} at the end of the span", [grouped(one[figure][-1]) for one in found]))
            rows.append((f"{said} at least", [grouped(min(one[figure], key=float)) for one in found]))
    rows.append(("first month below the floor", [one["below_floor"] or "none" for one in found]))
    yield Table(f"Money of the fund ({found[0]['fund']}), in dollars", names, rows)
    for result, own in zip(results, found, strict=True):
        columns = ("members", "owed", "hours without a known rate")
        owed = [
            (
                f"{one['fund']}, {one['agreement']}, {one['contributor_class']}",
                [one["members"], grouped(one["total"]), grouped(one["hours_without_a_known_rate"])],
            )
            for one in own["contributions"]
        ]
        yield Table(f"Owed by employers, under {result['terms']}", columns, owed)
        shown = {name: said for name, said in {**BY_MONTH_OF_MONEY, **HELD_BY_MONTH}.items() if own[name] is not None}
        by = by_month(outcome["months"], [[grouped(one) for one in own[name]] for name in shown])
        yield Table(f"Money by month, under {result['terms']}", list(shown.values()), by)


def grouped(amount: str | None) -> str | None:
    """An amount as people read it: thousands apart."""
    if amount is None:
        return None
    sign, digits = ("-", amount[1:]) if amount.startswith("-") else ("", amount)
    whole, _, rest = digits.partition(".")
    return f"{sign}{int(whole):,}.{rest}"


def by_month(months: Sequence[str], columns: Sequence[Sequence[Any]]) -> list[tuple[str, Sequence[Any]]]:
    """Columns that have one value a month, as rows."""
    return list(zip(months, zip(*columns, strict=True), strict=True))


def swept(outcome: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """What every point of the sweep comes to."""
    for point in outcome["sweep"]:
        name = ", ".join(f"{path} {value}" for path, value in point["values"].items())
        yield name, [point["gained"], point["lost"], point["benefit_months"]]


def closing(outcome: Mapping[str, Any]) -> Iterator[str]:
    """What closes a gap, in words."""
    found = outcome.get("close")
    if found:
        which = ", ".join(found["closing"]) or "none of the values tried"
        tried = "; ".join(f"{one['value']}: {grouped(one['better_by'])}" for one in found["tried"])
        yield f"A gap of {grouped(found['gap'])} dollars is closed by: {which}. {found['text']}"
        yield f"How much better each is, in dollars: {tried}."
