"""Reading a remittance report, from a file of any form or from JSON, and checking it: everything wrong is named.

A file becomes columns of text with the place of each row (``csv_file``, ``ndjson_file``, ``workbook``). Rows that are
beyond doubt are read many at once (``quick``), all others one by one (``lines``, which has the words for what is
wrong). Lines count from 1: at the top of a file, where the header is line 1, or at the first line of a JSON report.
"""

from service.intake.checking import check, unknown_member, week_fault, weeks_taken
from service.intake.faults import MOST_FAULTS, MOST_KEPT, Fault, Faults
from service.intake.lines import MOST_LINES, JsonLines, columns_of, read_json
from service.intake.reading import FORMS, XLSX, File, Phase, Told, read_rows, untold
from service.intake.refused import refused_rows
from service.intake.sent import Head, Sent

__all__ = [
    "FORMS",
    "MOST_FAULTS",
    "MOST_KEPT",
    "MOST_LINES",
    "XLSX",
    "Fault",
    "Faults",
    "File",
    "Head",
    "JsonLines",
    "Phase",
    "Sent",
    "Told",
    "check",
    "columns_of",
    "read_json",
    "read_rows",
    "refused_rows",
    "unknown_member",
    "untold",
    "week_fault",
    "weeks_taken",
]
