"""Reading what comes over the wire, and pointing at what is wrong in it."""

import pytest
from flask import Flask
from flask_smorest import Blueprint as LaxBlueprint
from marshmallow import Schema, ValidationError, fields

from schemas.fields import Hours, Request, WrittenWhole
from service import create_app, employers, problems
from service.wire import Parser, located, once_each


class Line(Request):
    hours = Hours(required=True)


class Report(Request):
    lines = fields.List(fields.Nested(Line), required=True)
    many = fields.Nested(Line, many=True)
    changes = fields.Dict(keys=fields.String(), values=fields.Dict(keys=fields.String(), values=Hours()))
    named = Hours(data_key="other-name")
    count = fields.Integer()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("/lines", "required")]),
        ({"lines": 7}, [("/lines", "invalid")]),
        ({"lines": [7]}, [("/lines/0", "not_an_object")]),
        (
            {"lines": [{}, {"hours": "1.234"}]},
            [("/lines/0/hours", "required"), ("/lines/1/hours", "too_many_decimals")],
        ),
        ({"lines": [], "many": [{"hours": "1"}, {"hours": 1}]}, [("/many/1/hours", "not_text")]),
        ({"lines": [], "changes": {"a/b": {"2021-08-01": 450}}}, [("/changes/a~1b/2021-08-01", "not_text")]),
        ({"lines": [], "other-name": "NaN"}, [("/other-name", "bad_hours")]),
        ({"lines": [], "named": "1"}, [("/named", "unknown_name")]),
        ({"lines": [], "count": "x"}, [("/count", "invalid")]),
    ],
)
def test_every_message_has_its_place(body, expected):
    with pytest.raises(ValidationError) as refused:
        Report().load(body)
    found = list(located(refused.value.messages, Report(), ""))
    assert [(error["pointer"], error["code"]) for error in found] == expected
    assert all(error["message"] for error in found)


def test_a_list_may_be_named_more_than_once_in_a_query():
    class Query(Schema):
        under = fields.List(fields.String())
        limit = WrittenWhole()

    with Flask("query").test_request_context("/?under=a&under=b&limit=1") as context:
        assert Parser().parse(Query(), context.request, location="query") == {"under": ["a", "b"], "limit": 1}
    with Flask("query").test_request_context("/?limit=1&limit=1") as context, pytest.raises(ValidationError):
        once_each(context.request, Query())


def test_no_body_at_all_is_an_empty_object(administrator):
    refused = administrator.post("/v1/employers")
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == ["/code", "/name"]


def test_a_query_where_none_is_wanted_is_refused(administrator):
    refused = administrator.post("/v1/employers?dry_run=true", json={"code": "A", "name": "A"})
    assert refused.status_code == 422
    assert refused.json["errors"][0]["pointer"] == "/query/dry_run"


def test_a_blueprint_that_reads_loosely_stops_the_start(monkeypatch, settings):
    monkeypatch.setattr(employers, "blp", LaxBlueprint("employers", "employers"))
    with pytest.raises(RuntimeError, match="reads strictly"):
        create_app(settings)


def test_a_redirect_is_not_a_problem():
    app = Flask("redirect", static_folder=None)
    app.add_url_rule("/folder/", "folder", lambda: "")
    problems.register(app)
    assert app.test_client().get("/folder").status_code == 308
