"""The contract, written by the code: openapi.yaml, and a page to read it by.

flask-smorest describes arguments and answers; what every operation has in common (who may call it, its headers, the
ways it can be refused) is added here from the views' own decorators.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask_smorest
import yaml
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from flask_smorest.spec.plugins import FlaskPlugin

from schemas import problems as wire_problems
from service.auth import View
from service.problems import MEDIA_TYPE

FILE = Path(__file__).parents[1] / "openapi.yaml"
DESCRIPTION = """\
Hours come in, determinations go out: who is covered, why, until when, and what a proposal would change.

* Hours and money are decimal strings with at most two places (`"412.50"`), dates `YYYY-MM-DD`, months `YYYY-MM`.
* Every error is a problem document (RFC 9457). `errors[].pointer` is a JSON pointer into the body, `/query/<name>`
  for a name in the query, `/header/<name>` for a header; errors about a file have `line` and `column`.
* Every call that changes something carries an `Idempotency-Key`. The same key with the same request gives the first
  answer again (`Idempotency-Replayed: true`); with another request it is refused.
* `known_at` asks as of a position of the ledger; every answer tells the position it used.
* A record that is not yours and a record that does not exist are the same 404.
"""
CONFIGURATION = {
    "API_TITLE": "Hourbank",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "API_SPEC_OPTIONS": {
        "info": {"description": DESCRIPTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": "/", "description": "Where this file was served from."}],
    },
}
PARAMETERS = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "Makes it safe to send this request again. Scoped to the caller and the operation.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{16,255}$", "minLength": 16, "maxLength": 255},
        "example": "5b8e3f0a-7c41-4d6e-9f7d-0a2b4c6d8e10",
    },
    "RequestId": {
        "name": "X-Request-Id",
        "in": "header",
        "description": "The caller's own id for this request; anything that is not plain is replaced.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
        "example": "import-2021-W30-1",
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "An ETag; the answer is 304 when nothing has changed since.",
        "schema": {"type": "string"},
        "example": '"5f0a6f1e9d3b4c51a1b2c3d4e5f60718"',
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "The ETag of what was read, or several, or *; anything newer is not overwritten.",
        "schema": {"type": "string"},
        "example": '"0b6d3a0e8c414f439d0e5d2f6f0c9b11-1-c3dcac7d1ee05e4d"',
    },
}
HEADERS = {
    "RequestId": {"description": "The id of this request.", "schema": {"type": "string"}},
    "ETag": {"description": "A strong tag of this answer.", "schema": {"type": "string"}},
    "IdempotencyReplayed": {
        "description": "Present and true when this is the first answer again.",
        "schema": {"type": "string", "const": "true"},
    },
    "Location": {
        "description": "Where what was made is read.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "RetryAfter": {"description": "Seconds to wait before asking again.", "schema": {"type": "string"}},
}
# Status: the type and title of the problem shown as an example, and what the status means.
REFUSALS = {
    400: ("idempotency-key-needed", "An idempotency key is needed", "It cannot be read, or has no Idempotency-Key."),
    401: ("unauthenticated", "No valid key", "There is no valid key."),
    403: ("forbidden", "Not allowed", "The key's role may not do this."),
    404: ("unknown-member", "Unknown member", "There is no such record, or it is not the caller's to see."),
    409: (
        "still-running",
        "Still running",
        "It contradicts what is recorded, or its Idempotency-Key is in use just now.",
    ),
    412: ("changed-meanwhile", "Changed meanwhile", "It has changed since the ETag in If-Match was given out."),
    413: ("request-entity-too-large", "Request Entity Too Large", "The request is too large."),
    415: ("unsupported-media-type", "Unsupported Media Type", "The body is of a kind that is not taken here."),
    422: ("invalid", "Not acceptable as it stands", "It can be read but not taken; errors has every place and cure."),
    428: ("if-match-needed", "If-Match is needed", "The header If-Match is needed."),
    500: ("internal-error", "Internal error", "Something failed that should not have; it was logged."),
    503: ("unavailable", "Not available now", "It cannot be served now; ask again after Retry-After."),
    507: ("out-of-room", "Insufficient storage", "There is no room left to store it."),
}


class Contract(flask_smorest.Api):
    """flask-smorest's collector of operations; errors are left to service.problems."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Leave the error handlers to service.problems."""

    def _init_spec(self, **options: Any) -> None:
        plugin = MarshmallowPlugin(schema_name_resolver=component_name)
        super()._init_spec(marshmallow_plugin=plugin, **options)


def component_name(schema: Any) -> str | None:
    """What a schema is called in the contract: its class's name. A part of one is written out where it stands."""
    return None if getattr(schema, "only", None) else (schema if isinstance(schema, type) else type(schema)).__name__


