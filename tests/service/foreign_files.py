"""Files that are no report at all, or one in a form or an encoding that is not taken, with the form they claim to be.

Only that they are refused, and how fast, is looked at: what is named in them first is not settled here. ``LARGE`` are
bad by their size alone.
"""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import warnings
import zipfile

from service.intake import XLSX
from tests.service.bad_files import GOOD, HEADER, file
from tests.service.bad_workbooks import GOOD_ROW, NAMES, SECOND, book, changed
from tests.service.bad_workbooks import line as json_line
from tests.service.workbooks import MAIN, Raw, sheet, workbook

CSV, NDJSON, JSON = "text/csv", "application/x-ndjson", "application/json"
LONG = 50_000_000
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def zipped(**parts):
    """An archive of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def tarred(content):
    """A tape archive of one file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("report.csv")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def nested(depth):
    """An archive in an archive, and so on; the innermost holds ten million zeros."""
    data = zipped(zeros=b"\0" * 10_000_000)
    for _ in range(depth):
        data = zipped(**{f"part{number}.zip": data for number in range(10)})
    return data


def doubled(data):
    """A workbook that has a part of one name twice."""
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the name is there already, as it should be
        archive.writestr("xl/worksheets/sheet1.xml", sheet(NAMES, GOOD_ROW, GOOD_ROW))
    return out.getvalue()


def declared(text):
    """A workbook whose sheet begins with a document type that declares entities, and uses one."""
    return workbook(text + sheet(NAMES, (*GOOD_ROW[:3], Raw('<c r="{at}" t="str"><v>&lol9;</v></c>'))))


