"""The service called in this process by whoever runs the command line: the same views, without network and key."""

import functools
import json
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service import create_app
from service.auth import OPERATOR
from service.intake import Told, untold
from service.jobs import TELLER
from service.refusals import RefusalError, refusal
from service.serving import open_database
from service.settings import Settings, StartError


@functools.cache
def client() -> FlaskClient:
    """The application on the environment's database, brought up to date."""
    settings = Settings.from_environment()
    open_database(settings)
    return create_app(settings).test_client()


def ask(method: str, path: str, as_json: bool = False, **request: Any) -> dict[str, Any]:
    """What the answer to one call says; see :func:`call`."""
    return json.loads(call(method, path, as_json, **request).get_data())


def call(method: str, path: str, as_json: bool = False, tell: Told = untold, **request: Any) -> TestResponse:
    """The answer to one call as the operator, who may do what an administrator may; RefusalError if it is a no.

    ``tell`` is told how far a long call is. ``request`` is what :class:`werkzeug.test.EnvironBuilder` takes:
    query_string, data, json, headers, content_type.
    """
    try:
        caller = client()
    except StartError as wrong:
        raise refusal(503, "unavailable", "Not available now", wrong.message, as_json) from wrong
    response = caller.open(path, method=method, environ_overrides={OPERATOR: True, TELLER: tell}, **request)
    if response.status_code >= 400:
        raise RefusalError(json.loads(response.get_data()), as_json)
    return response
