"""Read a YAML file strictly: every value is text with a place, and what could be misread is refused.

A terms file is read by people who write no code, so a mistake has to be named where it stands. This reader keeps the
line and column of every key and value, and refuses duplicate keys, aliases, tags, merge keys, more than one document
and oversize files. It gives no type to a scalar ("no" is the text *no*, 12:30 is the text *12:30*): whoever asks for a
number or a day says so and gets an error with the place if it is not one.
"""

import dataclasses
import difflib
from collections.abc import Callable, Iterator
from typing import NoReturn, TypeVar

import yaml

MOST_BYTES = 1_000_000
MOST_DEPTH = 20
T = TypeVar("T")
NO_BREAK = "\u00a0"
CURLED = frozenset("\u201c\u201d\u201e\u2018\u2019")
CURES = {  # by words of the messages of YAML's reader
    "'\\t'": "a tab stands here; move a line in by spaces",
    "cannot start any token": "put the value in quotation marks",
    "mapping values are not allowed here": "a value that has a colon in it stands in quotation marks, and a key that "
    "belongs to a section stands on a line of its own, two spaces further in",
    "expected <block end>": "this line is moved in by more or fewer spaces than those it belongs to, or a quotation "
    "mark, a comma or a bracket is missing above",
    "expected ',' or": "inside { } or [ ] a comma stands between two parts; perhaps a quotation mark or a bracket "
    "is missing in this line or above it",
    "could not find expected ':'": "a key is followed by a colon and a space; or this line is moved in too little",
    "unexpected end of stream": "a quotation mark or a bracket is opened further up and never closed",
    "quoted scalar": "a quotation mark is opened further up and never closed",
}


class TermsError(ValueError):
    """A terms file cannot be taken. ``str()`` is ``file:line:column: path: message``; line and column count from 1."""

    def __init__(self, message: str, *, file: str, line: int = 1, column: int = 1, path: str = "") -> None:
        self.message, self.file, self.line, self.column, self.path = message, file, line, column, path
        super().__init__(f"{file}:{line}:{column}: {path + ': ' if path else ''}{message}")