LAUGHS = "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' for n in range(1, 10))
BILLION_LAUGHS = f'<!DOCTYPE x [<!ENTITY lol0 "ha">{LAUGHS}]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY lol9 SYSTEM "file:///etc/passwd">]>'
LINKED = Raw('<c r="{at}"><f>[1]Sheet1!A1</f><v>40</v></c>')
LINK = f'<externalLink xmlns="{MAIN}"><externalBook/></externalLink>'
WHOLE = file(GOOD)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
# What people send instead of a report, whatever the ending says.
KINDS = {
    "a PDF": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n",
    "a picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 64,
    "a page": b"<!doctype html><html><body><table><tr><td>member</td></tr></table></body></html>\n",
    "XML": b'<?xml version="1.0"?>\n<lines><line member="M-000001"/></lines>\n',
    "rich text": b"{\\rtf1\\ansi member,week_ending\\par}\n",
    "an old workbook": OLE + b"W\0o\0r\0k\0b\0o\0o\0k\0",
    "a workbook with a password": OLE + b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0",
    "an open document": zipped(mimetype=ODS, **{"content.xml": "<office:document-content/>"}),
    "a letter": zipped(**{"[Content_Types].xml": "<Types/>", "word__document.xml": "<w:document/>"}),
    "a zipped report": zipped(**{"report.csv": WHOLE}),
    "a gzipped report": gzip.compress(WHOLE),
    "a gzipped report cut off": gzip.compress(WHOLE)[:-9],
    "a report in bzip2": bz2.compress(WHOLE),
    "a report in xz": lzma.compress(WHOLE),
    "a report in tar": tarred(WHOLE),
    "an empty archive": zipped(),
    "an archive cut off": zipped(**{"report.csv": WHOLE})[:-30],
    "archives in archives": nested(4),
    "SQL": b"INSERT INTO entries VALUES (1); --\n",
    "one word": b"member",
    "every byte": bytes(range(256)) * 8,
}
JSON_REPORT = json.dumps(
    {"employer": "ACME", "report": "R", "agreement": "basic-2018", "lines": [json.loads(json_line())]}
)
OTHERS = {
    **{f"{kind} as {form}": (form, data) for kind, data in KINDS.items() for form in (CSV, XLSX, NDJSON, JSON)},
    **{
        f"CSV in {code}": (CSV, file("M-000002,2021-07-31,40,Caf\xe9\n", encoding=code))
        for code in ("cp1252", "cp037", "utf-16", "utf-16-be", "utf-32-le", "iso8859-15")
    },
    "CSV in Shift-JIS": (CSV, file("M-000002,2021-07-31,40,\u6620\u753b\n", encoding="shift_jis")),
    "CSV with two byte order marks": (CSV, b"\xef\xbb\xbf" * 2 + WHOLE),
    "CSV with a byte order mark within": (CSV, file("\ufeffM-000001,2021-07-31,40,x\n")),
    "CSV with a line end of its own kind": (CSV, file(GOOD.replace("\n", "\r"), GOOD.replace("01", "02"))),
    "CSV with a form feed": (CSV, file("M-000001,2021-07-31,40,a\x0cb\n")),
    "CSV with a line separator as line end": (CSV, file((GOOD + GOOD).replace("\n", "\u2028"))),
    "CSV with a quoted line feed in the number": (CSV, file('"M-0\n0001",2021-07-31,40,x\n')),
    "CSV with overlong UTF-8": (CSV, WHOLE.replace(b"Feature", b"\xc0\xaf")),
    "CSV with half a surrogate": (CSV, WHOLE.replace(b"Feature", b"\xed\xa0\x80")),
    "CSV with a sign of text direction": (CSV, file("M-000001\u202e,2021-07-31,40,x\n")),
    "CSV with an unbreakable space": (CSV, file("M-000001,2021-07-31,40\u00a0,x\n")),
    "CSV with full-width digits": (CSV, file("M-000001,2021-07-31,\uff14\uff10,x\n")),
    "CSV with a hundred digits": (CSV, file(f"M-000001,2021-07-31,{'9' * 100},x\n")),
    "CSV with infinity": (CSV, file("M-000001,2021-07-31,inf,x\n")),
    "CSV with a hexadecimal number": (CSV, file("M-000001,2021-07-31,0x28,x\n")),
    "CSV with an exponent": (CSV, file("M-000001,2021-07-31,1e309,x\n")),
    "CSV with thousands": (CSV, file('M-000001,2021-07-31,"1,040.00",x\n')),
    "CSV with the year 0": (CSV, file("M-000001,0000-07-31,40,x\n")),
    "CSV with the year 10000": (CSV, file("M-000001,10000-07-31,40,x\n")),
    "CSV with month 13": (CSV, file("M-000001,2021-13-31,40,x\n")),
    "CSV with a time": (CSV, file("M-000001,2021-07-31T00:00,40,x\n")),
    "CSV with formulas everywhere": (CSV, file("=M1,@2021,+40,-x\n", "\"=cmd|' /C calc'!A0\",=1,=1,=1\n")),
    "CSV with a formula as column": (CSV, file(GOOD, header='member,week_ending,hours_worked,"=HYPERLINK(1)"\n')),
    "CSV with 5,000 columns": (CSV, (",".join(f"c{number}" for number in range(5_000)) + "\n").encode()),
    "CSV with 'sep='": (CSV, b"sep=,\n" + WHOLE),
    "CSV with a comment": (CSV, b"# July\n" + WHOLE),
    "CSV with a sum below": (CSV, file(GOOD, "Total,,40.00,\n")),
    "CSV twice": (CSV, WHOLE + WHOLE),
    "XLSX with a part twice": (XLSX, doubled(book(GOOD_ROW))),
    "XLSX that laughs": (XLSX, declared(BILLION_LAUGHS)),
    "XLSX that reads files": (XLSX, declared(OUTSIDE)),
    "XLSX that links elsewhere": (
        XLSX,
        workbook(
            sheet(NAMES, GOOD_ROW, (*SECOND[:2], LINKED, "x")), more=[("xl/externalLinks/externalLink1.xml", LINK)]
        ),
    ),
    "XLSX with the day 0": (XLSX, changed(1, Raw('<c r="{at}" s="1"><v>0</v></c>'))),
    "XLSX with a day beyond all": (XLSX, changed(1, Raw('<c r="{at}" s="1"><v>1e15</v></c>'))),
    "XLSX with a number beyond all": (XLSX, changed(2, Raw('<c r="{at}"><v>1e308</v></c>'))),
    "XLSX with no number": (XLSX, changed(2, Raw('<c r="{at}"><v>NaN</v></c>'))),
    "XLSX with text that is not there": (XLSX, changed(3, Raw('<c r="{at}" t="s"><v>99</v></c>'))),
    "XLSX with a formula as text of a column": (XLSX, book(GOOD_ROW, names=(*NAMES[:3], "=1+1"))),
    "XLSX with half a sheet": (XLSX, workbook(sheet(NAMES, GOOD_ROW)[:-40])),
    "XLSX with a way out of its folder": (XLSX, workbook("<x/>", more=[("../../evil.xml", "x")])),
    "JSON lines with two byte order marks": (NDJSON, b"\xef\xbb\xbf" * 2 + json_line()),
    "JSON lines ended like old Macintosh": (NDJSON, json_line().strip() + b"\r" + json_line(member="M-000002")),
    "JSON lines on one line": (NDJSON, json_line().strip() * 2),
    "JSON lines with commas": (NDJSON, json_line().strip() + b",\n" + json_line()),
    "JSON lines with a comment": (NDJSON, b"// July\n" + json_line()),
    "JSON lines in single quotes": (NDJSON, b"{'member': 'M-000001'}\n"),
    "JSON lines with Infinity": (NDJSON, b'{"member": "M-000001", "hours_worked": Infinity}\n'),
    "JSON lines with a number of 100,000 digits": (NDJSON, b'{"member": ' + b"9" * 100_000 + b"}\n"),
    "JSON lines with a number of 10,000 digits": (NDJSON, b'{"days_worked": ' + b"9" * 10_000 + b"}\n"),
    "JSON lines with a large exponent": (NDJSON, b'{"member": "M-000001", "days_worked": 1e999999999}\n'),
    "JSON lines with a NUL": (NDJSON, json_line(production="a\0b")),
    "JSON lines with half a surrogate": (NDJSON, b'{"member": "\\ud800", "week_ending": "2021-07-31"}\n'),
    "JSON lines with a formula": (NDJSON, json_line(member="=1+1", production="@x")),
    "JSON lines of objects in objects": (NDJSON, b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"\n"),
    "an array of JSON lines over lines": (NDJSON, b"[\n" + json_line().strip() + b"\n]\n"),
    "JSON of many brackets": (JSON, b"[" * 200_000),
    "JSON of many objects": (JSON, b'{"lines":' * 50_000),
    "JSON with a name twice": (JSON, JSON_REPORT.replace("{", '{"report": "S", ', 1).encode()),
    "JSON with NaN": (JSON, JSON_REPORT.replace('"40.00"', "NaN").encode()),
    "JSON in UTF-16": (JSON, JSON_REPORT.encode("utf-16")),
    "JSON cut off": (JSON, JSON_REPORT[:-2].encode()),
    "JSON of lines alone": (JSON, b"[" + json_line().strip() + b"]"),
    "JSON with no lines": (JSON, JSON_REPORT.replace("[{", '[], "x": [{').encode()),
    "text as text": ("text/plain", WHOLE),
    "nothing said": ("", WHOLE),
    "bytes": ("application/octet-stream", WHOLE),
    "a form": ("application/x-www-form-urlencoded", b"member=M-000001"),
    "a form with a file": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="r.csv"\r\n\r\n' + WHOLE + b"\r\n--x--\r\n",
    ),
    "a form without an end": ("multipart/form-data; boundary=x", b"--x\r\n" * 1000),
    "CSV that says it is Latin-1": ("text/csv; charset=iso-8859-1", WHOLE),
    "CSV that says it is UTF-16": ("text/csv; charset=utf-16", file(GOOD, encoding="utf-16")),
    "an old workbook that says so": ("application/vnd.ms-excel", OLE),
    "an open document that says so": (ODS, KINDS["an open document"]),
    "an archive that says so": ("application/zip", KINDS["a zipped report"]),
}
LARGE = {
    "50 MB in one line": (CSV, lambda: HEADER.encode() + b"x" * LONG),
    "50 MB in the header": (CSV, lambda: b"member," * (LONG // 7)),
    "50 MB of quotation marks": (CSV, lambda: HEADER.encode() + b'"' * LONG),
    "50 MB of open quotation marks": (CSV, lambda: HEADER.encode() + b'"x\n' * 450_000),
    "50 MB of line ends": (CSV, lambda: HEADER.encode() + b"\n" * LONG + b"x"),
    "50 MB of NUL": (CSV, lambda: HEADER.encode() + b"\0" * LONG),
    "500,000 bad lines": (CSV, lambda: file("M-000001,2021-07-31,x,\n" * 499_000)),
    "500,000 unknown members": (CSV, lambda: file("M-9,2021-07-31,8,\n" * 499_000)),
    "500,000 times the same": (CSV, lambda: file(GOOD * 499_000)),
    "50 MB in one line of JSON": (NDJSON, lambda: b'{"member": "' + b"x" * LONG + b'"}'),
    "500,000 lines of brackets": (NDJSON, lambda: b"[[[[[[[[[[[[\n" * 499_000),
    "500,000 bare numbers": (NDJSON, lambda: b"8\n" * 499_000),
    "many orders of names": (NDJSON, lambda: b"".join(b'{"a%d": 1}\n' % number for number in range(300_000))),
    "a sheet of bad rows": (XLSX, lambda: book(*[("M-9", "x", "y", "z")] * 30_000)),
}
