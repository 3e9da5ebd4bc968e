"""What comes over the wire: JSON and queries read strictly, and refusals that point at the place."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import IO, Any, ClassVar

import flask_smorest
from flask import Flask, Request, request
from marshmallow import Schema, ValidationError, fields
from webargs import core
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from schemas.fields import OBJECT_MESSAGES, UNPRINTABLE, Message
from service.problems import Problem, error, invalid
from service.spool import PIECE_BYTES, Unnamed
from service.world import world

MOST_ERRORS = 100
BODY = "hourbank.body"  # in the WSGI environment: the body in a file of its own, once it was asked for
ESCAPED_TROUBLE = re.compile(rb"\\u(00[01789]|[dD][89a-fA-F])")


class Repeated(dict[str, Any]):
    """An object of which one name stood twice; ``name`` is that name."""

    name = ""


class Parser(FlaskParser):
    """Reads arguments for ``@blp.arguments``: nothing unknown, nothing twice, nothing that is not exactly JSON."""

    # The schemas say what becomes of unknown names; by itself webargs passes them over in queries.
    DEFAULT_UNKNOWN_BY_LOCATION: ClassVar[dict[str, str | None]] = {}

    def _raw_load_json(self, req: Request) -> Any:
        body = whole_body().read()
        if not body and not req.mimetype:
            return core.missing
        charset = req.mimetype_params.get("charset", "utf-8").lower()
        if req.mimetype != "application/json" or charset not in ("utf-8", "utf8"):
            raise unsupported_media_type("application/json")
        return strict_json(body)

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """The query; a name given twice is refused where one value is wanted."""
        return super().load_querystring(once_each(req, schema), schema)

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_: Any) -> None:
        """Tell everything that the schema refused, each with its place."""
        ((location, messages),) = error.messages.items()
        start = "" if location == "json" else f"/{location}"
        raise invalid(list(located(messages, schema, start))[:MOST_ERRORS]) from error


class Blueprint(flask_smorest.Blueprint):
    """A blueprint whose arguments are read strictly."""

    ARGUMENTS_PARSER = Parser()


def refuse_bad_addresses(app: Flask) -> None:
    """Nothing is recorded under a name that cannot be printed, and PostgreSQL would not even be asked for one."""

    @app.before_request
    def refuse() -> None:
        if UNPRINTABLE.search(request.path):
            raise NotFound


def whole_body() -> IO[bytes]:
    """The body of this request, from its beginning, in a file without a name: it is never held as a whole.

    A 415 problem when it is encoded, a 413 error when it is too long, and it is refused as too long, too, where its
    length was not announced and it goes on up to the limit: half a report must not be taken for a whole one.
    """
    if "Content-Encoding" in request.headers:
        detail = "Send the body as it is, without a Content-Encoding."
        headers = {"Accept-Encoding": "identity"}
        raise Problem(415, "unsupported-media-type", "Unsupported Media Type", detail, headers=headers)
    file: IO[bytes] | None = request.environ.get(BODY)
    if file is None:
        settings = world().settings
        # What is JSON becomes objects in memory; any other form is read line by line.
        most = settings.max_body_bytes if request.mimetype == "application/json" else settings.max_file_bytes
        request.max_content_length = most
        file = Unnamed()
        while piece := request.stream.read(min(PIECE_BYTES, most - file.tell())):
            file.write(piece)
        if request.content_length is None and file.tell() >= most:
            raise RequestEntityTooLarge
        request.environ[BODY] = file
    file.seek(0)
    return file


def refuse_query(view: Any) -> None:
    """Raise the 422 problem if a query was sent to ``view``, which has none. A misspelt name is never passed over."""
    described = view._apidoc.get("arguments", {}).get("parameters", ())
    if request.args and not any(parameter["in"] == "query" for parameter in described):
        message = str(OBJECT_MESSAGES["unknown"])
        raise invalid([error(f"/query/{name}", "unknown_name", message) for name in request.args])


def unsupported_media_type(*wanted: str, charset: str | None = None) -> Problem:
    """The body is of a kind that is not taken here."""
    kind = f"{' or '.join(wanted)}{f' in {charset}' if charset else ''}"
    detail = f"Send the body as {kind}, and say so in Content-Type."
    return Problem(415, "unsupported-media-type", "Unsupported Media Type", detail)


def once_each(req: Request, schema: Schema) -> Request:
    """``req``, unless its query repeats a name that is not a list."""
    twice = [
        name
        for name, values in req.args.lists()
        if len(values) > 1 and not isinstance(field_named(schema, name), fields.List)
    ]
    if twice:
        raise ValidationError({name: [Message("repeated", "This is given twice. Give it once.")] for name in twice})
    return req


def strict_json(body: bytes) -> Any:
    """The value that ``body`` writes in JSON. A 400 or 422 problem says what is wrong, and where."""
    repeats: list[str] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            found = Repeated(found)
            found.name = next(name for name in names if names.count(name) > 1)
            repeats.append(found.name)
        return found

    def finite(text: str) -> float:
        number = float(text)
        if not math.isfinite(number):
            raise ValueError(f"{text[:20]} is not a number in JSON")
        return number

    try:
        value = json.loads(body.decode(), object_pairs_hook=unique, parse_constant=finite, parse_float=finite)
        if repeats or ESCAPED_TROUBLE.search(body):
            refuse_trouble(value)
    except UnicodeDecodeError as failure:
        raise malformed("bad_utf8", f"The body is not UTF-8: byte {failure.start + 1} cannot be read.") from None
    except RecursionError:
        raise malformed("too_deep", "The body nests too deeply.") from None
    except ValueError as failure:
        raise malformed("bad_json", f"The body is not JSON: {failure}.") from None
    return value


def malformed(code: str, message: str) -> Problem:
    """The body cannot be read at all."""
    return Problem(400, "malformed", "The body cannot be read", message, [error("", code, message)])


def refuse_trouble(value: Any) -> None:
    """Raise the 422 problem for the first repeated name or unprintable text in ``value``."""
    for pointer, found in leaves(value, ""):
        if isinstance(found, Repeated):
            message = "This name is given twice in one object. Give it once."
            raise invalid([error(child(pointer, found.name), "repeated", message)])
        if isinstance(found, str) and UNPRINTABLE.search(found):
            message = "This holds a character that cannot be printed. Remove it."
            raise invalid([error(pointer, "bad_character", message)])


def leaves(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """Everything in ``value``, outermost first, names of objects included, with its JSON pointer."""
    yield pointer, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield pointer, name
            yield from leaves(inner, child(pointer, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{pointer}/{index}")


def child(pointer: str, name: Any) -> str:
    """The JSON pointer of the member ``name`` under ``pointer`` (RFC 6901)."""
    plain = UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", str(name))
    return f"{pointer}/{plain.replace('~', '~0').replace('/', '~1')}"


def located(messages: Any, owner: Any, pointer: str) -> Iterator[dict[str, str]]:
    """marshmallow's nested messages as errors with pointers; ``owner`` is the schema or field that they are about."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            if name == "_schema":
                yield from located(inner, owner, pointer)
            elif isinstance(owner, fields.Dict):
                # marshmallow sorts what is wrong with an entry under "key" and "value".
                for part in inner.values():
                    yield from located(part, owner.value_field, child(pointer, name))
            else:
                yield from located(inner, field_named(owner, name), child(pointer, name))
    elif isinstance(messages, str):
        yield error(pointer, code_of(messages, owner), str(messages))
    else:
        for message in messages:
            yield from located(message, owner, pointer)


def field_named(owner: Any, name: Any) -> Any:
    """The field ``name`` of a schema, or the field of a list's elements."""
    if isinstance(owner, fields.Nested):
        owner = owner.schema
    if isinstance(owner, Schema):
        named = (field for key, field in owner.fields.items() if name == (field.data_key or key))
        return next(named, owner if isinstance(name, int) else None)
    return owner.inner if isinstance(owner, fields.List) else None


def code_of(message: str, owner: Any) -> str:
    """The code a message carries, or the name that marshmallow has for it."""
    if isinstance(message, Message):
        return message.code
    known = getattr(owner, "error_messages", {})
    return next((name for name, text in known.items() if text == message), "invalid")