def document(app: Flask) -> dict[str, Any]:
    """The contract of ``app`` as OpenAPI 3.1."""
    (api,) = (found["ext_obj"] for found in app.extensions["flask-smorest"]["apis"].values())
    spec = api.spec
    if "Problem" not in spec.components.schemas:
        spec.components.schema("Problem", schema=wire_problems.Problem)
    # Plain JSON: status codes become text, and nothing is shared that YAML would write as an alias.
    found = json.loads(json.dumps(spec.to_dict()))
    used: set[int] = set()
    for view, name, path, method in operations(app):
        operation = found["paths"].get(path, {}).get(method)
        if operation is not None:
            operation["operationId"] = name
            used |= complete(operation, view, "{" in path)
    components = found["components"]
    components["parameters"] = PARAMETERS
    components["headers"] = HEADERS
    components["responses"] = {f"Problem{status}": refusal(status) for status in sorted(used)}
    components["responses"]["Problem"] = problem_answer("A problem.", {}, wire_problems.PROBLEM_EXAMPLE)
    components["securitySchemes"] = {
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key, hb_<id>_<secret>. Each has one role; x-roles says which roles may call.",
        }
    }
    found["paths"] = dict(sorted(found["paths"].items()))
    return {name: found[name] for name in ("openapi", "info", "servers", "tags", "paths", "components")}


def operations(app: Flask) -> Iterator[tuple[View, str, str, str]]:
    """Every operation: its view, name, path as OpenAPI writes it, and method."""
    for rule in app.url_map.iter_rules():
        for method in rule.methods or ():
            name = rule.endpoint.rpartition(".")[2]
            path = FlaskPlugin.flaskpath2openapi(rule.rule)
            yield app.view_functions[rule.endpoint], name, path, method.lower()


def refuse_twin_operations(app: Flask) -> None:
    """Raise RuntimeError if two operations have one name: it is their operationId, and idempotency keys go by it."""
    names = [endpoint.rpartition(".")[2] for endpoint in app.view_functions]
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise RuntimeError(f"more than one view is called {', '.join(twins)}")


def complete(operation: dict[str, Any], view: View, one_record: bool) -> set[int]:
    """Add to ``operation`` what its view's decorators say; the statuses with which it may refuse."""
    roles: tuple[str, ...] = getattr(view, "roles", ())
    once, reads = hasattr(view, "once"), hasattr(view, "reads")
    operation["security"] = [{"key": []}] if roles else []
    operation["x-roles"] = list(roles)
    parameters = operation.setdefault("parameters", [])
    parameters.append(reference("parameters", "RequestId"))
    refusals = {500, 503, *(int(code) for code in operation["responses"] if code[0] in "45")}
    refusals |= {401, 403} if roles else set()
    refusals |= {404} if one_record else set()
    refusals |= {422} if any(given.get("in") == "query" for given in parameters) else set()
    refusals |= {415} if "requestBody" in operation else set()
    if once:
        parameters.append(reference("parameters", "IdempotencyKey"))
        refusals |= {400, 409, 413, 422, 507}
    if 428 in refusals:
        parameters.append(reference("parameters", "IfMatch"))
    answers = {code: found for code, found in operation["responses"].items() if code[0] == "2"}
    for code, found in answers.items():
        headers = found.setdefault("headers", {})
        headers["X-Request-Id"] = reference("headers", "RequestId")
        if once:
            headers["Idempotency-Replayed"] = reference("headers", "IdempotencyReplayed")
        if code == "201":
            headers["Location"] = reference("headers", "Location")
        if reads:
            headers["ETag"] = reference("headers", "ETag")
    if reads:
        parameters.append(reference("parameters", "IfNoneMatch"))
        answers["304"] = {"description": "Nothing has changed.", "headers": {"ETag": reference("headers", "ETag")}}
    problems = {str(status): reference("responses", f"Problem{status}") for status in sorted(refusals)}
    operation["responses"] = {**answers, **problems, "default": reference("responses", "Problem")}
    return refusals


def reference(kind: str, name: str) -> dict[str, str]:
    """A reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def refusal(status: int) -> dict[str, Any]:
    """A problem of ``status`` as an answer."""
    slug, title, meaning = REFUSALS[status]
    example = wire_problems.PROBLEM_EXAMPLE
    if status != 422:
        told = {"type": f"/problems/{slug}", "title": title, "status": status, "detail": meaning, "errors": []}
        example = {**example, **told}
    headers = {"X-Request-Id": reference("headers", "RequestId")}
    if status in (409, 503, 507):
        headers["Retry-After"] = reference("headers", "RetryAfter")
    return problem_answer(meaning, headers, example)


def problem_answer(meaning: str, headers: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    """An answer that is a problem document."""
    content = {MEDIA_TYPE: {"schema": reference("schemas", "Problem"), "example": example}}
    return {"description": meaning, "headers": headers, "content": content}


def text_of(app: Flask) -> str:
    """The contract of ``app`` as openapi.yaml holds it."""
    return yaml.dump(document(app), Dumper=PlainDumper, sort_keys=False, allow_unicode=True, width=120)


class PlainDumper(yaml.SafeDumper):
    """Writes everything out, and text of several lines as it reads."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never an alias: readers of the file are people too."""
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """``text`` as a block where it has several lines."""
        return self.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


PlainDumper.add_representer(str, PlainDumper.represent_text)
