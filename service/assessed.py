"""Many lines assessed at once: what :mod:`service.assessing` says of one line, for columns of them.

The rules are asked once about all lines that are alike for them.
"""

import bisect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from rules import agreements, contributions
from service.accounts import sums_of
from service.assessing import Assessment

IMPUTED_BY = ("stretch", "basis", "hours_worked", "hours_guaranteed", "days_worked")
OWED_BY = ("week_ending", "class", "has_hours", "has_scale", "has_days")
MOST_REMEMBERED = 100_000
FACTORS = ("credited", "scale_rate_cents", "days_worked")


class Assessed:
    """Lines of reports assessed part by part. ``contributions`` is what is due by fund on all of them, by report."""

    def __init__(self, heads: Sequence[tuple[str, str]], classes: Mapping[str, str | None]) -> None:
        """``heads`` are the employer and the agreement of each report, ``classes`` the contributor classes of the
        employers."""
        self.every = [Assessment(agreement, classes) for _, agreement in heads]
        self.classes = pl.Series([classes[employer] for employer, _ in heads], dtype=pl.String)
        self.contributions: list[dict[str, int | None]] = [{} for _ in heads]
        self.numbers_of: dict[str, list[int]] = {}
        for number, (_, agreement) in enumerate(heads):
            self.numbers_of.setdefault(agreement, []).append(number)
        self.known: dict[str, pl.DataFrame] = {}  # what was asked about an agreement before, with the answers

    def assess(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Lines with the hours that count (``credited``), what they rest on (``imputation``), and what is ``due`` on
        each, as JSON. ``number`` is each line's report."""
        parts = []
        for numbers in self.numbers_of.values():
            part = lines if len(self.numbers_of) == 1 else lines.filter(pl.col("number").is_in(numbers))
            if part.is_empty():
                continue
            part = self.imputed(self.every[numbers[0]], part)
            agreement = self.every[numbers[0]].agreement
            parts.append(part.with_columns(due=pl.lit("{}")) if agreement is None else self.owed(agreement, part))
        return parts[0] if len(parts) == 1 else pl.concat(parts).sort("place")

    def remarks(self) -> list[list[dict[str, Any]]]:
        """What to tell the sender of each report about all that was assessed."""
        return [one.remarks() for one in self.every]

    def imputed(self, one: Assessment, lines: pl.DataFrame) -> pl.DataFrame:
        """Lines of one agreement with the hours that count on each and what they rest on.

        Numbers change on the days that the agreement names and are the same for all weeks between two of them.
        """
        days = sorted({day for leaf in one.agreement.leaves.values() for day in leaf.values}) if one.agreement else []
        weeks = lines["week_ending"].unique().to_list()
        stretches = [bisect.bisect_right(days, agreements.week_start(week)) for week in weeks]
        stretch = lines["week_ending"].replace_strict(weeks, stretches, return_dtype=pl.Int32).alias("stretch")
        marked = lines.select(stretch, *IMPUTED_BY[1:], "week_ending")
        alike = marked.group_by(IMPUTED_BY).agg(pl.col("week_ending").first())
        known = [self.known[one.code]] if one.code in self.known else []
        if known and known[0].height < MOST_REMEMBERED:
            alike = alike.join(known[0], on=IMPUTED_BY, how="anti", nulls_equal=True)
        else:
            known = []
        found = [
            agreements.impute(one.agreement, week, basis, worked, guaranteed, days)
            for _, basis, worked, guaranteed, days, week in alike.iter_rows()
        ]
        answers = alike.select(
            *IMPUTED_BY,
            pl.Series("credited", [one.credited for one in found], pl.Int32),
            pl.Series("imputation", [one.text for one in found], pl.String),
        )
        self.known[one.code] = pl.concat([*known, answers])
        return lines.with_columns(looked_up(marked, self.known[one.code], IMPUTED_BY))

    def owed(self, agreement: agreements.Agreement, lines: pl.DataFrame) -> pl.DataFrame:
        """Lines of one agreement with the cents due on each to each fund. Adds up what it comes to, and counts what is
        not known.

        Whether and at which rates something is due is the same for all lines of one week and class that have, or have
        not, hours, a scale rate and days. (Where those are said to be none, they are asked about with none.)
        """
        marked = lines.select(
            *("number", "week_ending", *FACTORS),
            self.classes.gather(lines["number"]).alias("class"),
            has_hours=pl.col("credited") > 0,
            has_scale=pl.col("scale_rate_cents") > 0,
            has_days=pl.col("days_worked") > 0,
        )
        alike = marked.group_by(OWED_BY).agg(pl.col(name).first() for name in FACTORS).with_row_index("pattern")
        pattern_of = looked_up(marked, alike.select("pattern", *OWED_BY), OWED_BY)["pattern"]
        counts: dict[int, list[tuple[int, int]]] = {}
        by_pattern = marked.select("number", pattern_of).group_by("number", "pattern").len()
        for number, pattern, count in by_pattern.iter_rows():
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
                        self.every[number].unknown[fund, one.reason] += count
                else:
                    cents[fund][rows] = contributions.cents(one.rates, *(factor[rows] for factor in factors))
        columns = [pl.Series(fund, cents[fund]).set(pl.Series(unknown[fund]), None) for fund in cents]
        by_report = (
            pl.DataFrame([lines["number"].alias(" number"), *columns])
            .group_by(" number")
            .agg(pl.when(pl.col(each.name).is_not_null().any()).then(pl.col(each.name).sum()) for each in columns)
        )
        for number, *amounts in by_report.iter_rows():
            due = dict(zip(agreement.funds, amounts, strict=True))
            self.contributions[number] = sums_of([self.contributions[number], due])
        return lines.with_columns(pl.DataFrame(columns).select(written(agreement)).to_series())


def looked_up(marked: pl.DataFrame, answers: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The columns that ``answers`` has beside ``by``, for each row of ``marked``, null being a value like others."""
    found = marked.select(by).join(answers, on=by, how="left", nulls_equal=True, maintain_order="left")
    return found.drop(by)


def written(agreement: agreements.Agreement) -> pl.Expr:
    """What is due to each fund, as JSON, from a column for each fund."""
    texts = [
        pl.concat_str(pl.lit(f'"{fund}": '), pl.col(fund).cast(pl.String).fill_null("null")) for fund in agreement.funds
    ]
    return pl.concat_str(pl.lit("{"), pl.concat_str(texts, separator=", "), pl.lit("}")).alias("due")
