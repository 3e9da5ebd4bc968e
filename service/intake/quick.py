"""Lines read many at once from columns of text: those that are beyond doubt. The others are read one by one.

This only ever saves time. Whatever is not plainly right here is in doubt, and :mod:`service.intake.lines`, which also
knows the words for what is wrong, decides about it. A test holds the two against each other.
"""

import polars as pl

from schemas.remittances import BASES
from service.intake.lines import HEAD_COLUMNS, LINE_COLUMNS, SCHEMA

# Characters that are refused; and some that surely are no blanks, so that a text with one of them is not blank.
TROUBLE, SEEN = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", r"[!-~\p{L}\p{N}]"
CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def quick(texts: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """The lines of those rows that are beyond doubt; and for each row whether it is not.

    ``texts`` has the place of each row and those columns that the file has, all of text; null says nothing.
    """
    absent = [pl.lit(None, pl.String).alias(name) for name in LINE_COLUMNS if name not in texts.columns]
    heads = [name for name in HEAD_COLUMNS if name in texts.columns]
    sure = pl.all_horizontal(
        pl.col("member").is_not_null() & is_text("member", 64),
        pl.col("day").is_not_null() & (pl.col("day").dt.year() >= 1),
        pl.col("basis").is_null() | pl.col("basis").is_in(BASES),
        pl.col("hours_worked").is_not_null() | pl.col("hours_guaranteed").is_not_null(),
        is_number("hours_worked", 4),
        is_number("hours_guaranteed", 4),
        pl.col("days_worked").is_null() | pl.col("days_worked").str.contains("^[0-7]$"),
        is_number("scale_rate", 6),
        *(is_text(name, 200) for name in ("occupation", "local", "production")),
        *(pl.col(name).is_not_null() & (is_text(name, 64) if name == "report" else is_code(name)) for name in heads),
    ).alias("sure")
    week = pl.col("week_ending")
    day = pl.when(week.str.contains(DAY)).then(week).str.to_date("%Y-%m-%d", strict=False).alias("day")
    read = (
        texts.lazy()
        .with_columns(*absent, day)
        .select(
            "place",
            "member",
            pl.col("day").alias("week_ending"),
            pl.col("basis").fill_null("hourly"),
            hundredths("hours_worked"),
            hundredths("hours_guaranteed"),
            pl.col("days_worked").cast(pl.Int16, strict=False),
            hundredths("scale_rate").alias("scale_rate_cents"),
            *("occupation", "local", "production", *heads),
            sure,
        )
        .collect()
    )
    lines = read.filter("sure").drop("sure")
    return lines.cast({name: SCHEMA[name] for name in lines.columns}), ~read["sure"]


def is_text(name: str, most: int) -> pl.Expr:
    """Whether a column is a text that is taken, or nothing."""
    column = pl.col(name)
    fits = (column.str.len_chars() <= most) & column.str.contains(SEEN) & ~column.str.contains(TROUBLE)
    return column.is_null() | fits


def is_code(name: str) -> pl.Expr:
    """Whether a column is a code."""
    return pl.col(name).str.contains(CODE)


def is_number(name: str, digits: int) -> pl.Expr:
    """Whether a column is a number with at most two decimals, or nothing."""
    return pl.col(name).is_null() | pl.col(name).str.contains(rf"^[0-9]{{1,{digits}}}(?:\.[0-9]{{1,2}})?$")


def hundredths(name: str) -> pl.Expr:
    """What :func:`is_number` lets pass, in hundredths: so few digits are exact when rounded from a binary number."""
    return (pl.col(name).cast(pl.Float64, strict=False) * 100).round().cast(pl.Int32, strict=False)
