"""The strict reader names file, line and column, and refuses what could be misread."""

import pytest

from rules import document
from rules.document import TermsError


def refused(text: str | bytes) -> TermsError:
    with pytest.raises(TermsError) as caught:
        document.load(text, "plan.yaml")
    return caught.value


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "second time"),
        ("a: &x 1\nb: *x\n", 1, 4, "anchors"),
        ("a: !!int 1\n", 1, 4, "tags"),
        ("a: {<<: {b: 1}}\n", 1, 5, "merge"),
        ("a: 1\n--- \nb: 2\n", 1, 1, "one document"),
        ("", 1, 1, "one document"),
        ("a: [1, 2\n", 2, 1, "expected"),
        ("? [a]\n: 1\n", 1, 3, "single name"),
        ("a:\n\tb: 1\n", 2, 1, "cannot start"),
    ],
)
def test_trouble_is_named_with_its_place(text, line, column, words):
    wrong = refused(text)
    assert (wrong.file, wrong.line, wrong.column) == ("plan.yaml", line, column)
    assert words in wrong.message


def test_bytes_that_are_not_utf_8_are_refused_with_their_line():
    assert refused(b"a: 1\nb: \xff\n").line == 2


def test_an_oversize_file_is_refused():
    assert "larger" in refused(b"a: " + b"x" * document.MOST_BYTES).message


def test_deep_nesting_is_refused():
    assert "deep" in refused("[" * 30 + "]" * 30).message


def test_scalars_stay_text():
    node = document.load("a: no\nb: 12:30\nc: 1e3\nd: 0123\n", "plan.yaml")
    assert [value.text for value in node.map.values()] == ["no", "12:30", "1e3", "0123"]


def test_keys_are_checked_by_name():
    node = document.load("a: 1\nz: 2\n", "plan.yaml")
    with pytest.raises(TermsError, match=r"plan.yaml:2:1: z: unknown key 'z'; known here: a"):
        node.keys(("a",))
    with pytest.raises(TermsError, match="'b' is missing"):
        node.keys(("a", "b", "z"))


def test_a_kind_that_is_not_there_is_refused():
    node = document.load("a: [1]\nb: {c: 1}\n", "plan.yaml")
    with pytest.raises(TermsError, match="single value"):
        _ = node.map["a"].text
    with pytest.raises(TermsError, match="a map"):
        _ = node.map["a"].map
