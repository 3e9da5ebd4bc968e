"""CSV files that must be refused, each with the line, the column and the code of what is wrong with it.

``M-000001`` and ``M-000002`` are the numbers of enrolled members.
"""

import codecs

from service.intake import MOST_LINES
from service.intake.csv_file import LONGEST_LINE_BYTES

HEADER = "member,week_ending,hours_worked,production\n"
GOOD = "M-000001,2021-07-31,40.00,Feature A\n"


def file(*lines, header=HEADER, encoding="utf-8"):
    """A file of these lines, which end themselves."""
    return (header + "".join(lines)).encode(encoding)


def hours(text):
    """A file with one good line and one with these hours."""
    return file(GOOD, f"M-000002,2021-07-31,{text},Feature A\n")


BAD_FILES = {
    "empty": (b"", 1, "1", "empty_file"),
    "only line ends": (b"\r\n\r\n", 1, "1", "empty_file"),
    "only a byte order mark": (codecs.BOM_UTF8, 1, "1", "empty_file"),
    "header only": (file(), 1, "member", "no_lines"),
    "no header": (file(GOOD, header=""), 1, "1", "missing_header"),
    "wrong header": (file(GOOD, header="member,week,hours_worked,production\n"), 1, "week", "unknown_column"),
    "header in capitals": (file(GOOD, header=HEADER.replace("member", "Member")), 1, "Member", "unknown_column"),
    "header with a space": (file(GOOD, header=HEADER.replace(",week", ", week")), 1, " week_ending", "unknown_column"),
    "missing column": (file("M-000001,40\n", header="member,hours_worked\n"), 1, "week_ending", "missing_column"),
    "no column of hours": (
        file("M-000001,2021-07-31\n", header="member,week_ending\n"),
        1,
        "hours_worked",
        "missing_column",
    ),
    "duplicate column": (file(GOOD, header=HEADER.replace("production", "member")), 1, "member", "duplicate_column"),
    "unnamed column": (file(GOOD, header=HEADER.replace("production", "")), 1, "4", "unknown_column"),
    "NUL in the header": (file(GOOD, header=HEADER.replace("member", "mem\0ber")), 1, "1", "nul_byte"),
    "open quote in the header": (
        file(GOOD, header='"member,week_ending,hours_worked,production\n'),
        1,
        "1",
        "unbalanced_quote",
    ),
    "semicolons": (file(GOOD, header=HEADER.replace(",", ";")), 1, "1", "wrong_separator"),
    "tabs": (file(GOOD, header=HEADER.replace(",", "\t")), 1, "1", "wrong_separator"),
    "hours 1_0": (hours("1_0"), 3, "hours_worked", "bad_hours"),
    "hours NaN": (hours("NaN"), 3, "hours_worked", "bad_hours"),
    "hours 8,5": (hours("8,5"), 3, "hours_worked", "decimal_comma"),
    "hours 8,5 quoted": (hours('"8,5"'), 3, "hours_worked", "decimal_comma"),
    "hours with a space": (hours(" 5"), 3, "hours_worked", "bad_hours"),
    "hours 1e3": (hours("1e3"), 3, "hours_worked", "bad_hours"),
    "hours 8,555": (hours("8,555"), 3, "5", "too_many_fields"),
    "five digits of hours": (hours("10000"), 3, "hours_worked", "too_large"),
    "third decimal": (hours("8.125"), 3, "hours_worked", "too_many_decimals"),
    "negative hours": (hours("-8.00"), 3, "hours_worked", "negative"),
    "Arabic digits": (hours("٤٠"), 3, "hours_worked", "bad_hours"),
    "no hours": (hours(""), 3, "hours_worked", "no_hours"),
    "formula as hours": (hours("=8"), 3, "hours_worked", "bad_hours"),
    "unknown member": (file(GOOD, "M-999999,2021-07-31,40.00,x\n"), 3, "member", "unknown_member"),
    "no member": (file(",2021-07-31,40.00,x\n"), 2, "member", "required"),
    "impossible date": (file(GOOD, "M-000002,2021-02-29,40.00,x\n"), 3, "week_ending", "impossible_date"),
    "date of another form": (file("M-000002,07/31/2021,40.00,x\n"), 2, "week_ending", "bad_date"),
    "date long ago": (file("M-000002,1990-01-20,40.00,x\n"), 2, "week_ending", "date_out_of_range"),
    "date far ahead": (file("M-000002,2921-07-31,40.00,x\n"), 2, "week_ending", "date_out_of_range"),
    "duplicate line": (file(GOOD, "M-000002,2021-07-31,8,x\n", GOOD.replace("40", "8")), 4, "member", "duplicate_line"),
    "NUL byte": (file(GOOD, "M-000002,2021-07-31,40.00,Fea\0ture\n"), 3, "production", "nul_byte"),
    "control character": (file(GOOD, "M-000002,2021-07-31,40.00,Fea\x07ture\n"), 3, "production", "bad_character"),
    "UTF-16 with mark": (file(GOOD, encoding="utf-16"), 1, "1", "wrong_encoding"),
    "UTF-16 little endian": (file(GOOD, encoding="utf-16-le"), 1, "1", "wrong_encoding"),
    "UTF-16 big endian": (file(GOOD, encoding="utf-16-be"), 1, "1", "wrong_encoding"),
    "UTF-32 with mark": (file(GOOD, encoding="utf-32"), 1, "1", "wrong_encoding"),
    "UTF-32 big endian": (file(GOOD, encoding="utf-32-be"), 1, "1", "wrong_encoding"),
    "Latin-1": (file(GOOD, "M-000002,2021-07-31,40,El Ni\xf1o\n", encoding="latin-1"), 3, "production", "not_utf8"),
    "Latin-1 in quotes": (
        file(GOOD, 'M-000002,2021-07-31,40,"Ni\xf1o"\n', encoding="latin-1"),
        3,
        "production",
        "not_utf8",
    ),
    "open quote": (file(GOOD, 'M-000002,2021-07-31,40.00,"Feature A\n'), 3, "production", "unbalanced_quote"),
    "text after a quote": (file(GOOD, 'M-000002,"2021"-07-31,40.00,x\n'), 3, "week_ending", "unbalanced_quote"),
    "too few fields": (file(GOOD, "M-000002,2021-07-31\n"), 3, "hours_worked", "too_few_fields"),
    "too many fields": (file(GOOD, "M-000002,2021-07-31,40.00,x,y\n"), 3, "5", "too_many_fields"),
    "blank line": (file(GOOD, "\n", "M-000002,2021-07-31,8,x\n"), 3, "member", "blank_line"),
    "long field": (file(GOOD, f"M-000002,2021-07-31,40.00,{'x' * 201}\n"), 3, "production", "too_long"),
    "long hours": (hours("8" * 201), 3, "hours_worked", "too_long"),
    "long line": (file(GOOD, "x" * LONGEST_LINE_BYTES, "x\n"), 3, "member", "too_long"),
    "many lines": (file("x\n" * (MOST_LINES + 1)), MOST_LINES + 2, "member", "too_many_lines"),
    "old Macintosh": (file(GOOD).replace(b"\n", b"\r"), 1, "1", "bad_line_end"),
    "workbook": (b"PK\x03\x04" + b"x" * 400, 1, "1", "not_csv"),
    "days": (
        file("M-000001,2021-07-31,8,8\n", header="member,week_ending,hours_worked,days_worked\n"),
        2,
        "days_worked",
        "out_of_range",
    ),
    "half days": (
        file("M-000001,2021-07-31,8,1.5\n", header="member,week_ending,hours_worked,days_worked\n"),
        2,
        "days_worked",
        "not_whole",
    ),
    "basis": (
        file("M-000001,2021-07-31,8,daily\n", header="member,week_ending,hours_worked,basis\n"),
        2,
        "basis",
        "bad_choice",
    ),
    "scale rate": (
        file("M-000001,2021-07-31,8,$41.20\n", header="member,week_ending,hours_worked,scale_rate\n"),
        2,
        "scale_rate",
        "bad_money",
    ),
}