@dataclasses.dataclass(frozen=True)
class Node:
    """One value of a file: text, a map or a list, with the path that leads to it and the place where it stands.

    ``key`` is the line and column of the key that names it; its own where there is none.
    """

    content: "str | dict[str, Node] | list[Node]"
    path: str
    file: str
    line: int
    column: int
    key: tuple[int, int]

    def refuse(self, message: str) -> NoReturn:
        """Raise :class:`TermsError` at this value."""
        raise TermsError(message, file=self.file, line=self.line, column=self.column, path=self.path)

    def refuse_key(self, message: str) -> NoReturn:
        """Raise :class:`TermsError` at the key: for what is wrong with the name, or with the whole that it names."""
        raise TermsError(message, file=self.file, line=self.key[0], column=self.key[1], path=self.path)

    @property
    def text(self) -> str:
        """The text of a scalar."""
        if not isinstance(self.content, str):
            self.refuse("expected a single value here, not a map or a list")
        return self.content

    @property
    def map(self) -> "dict[str, Node]":
        """The keys and values of a map."""
        if self.content == "":
            self.refuse_key("nothing stands after this key: fill it in, or leave the key out")
        if not isinstance(self.content, dict):
            self.refuse("expected a map of names to values here")
        return self.content

    def read(self, how: Callable[[str], T]) -> T:
        """Read the text by a function that raises ValueError for what it does not take."""
        try:
            return how(self.text)
        except TermsError:
            raise
        except ValueError as problem:
            self.refuse(str(problem))

    def one_of(self, *words: str) -> str:
        """Read a word from a fixed choice."""
        if self.text not in words:
            self.refuse(f"{self.text!r} is not one of: {', '.join(words)}")
        return self.text

    def keys(self, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> "dict[str, Node]":
        """Read a map whose keys are known: a missing or an unknown key is refused by name, and so is an empty map."""
        items, known = self.map, (*required, *optional)
        for key, value in items.items():
            if key not in known:
                close = difflib.get_close_matches(key, known, 1)
                meant = f"did you mean {close[0]!r}? " if close else ""
                if key.partition(":")[0] in known:
                    meant = "a space is missing after the colon; "
                elif CURLED.intersection(key):
                    meant = 'curly quotes are no quotes here, write straight ones ("); '
                value.refuse_key(f"unknown key {key!r}; {meant}known here: {', '.join(known)}")
        for key in required:
            if key not in items:
                self.refuse_key(f"{key!r} is missing")
        if not items:
            self.refuse_key(f"nothing is said here: leave it out, or say one of: {', '.join(known)}")
        return items


def load(text: str | bytes, file: str) -> Node:
    """Read one YAML document. Raises :class:`TermsError` naming file, line and column."""
    if isinstance(text, bytes):
        if len(text) > MOST_BYTES:
            raise TermsError(f"the file is larger than {MOST_BYTES} bytes", file=file)
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as problem:
            line = problem.object[: problem.start].count(b"\n") + 1
            cure = "the file is not UTF-8 text: let the editor save it as UTF-8"
            raise TermsError(cure, file=file, line=line) from None
    return _document(text, file)


def of(value: object, path: str, file: str, depth: int = 0) -> Node:
    """What a program sent as JSON, for the readers of files: numbers and yes or no become the text that a file has.

    Names are taken in alphabetical order, because an object of JSON has none. A node of it has no line of its own.
    """
    if depth > MOST_DEPTH:
        raise TermsError(f"nested more than {MOST_DEPTH} deep", file=file, path=path)
    content: str | dict[str, Node] | list[Node]
    if isinstance(value, dict):
        inner = {name: of(value[name], f"{path}.{name}" if path else name, file, depth + 1) for name in sorted(value)}
        content = inner
    elif isinstance(value, list):
        content = [of(item, f"{path}.{place}", file, depth + 1) for place, item in enumerate(value)]
    elif isinstance(value, bool):
        content = "true" if value else "false"
    elif isinstance(value, str | int):
        content = str(value)
    else:
        cure = "leave the name out" if value is None else "write the number in quotation marks, so that it is exact"
        raise TermsError(f"{value!r} is not taken here: {cure}", file=file, path=path)
    return Node(content, path, file, 1, 1, (1, 1))


def _document(text: str, file: str) -> Node:
    try:
        for event in yaml.parse(text, yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                _refuse(event, file, "anchors and aliases are not taken: write the value where it is meant")
            if getattr(event, "tag", None):
                _refuse(event, file, "tags are not taken: write the plain value")
        documents = list(yaml.compose_all(text, yaml.SafeLoader))
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = _told(str(problem.problem or problem), text, line)
        raise TermsError(message, file=file, line=line, column=column) from None
    except yaml.YAMLError as problem:
        raise TermsError(str(problem).splitlines()[0], file=file) from None
    if not any(documents):
        raise TermsError("there is nothing in this file", file=file)
    if len(documents) != 1 or documents[0] is None:
        raise TermsError(f"expected one document, found {len(documents)}: '---' may not divide a file", file=file)
    return _node(documents[0], "", file, 0, (1, 1))


def _told(message: str, text: str, line: int) -> str:
    """What YAML's reader says, with what usually mends it."""
    lines = text.splitlines()
    if any(NO_BREAK in one[: len(one) - len(one.lstrip())] for one in lines[max(0, line - 2) : line]):
        return "a no-break space stands at the beginning of this line or the one above: write plain spaces"
    cure = next((cure for sign, cure in CURES.items() if sign in message), "")
    return f"{cure} ({message})" if cure else message


def _refuse(event: yaml.Event, file: str, message: str) -> NoReturn:
    mark = event.start_mark
    assert mark is not None
    raise TermsError(message, file=file, line=mark.line + 1, column=mark.column + 1)


def _node(found: yaml.Node, path: str, file: str, depth: int, key: tuple[int, int] | None = None) -> Node:
    line, column = found.start_mark.line + 1, found.start_mark.column + 1
    if depth > MOST_DEPTH:
        raise TermsError(f"nested more than {MOST_DEPTH} deep", file=file, line=line, column=column, path=path)
    content: str | dict[str, Node] | list[Node]
    if isinstance(found, yaml.ScalarNode):
        content = found.value
    elif isinstance(found, yaml.SequenceNode):
        content = [_node(item, f"{path}.{place}", file, depth + 1) for place, item in enumerate(found.value)]
    else:
        assert isinstance(found, yaml.MappingNode)
        content = dict(_pairs(found, path, file, depth))
    return Node(content, path, file, line, column, key or (line, column))


def _pairs(found: yaml.MappingNode, path: str, file: str, depth: int) -> Iterator[tuple[str, Node]]:
    seen: dict[str, int] = {}
    for key, value in found.value:
        line, column = key.start_mark.line + 1, key.start_mark.column + 1
        if not isinstance(key, yaml.ScalarNode):
            raise TermsError("a key must be a single name", file=file, line=line, column=column, path=path)
        name = key.value
        if name == "<<":
            raise TermsError("merge keys are not taken", file=file, line=line, column=column, path=path)
        if name in seen:
            message = f"the key {name!r} stands here a second time; the first is in line {seen[name]}"
            raise TermsError(message, file=file, line=line, column=column, path=path)
        seen[name] = line
        yield name, _node(value, f"{path}.{name}" if path else name, file, depth + 1, (line, column))
