"""``hourbank agreements`` and the schema of agreements' files: what they tell, take and refuse."""

import json
import re

import pytest
from click.testing import CliRunner

from rules import agreement_schema, agreements, document
from service.cli import hourbank
from tests.rules.small_plans import edited
from tests.rules.test_agreements import CALL, DUE, EXAMPLE, PAGE, SHARE
from tests.test_schema import AGREEMENT, wrong

FILES = sorted(agreements.AGREEMENTS.glob("*.yaml"))


def run(*arguments):
    return CliRunner().invoke(hourbank, ["agreements", *map(str, arguments)])


@pytest.fixture
def file(tmp_path):
    """The example of the page as a file."""
    made = tmp_path / "riggers-2024.yaml"
    made.write_text(EXAMPLE)
    return made


def test_every_shipped_file_is_right():
    checked = run("check")
    assert (checked.exit_code, checked.stdout.count(": warning: ")) == (0, 0)
    assert [line.partition(": ")[0] for line in checked.stdout.splitlines()] == [str(one) for one in FILES]


def test_a_file_is_counted(file):
    assert run("check", file).stdout == f"{file}: 2 funds, 14 values (1 assumed, 0 disputed, 1 not known)\n"
    [told] = json.loads(run("check", file, "--json").stdout)["files"]
    assert told == {
        "file": str(file),
        "agreement": "riggers-2024",
        "errors": [],
        "warnings": [],
        "funds": 2,
        "values": 14,
        "assumed": 1,
        "disputed": 0,
        "unknown": 1,
    }


def test_a_wrong_file_is_named_with_its_place(file):
    file.write_text(edited(EXAMPLE, ("minimum_call", "maximum_call")))
    line = EXAMPLE[: EXAMPLE.index("minimum_call")].count("\n") + 1
    checked = run("check", file, FILES[0])
    assert checked.exit_code == 1
    assert checked.stdout.startswith(f"{file}:{line}:3: hours.maximum_call: unknown key 'maximum_call'")
    assert str(FILES[0]) in checked.stdout
    [told, _] = json.loads(run("check", file, FILES[0], "--json").stdout)["files"]
    assert (told["errors"][0]["line"], told["errors"][0]["path"]) == (line, "hours.maximum_call")
    absent = run("check", file.parent / "absent.yaml")
    assert (absent.exit_code, "the file cannot be read: No such file" in absent.stdout) == (1, True)


def test_a_source_that_nothing_cites_and_another_name_are_warned_of(file):
    other = file.rename(file.with_name("riggers.yaml"))
    other.write_text(
        edited(EXAMPLE, ("sources:\n", 'sources:\n  more: {title: "More", url: "https://riggers.example"}\n'))
    )
    checked = run("check", other)
    assert checked.exit_code == 0
    assert "warning: the source 'more' is cited by nothing" in checked.stdout
    assert (
        "warning: the agreement is called 'riggers-2024', the file 'riggers': they must be the same" in checked.stdout
    )


def test_the_numbers_of_a_week_are_shown_with_what_is_not_known(file):
    shown = run("show", file, "--on", "2025-08-03")
    assert shown.stdout.startswith(
        "Harbor Riggers, agreement of 2024 (invented), payroll weeks that begin on 2025-08-03\n"
    )
    letter = "The trust's letter on rates, May 2025"
    for line in (
        "hours.on_call.seven_days: 84 hour (assumed: the book stops at six days) [Harbor Riggers, agreement of 2024]",
        f"contributions.active-health.per_hour.basic: 4.6525 dollar [{letter}]",
        f"contributions.active-health.per_hour.premium: not known (the letter gives the basic rate only) [{letter}]",
        "open, travel: Whether travel days count is left to the trust.",
    ):
        assert f"  {line}\n" in shown.stdout
    before = run("show", file, "--on", "2025-08-02").stdout
    assert "per_hour.premium: 5.613 dollar" in before
    told = json.loads(run("show", "basic-2018", "--on", "2021-08-01", "--json").stdout)
    assert (told["agreement"], told["on"]) == ("basic-2018", "2021-08-01")
    assert told["values"]["contributions.active-health.per_hour.premium"]["value"] == "7.563"
    assert told["values"]["contributions.active-health.per_hour.basic"]["value"] is None
    assert told["values"]["contributions.pension.per_hour"]["cite"]["title"] == "Contract clause on the pension plan"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nowhere", "--on", "2021-08-01"], "there is no agreement and no file 'nowhere'; the agreements are: area-"),
        (["basic-2018", "--on", "2021-08-32"], "2021-08-32"),
    ],
)
def test_what_cannot_be_shown_is_refused(arguments, reason):
    refused = run("show", *arguments)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert reason in refused.stderr
    assert run("show", *arguments, "--json").exit_code == 1


def test_a_wrong_file_is_not_shown(file):
    file.write_text("agreement: x\n")
    refused = run("show", file, "--on", "2025-08-03")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert f"{file}:1:1: " in refused.stderr


@pytest.mark.parametrize(
    "text", [EXAMPLE, *(one.read_text() for one in FILES)], ids=["example", *(f.stem for f in FILES)]
)
def test_what_the_loader_takes_is_valid(text):
    assert wrong(AGREEMENT, text) == []


@pytest.mark.parametrize(
    "edit",
    [
        ("riggers-2024", "Riggers"),
        ("title: Harbor", "titel: Harbor"),
        ("  travel: ", "  travel: {}\n  more: "),
        ("minimum_call", "maximum_call"),
        ("seven_days:", "eight_days:"),
        (CALL, CALL.replace("hour", "day")),
        (CALL, CALL.replace("8,", "169,")),
        (CALL, CALL.replace("8,", '"8.125",')),
        (CALL, CALL.replace("2024-08-04", "2024-8-4")),
        (CALL, CALL.replace(", cite: book", "")),
        (CALL, "minimum_call: 8"),
        (CALL, CALL.replace("cite", "times: hours.weekly_flat, cite")),
        (CALL, "minimum_call: {by: contributor_class, basic: {value: 8, unit: hour, cite: book}}"),
        ("by: contributor_class", "by: local"),
        ("premium:", "premum:"),
        ("4.6525", '"4.65251"'),
        ("4.6525", "1000.5"),
        ("4.6525", "-4"),
        ("kind: account", "kind: accounts"),
        ("individual-account:", "My account:"),
        (f"    {SHARE}\n", ""),
        (SHARE, SHARE.replace("6,", "101,")),
        (', note: "the letter gives the basic rate only"', ""),
        (', status: assumed, note: "the book stops at six days"', ", status: assumed"),
        (DUE, DUE.replace("15,", "1.5,")),
        (DUE, "due_days: 15"),
    ],
    ids=lambda edit: edit[1][:50],
)
def test_a_wrong_file_is_refused_here_and_by_the_loader(edit):
    text = edited(EXAMPLE, edit)
    assert wrong(AGREEMENT, text)
    with pytest.raises(document.TermsError):
        agreements.read(text, "wrong.yaml")


def test_the_editor_says_what_the_page_says():
    rows = re.findall(r"^\| `([\w.*]+)`[^|]*\|[^|]*\| (.+) \|$", PAGE, flags=re.M)
    table = {key: meaning.replace("`", "") for key, meaning in rows if not key.startswith("hours.on_call.")}
    assert len(table) == 17
    assert {key: agreement_schema.MEANINGS[key] for key in table} == table
