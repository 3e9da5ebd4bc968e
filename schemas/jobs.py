"""Calls that are carried out after their request was answered."""

from typing import Any

from marshmallow import fields

from schemas.fields import Answer, Choice, Instant, Whole

STATES = ("waiting", "running", "done")
JOB_EXAMPLE: dict[str, Any] = {
    "id": "3f1c6a52-8f0e-4c5e-9b57-2a4e7d9c1b10",
    "operation": "post_remittance",
    "state": "running",
    "read": 500000,
    "checked": 500000,
    "counted": 325000,
    "total": 500000,
    "status": None,
    "answer": None,
    "created_at": "2021-08-03T17:04:05.250000Z",
}


class Job(Answer):
    """A call that is being carried out, and its answer when it is done."""

    id = fields.UUID(required=True)
    operation = fields.String(required=True, metadata={"description": "What was asked for, by its operationId."})
    state = Choice(*STATES, required=True)
    read = Whole(required=True, metadata={"description": "How many lines of the report are read of `total`."})
    checked = Whole(
        required=True, metadata={"description": "How many of them are checked against what is recorded already."}
    )
    counted = Whole(
        required=True,
        metadata={
            "description": "How many of them are recorded. None of the three goes back, unless the process dies and "
            "another takes the job up from its beginning."
        },
    )
    total = Whole(
        required=True,
        allow_none=True,
        metadata={"description": "How many lines the report has; null before its reading has begun."},
    )
    status = Whole(
        required=True, allow_none=True, metadata={"description": "The status of the answer; null before there is one."}
    )
    answer = fields.Raw(
        required=True,
        allow_none=True,
        metadata={
            "description": "What the call would have answered, a problem document included; null before.",
            "type": "object",
        },
    )
    created_at = Instant(required=True)
