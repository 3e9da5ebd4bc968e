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
        ("", 1, 1, "there is nothing in this file"),
        ("title: A plan: small\n", 1, 14, "a value that has a colon in it stands in quotation marks"),
        ("a:\n  b: 1\n   c: 2\n", 3, 5, "a key that belongs to a section stands on a line of its own"),
        ("a:\n    b: 1\n  c: 2\n", 3, 3, "moved in by more or fewer spaces"),
        ("a:\n  b: 1\n \u00a0c: 2\n", 3, 2, "a no-break space stands at the beginning of this line"),
        ('a: {b: "c, d: 1}\n', 2, 1, "is opened further up and never closed"),
        ("a: {b: 1 c: 2}\n", 1, 11, "a comma stands between two parts"),
        ("a: @b\n", 1, 4, "put the value in quotation marks"),
        ("a: 1\nb\n", 3, 1, "a key is followed by a colon and a space"),
        ("a: [1, 2\n", 2, 1, "expected"),
        ("? [a]\n: 1\n", 1, 3, "single name"),
        ("a:\n\tb: 1\n", 2, 1, "a tab stands here; move a line in by spaces"),
    ],
)
def test_trouble_is_named_with_its_place(text, line, column, words):
    wrong = refused(text)
    assert (wrong.file, wrong.line, wrong.column) == ("plan.yaml", line, column)
    assert words in wrong.message


def test_bytes_that_are_not_utf_8_are_refused_with_their_line():
    wrong = refused(b"a: 1\nb: \xff\n")
    assert (wrong.line, wrong.message) == (2, "the file is not UTF-8 text: let the editor save it as UTF-8")


def test_an_oversize_file_is_refused():
    assert "larger" in refused(b"a: " + b"x" * document.MOST_BYTES).message


def test_deep_nesting_is_refused():
    deepest = document.MOST_DEPTH
    assert document.load("[" * deepest + "a" + "]" * deepest, "plan.yaml").content
    assert "deep" in refused("[" * (deepest + 1) + "a" + "]" * (deepest + 1)).message


def test_deep_nesting_of_what_a_program_sent_is_refused():
    def nested(depth):
        return [nested(depth - 1)] if depth else "a"

    assert document.of(nested(document.MOST_DEPTH), "", "sent").content
    with pytest.raises(document.TermsError, match="nested more than 20 deep"):
        document.of(nested(document.MOST_DEPTH + 1), "", "sent")


def test_scalars_stay_text():
    node = document.load("a: no\nb: 12:30\nc: 1e3\nd: 0123\n", "plan.yaml")
    assert [value.text for value in node.map.values()] == ["no", "12:30", "1e3", "0123"]


def test_keys_are_checked_by_name():
    node = document.load("a: 1\nz: 2\n", "plan.yaml")
    with pytest.raises(TermsError, match=r"plan.yaml:2:1: z: unknown key 'z'; known here: a"):
        node.keys(("a",))
    with pytest.raises(TermsError, match="'b' is missing"):
        node.keys(("a", "b", "z"))


def test_what_looks_like_a_key_is_said_to_be_one():
    node = document.load("unit:hour: 1\n", "plan.yaml")
    with pytest.raises(TermsError, match=r"plan.yaml:1:1: unit:hour: .* a space is missing after the colon"):
        node.keys(("unit",))
    curly = document.load("a: {title: \u201cA, b\u201d, c: 1}\n", "plan.yaml").map["a"]
    with pytest.raises(TermsError, match="curly quotes are no quotes here"):
        curly.keys(("title", "c"))


def test_a_key_with_nothing_after_it_is_refused_at_the_key():
    node = document.load("a: 1\nlapse:\n", "plan.yaml").map["lapse"]
    with pytest.raises(TermsError, match=r"plan.yaml:2:1: lapse: nothing stands after this key: fill it in, or leave"):
        node.keys((), ("every",))


def test_a_kind_that_is_not_there_is_refused():
    node = document.load("a: [1]\nb: {c: 1}\n", "plan.yaml")
    with pytest.raises(TermsError, match="single value"):
        _ = node.map["a"].text
    with pytest.raises(TermsError, match="a map"):
        _ = node.map["a"].map


def test_a_file_of_exactly_the_largest_size_is_taken():
    head = b"a: x #"
    assert document.load(head + b"x" * (document.MOST_BYTES - len(head)), "large.yaml") is not None
