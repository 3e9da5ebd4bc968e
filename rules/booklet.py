"""A plan's booklet: its terms in plain language, in booklet order, each sentence with its sources.

The booklet is generated from the terms and knows no plan. Every value of the file stands in it: the one in force in a
sentence, what it was before and will be later beside it, what is assumed or disputed marked as such.
"""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from rules import booklet_bank, booklet_cover, booklet_pension, booklet_pension_money, booklet_work
from rules.booklet_teller import Remark, Section, Sentence, Teller
from rules.booklet_words import capital, listed, long_day
from rules.calendar import Cite
from rules.terms import Terms

ABOUT_ALL = (
    *(booklet_cover.series, booklet_cover.levers, booklet_cover.law, booklet_cover.facts, booklet_cover.unknown),
)
CHAPTERS: Mapping[str, tuple[Callable[[Teller], None], ...]] = {
    "health": (
        *(booklet_work.who_counts, booklet_work.measuring, booklet_work.qualifying, booklet_work.used_up),
        *(booklet_bank.bank, booklet_bank.second_bank, booklet_cover.coverage, booklet_cover.lapse),
        *(booklet_bank.carried, booklet_bank.paying, booklet_cover.disability, booklet_cover.relief),
        *ABOUT_ALL,
    ),
    "pension": (
        *(booklet_work.who_counts, booklet_pension.years, booklet_pension.service, booklet_pension.imputed),
        *(booklet_pension.participation, booklet_pension.vesting, booklet_pension.breaks),
        *(booklet_pension_money.benefit, booklet_pension_money.account, booklet_pension_money.retirement),
        *ABOUT_ALL,
    ),
}
KINDS = {"assumed": "Assumed", "disputed": "Disputed", "note": "Note"}
MARKS = {"assumed": "(assumed)", "disputed": "(disputed)"}


class Booklet(NamedTuple):
    """The booklet of a plan on a day (``on`` is None: the latest values).

    ``footnotes[0]`` is the source that sentences call 1, and so on.
    ``name`` says which terms these are (``current`` or a proposal's title), ``version`` is that of the terms.
    """

    plan: str
    title: str
    name: str
    version: str
    on: datetime.date | None
    sections: tuple[Section, ...]
    footnotes: tuple[Cite, ...]


def booklet(terms: Terms, on: datetime.date | None) -> Booklet:
    """Tell a plan's terms in plain language, as they are on a day, or (None) by their latest values.

    What was or will be in force on other days stands beside each sentence. Amounts are told in the units of the file.
    """
    teller = Teller(terms, on)
    for chapter in CHAPTERS[terms.kind]:
        chapter(teller)
    return Booklet(
        terms.plan, terms.title, terms.name, terms.version, on, tuple(teller.sections), tuple(teller.footnotes)
    )


def heading(told: Booklet) -> str:
    """What stands under the title: which day's terms these are, and which version of the file."""
    day = f"Terms as of {long_day(told.on)}" if told.on else "The latest terms, with what was in force before"
    proposed = "" if told.name == "current" else f", under the proposal {told.name!r}"
    return f"{day}{proposed}. Version {told.version}."


def opening(remark: Remark) -> str:
    """The words that a remark opens with: what kind it is, and which of the sentence's values it is about."""
    if remark.kind in KINDS:
        return f"{KINDS[remark.kind]}{f', {remark.about}' if remark.about else ''}: "
    return f"{capital(remark.about)}: " if remark.about else ""


def _remark(remark: Remark, escape: Callable[[str], str], cited: str) -> str:
    numbers = "".join(cited.format(number) for number in remark.footnotes)
    readings = [f'"{escape(text)}" {cited.format(number)}' for text, number in remark.readings]
    either = f" The readings are {listed(readings)}." if readings else ""
    return f"{escape(opening(remark))}{escape(remark.text)}{f' {numbers}' if numbers else ''}{either}"


def text(told: Booklet) -> str:
    """The booklet as plain text."""
    return "\n".join(_lines(told, markdown=False)) + "\n"


def markdown(told: Booklet) -> str:
    """The booklet as Markdown, with footnotes as links to the list of sources at its end."""
    return "\n".join(_lines(told, markdown=True)) + "\n"


def _lines(told: Booklet, *, markdown: bool) -> Iterator[str]:
    escape = _escaped if markdown else str
    cited = "[^{}]" if markdown else "[{}]"
    yield from _title(f"{escape(told.title)}", 1, markdown)
    yield escape(heading(told))
    yield ""
    for section in told.sections:
        yield from _title(escape(section.title), 2, markdown)
        for sentence in section.sentences:
            yield from _told(sentence, escape, cited, "- " if markdown else "  ")
        yield ""
    yield from _title("Sources", 2, markdown)
    for number, cite in enumerate(told.footnotes, 1):
        place = f", {cite.section}" if cite.section else ""
        url = f" <{cite.url}>" if cite.url and markdown else f" {cite.url}" if cite.url else ""
        yield f"{cited.format(number)}{':' if markdown else ''} {escape(cite.title + place)}.{url}"


def _title(title: str, level: int, markdown: bool) -> list[str]:
    if markdown:
        return [f"{'#' * level} {title}", ""]
    return [title, ("=" if level == 1 else "-") * len(title)]


def _told(sentence: Sentence, escape: Callable[[str], str], cited: str, bullet: str) -> Iterator[str]:
    numbers = "".join(cited.format(number) for number in sentence.footnotes)
    mark = f" {MARKS[sentence.status]}" if sentence.status in MARKS else ""
    indent = "  " if sentence.more else ""
    yield f"{indent}- {escape(sentence.text)}{mark}{f' {numbers}' if numbers else ''}"
    for remark in sentence.remarks:
        yield f"{indent}  {bullet}{_remark(remark, escape, cited)}"


def _escaped(text: str) -> str:
    """Text in which Markdown reads nothing but text."""
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", text)
