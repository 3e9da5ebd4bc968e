"""The service called in this process by whoever runs the command line: the same views, without network and key."""

import dataclasses
import functools
import json
from typing import Any

import click
from flask.testing import FlaskClient

from service import create_app
from service.auth import OPERATOR
from service.serving import open_database
from service.settings import Settings


class RefusalError(click.ClickException):
    """The service said no. What it said goes where the caller looks: text, or with --json the problem document."""

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


@functools.cache
def client() -> FlaskClient:
    """The application on the environment's database, brought up to date."""
    settings = Settings.from_environment()
    return create_app(dataclasses.replace(settings, database_url=open_database(settings))).test_client()


def ask(method: str, path: str, as_json: bool = False, **request: Any) -> dict[str, Any]:
    """The answer to one call as the operator, who may do what an administrator may; RefusalError if it is a no.

    ``request`` is what :class:`werkzeug.test.EnvironBuilder` takes: query_string, data, json, headers, content_type.
    """
    response = client().open(path, method=method, environ_overrides={OPERATOR: True}, **request)
    if response.status_code >= 400:
        raise RefusalError(json.loads(response.get_data()), as_json)
    return json.loads(response.get_data())
