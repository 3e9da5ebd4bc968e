"""Many lines assessed at once: what :mod:`service.assessing` says of one line, for columns of them.

The rules are asked once about all lines that are alike for them.
"""

import bisect
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from rules import agreements, contributions
from service.assessing import Assessment

IMPUTED_BY = ("stretch", "basis", "hours_worked", "hours_guaranteed", "days_worked")
OWED_BY = ("week_ending", "class", "has_hours", "has_scale", "has_days")
FACTORS = ("credited", "scale_rate_cents", "days_worked")


class Assessed(NamedTuple):
    """Lines with ``credited`` and ``imputation``; ``due`` makes of a slice of them what is owed on each, as JSON.

    By report: what is due by fund, and what to tell the sender.
    """

    lines: pl.DataFrame
    due: pl.Expr
    contributions: list[dict[str, int | None]]
    remarks: list[list[dict[str, Any]]]


def assess(lines: pl.DataFrame, heads: Sequence[tuple[str, str]], classes: Mapping[str, str | None]) -> Assessed:
    """Assess the lines of reports. ``number`` is each line's report: its place in ``heads``, which says for each the
    employer and the agreement; ``classes`` are the employers' contributor classes."""
    every = [Assessment(agreement, classes) for _, agreement in heads]
    sums: list[dict[str, int | None]] = [{} for _ in heads]
    numbers_of: dict[str, list[int]] = {}
    for number, (_, agreement) in enumerate(heads):
        numbers_of.setdefault(agreement, []).append(number)
    parts, due = [], pl.lit("{}")
    for numbers in numbers_of.values():
        part = lines if len(numbers_of) == 1 else lines.filter(pl.col("number").is_in(numbers))
        agreement = every[numbers[0]].agreement
        part = imputed(agreement, part)
        if agreement is not None:
            part = owed(agreement, part, heads, classes, every, sums)
            due = pl.when(pl.col("number").is_in(numbers)).then(written(agreement)).otherwise(due)
        parts.append(part)
    found = parts[0] if len(parts) == 1 else pl.concat(parts, how="diagonal").sort("place")
    return Assessed(found, due.alias("due"), sums, [one.remarks() for one in every])


def imputed(agreement: agreements.Agreement | None, lines: pl.DataFrame) -> pl.DataFrame:
    """Lines with the hours that count on each and what they rest on.

    Numbers change on the days that the agreement names and are the same for all weeks between two of them.
    """
    days = sorted({day for leaf in agreement.leaves.values() for day in leaf.values}) if agreement else []
    weeks = lines["week_ending"].unique().to_list()
    stretches = [bisect.bisect_right(days, agreements.week_start(week)) for week in weeks]
    stretch = lines["week_ending"].replace_strict(weeks, stretches, return_dtype=pl.Int32).alias("stretch")
    marked = lines.select(stretch, *IMPUTED_BY[1:], "week_ending")
    alike = marked.group_by(IMPUTED_BY).agg(pl.col("week_ending").first())
    found = [
        agreements.impute(agreement, week, basis, worked, guaranteed, days)
        for _, basis, worked, guaranteed, days, week in alike.iter_rows()
    ]
    answers = alike.select(
        *IMPUTED_BY,
        pl.Series("credited", [one.credited for one in found], pl.Int32),
        pl.Series("imputation", [one.text for one in found], pl.Categorical),
    )
    return lines.with_columns(looked_up(marked, answers, IMPUTED_BY))


def looked_up(marked: pl.DataFrame, answers: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The columns that ``answers`` has beside ``by``, for each row of ``marked``, null being a value like others."""
    found = marked.select(by).join(answers, on=by, how="left", nulls_equal=True, maintain_order="left")
    return found.drop(by)


def owed(
    agreement: agreements.Agreement,
    lines: pl.DataFrame,
    heads: Sequence[tuple[str, str]],
    classes: Mapping[str, str | None],
    every: list[Assessment],
    sums: list[dict[str, int | None]],
) -> pl.DataFrame:
    """Lines with the cents due on each, a column for each fund. Adds what it comes to into ``sums``, and what is not
    known to ``every``.

    Whether and at which rates something is due is the same for all lines of one week and class that have, or have not,
    hours, a scale rate and days. (Where those are said to be none, they are asked about with none.)
    """
    own = pl.Series([classes[employer] for employer, _ in heads], dtype=pl.String).gather(lines["number"])
    marked = lines.select(
        *("number", "week_ending", *FACTORS),
        own.alias("class"),
        has_hours=pl.col("credited") > 0,
        has_scale=pl.col("scale_rate_cents") > 0,
        has_days=pl.col("days_worked") > 0,
    )
    alike = marked.group_by(OWED_BY).agg(pl.col(name).first() for name in FACTORS).with_row_index("pattern")
    pattern_of = looked_up(marked, alike.select("pattern", *OWED_BY), OWED_BY)["pattern"]
    counts: dict[int, list[tuple[int, int]]] = {}
    for number, pattern, count in marked.select("number", pattern_of).group_by("number", "pattern").len().iter_rows():
        counts.setdefault(pattern, []).append((number, count))
    patterns = pattern_of.to_numpy()
    ends = np.cumsum(np.bincount(patterns, minlength=alike.height))
    rows_of = np.split(np.argsort(patterns, kind="stable"), ends[:-1])
    factors = [marked[name].fill_null(0).cast(pl.Int64).to_numpy() for name in FACTORS]
    cents = {fund: np.zeros(lines.height, np.int64) for fund in agreement.funds}
    unknown = {fund: np.zeros(lines.height, bool) for fund in agreement.funds}
    for pattern, week, contributor_class, _, _, _, credited, scale, days in alike.iter_rows():
        rows = rows_of[pattern]
        for fund, one in contributions.due(agreement, week, credited, scale, contributor_class, days).items():
            if one.cents is None:
                unknown[fund][rows] = True
                for number, count in counts[pattern]:
                    every[number].unknown[fund, one.reason] += count
            else:
                cents[fund][rows] = contributions.cents(one.rates, *(factor[rows] for factor in factors))
    columns = [pl.Series(column(agreement, fund), cents[fund]).set(pl.Series(unknown[fund]), None) for fund in cents]
    by_report = (
        pl.DataFrame([lines["number"], *columns])
        .group_by("number")
        .agg(pl.when(pl.col(each.name).is_not_null().any()).then(pl.col(each.name).sum()) for each in columns)
    )
    for number, *amounts in by_report.iter_rows():
        sums[number] = dict(zip(agreement.funds, amounts, strict=True))
    return lines.with_columns(columns)


def column(agreement: agreements.Agreement, fund: str) -> str:
    """The name of the column of what is due to a fund."""
    return f"due {agreement.code} {fund}"


def written(agreement: agreements.Agreement) -> pl.Expr:
    """What is due to each fund, as JSON."""
    texts = [
        pl.concat_str(pl.lit(f'"{fund}": '), pl.col(column(agreement, fund)).cast(pl.String).fill_null("null"))
        for fund in agreement.funds
    ]
    return pl.concat_str(pl.lit("{"), pl.concat_str(texts, separator=", "), pl.lit("}"))
