"""Problem documents (RFC 9457): how every refusal and every failure is told."""

from typing import Any

from marshmallow import fields

from schemas.fields import Answer, Whole

PROBLEM_EXAMPLE: dict[str, Any] = {
    "type": "/problems/invalid",
    "title": "Not acceptable as it stands",
    "status": 422,
    "detail": "One thing is wrong; see errors.",
    "request_id": "5f0a6f1e9d3b4c51a1b2c3d4e5f60718",
    "errors": [{"pointer": "/lines/0/hours_worked", "code": "bad_hours", "message": "Write digits, such as 412.50."}],
}


class ProblemError(Answer):
    """One thing that is wrong, and how to put it right."""

    pointer = fields.String(
        metadata={
            "description": "Where: a JSON pointer into the body, /query/<name> for a name in the query, or "
            "/header/<name> for a header. Errors about a file have line and column instead."
        }
    )
    line = Whole(allow_none=True, metadata={"description": "Line of the file; the first is 1."})
    column = fields.String(allow_none=True, metadata={"description": "Name of the column."})
    code = fields.String(required=True, metadata={"description": "What is wrong, for programs. Never changes."})
    message = fields.String(required=True, metadata={"description": "What is wrong and its cure, for people."})


class Problem(Answer):
    """A refusal or failure."""

    type = fields.String(required=True, metadata={"format": "uri-reference", "description": "Never changes."})
    title = fields.String(required=True)
    status = Whole(least=400, most=599, required=True, metadata={"description": "The HTTP status."})
    detail = fields.String(required=True, metadata={"description": "What happened this time."})
    request_id = fields.String(required=True, metadata={"description": "As in X-Request-Id; name it when you ask."})
    errors = fields.List(fields.Nested(ProblemError), required=True)
