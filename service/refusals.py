"""Refusals on the command line: text for people, or with ``--json`` the same problem document as over HTTP."""

import json
from typing import Any

import click


class RefusalError(click.ClickException):
    """The answer is no. Why goes where the caller looks: text, or with --json the problem document."""

    def __init__(self, problem: dict[str, Any], as_json: bool):
        lines = [problem["detail"]]
        for error in problem.get("errors", []):
            place = f"line {error['line']}, {error['column']}" if "line" in error else error["pointer"]
            lines.append(f"  {place}: {error['message']} ({error['code']})")
        super().__init__("\n".join(lines))
        self.problem, self.as_json = problem, as_json

    def show(self, file: Any = None) -> None:
        """Print the refusal."""
        if self.as_json:
            click.echo(json.dumps(self.problem))
        else:
            super().show(file)


def refusal(status: int, type: str, title: str, detail: str, as_json: bool) -> RefusalError:
    """A refusal by the command line itself, which no request led to. ``type`` is the slug under ``/problems/``."""
    problem = {"type": f"/problems/{type}", "title": title, "status": status, "detail": detail}
    return RefusalError({**problem, "request_id": None, "errors": []}, as_json)
