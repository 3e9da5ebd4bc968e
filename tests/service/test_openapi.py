"""The contract: valid, current, complete, and readable without asking any other host."""

import re
from contextlib import closing

import pytest
import yaml
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from service import docs, openapi
from service.auth import ROLES, allow, public
from service.once import once
from service.wire import Blueprint

SAFE = {"get", "head"}
OTHER_HOST = re.compile(r"""(?:src|href|action)\s*=\s*["']?\s*(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import""")


@pytest.fixture(scope="module")
def contract(application):
    return openapi.document(application)


@pytest.fixture(scope="module")
def every_operation(contract):
    return [
        (method, path, operation)
        for path, methods in contract["paths"].items()
        for method, operation in methods.items()
        if method in {"get", "head", "post", "put", "patch", "delete"}
    ]


def test_it_is_valid(contract):
    assert contract["openapi"] == "3.1.0"
    assert [error.message for error in OpenAPIV31SpecValidator(contract).iter_errors()] == []


def test_the_file_is_current(application):
    assert openapi.FILE.read_text() == openapi.text_of(application), "run: ./hourbank spec"


def test_every_route_of_the_api_is_described(application, every_operation):
    described = {(path, method) for method, path, _ in every_operation}
    served = {
        (path, method)
        for view, _, path, method in openapi.operations(application)
        if hasattr(view, "_apidoc") and method != "head"
    }
    assert described == served


def test_every_operation_says_what_it_is(every_operation):
    names = [operation["operationId"] for _, _, operation in every_operation]
    assert len(set(names)) == len(names)
    for _, path, operation in every_operation:
        assert operation["summary"].endswith("."), path
        assert "\n" not in operation["summary"], path
        assert operation["tags"], path


def test_every_operation_says_who_may_call_it(every_operation):
    for _, path, operation in every_operation:
        assert set(operation["x-roles"]) <= set(ROLES), path
        assert operation["security"] == ([{"key": []}] if operation["x-roles"] else []), path
        assert ("401" in operation["responses"]) == bool(operation["x-roles"]), path
    assert [path for _, path, operation in every_operation if not operation["x-roles"]] == [
        "/health/live",
        "/health/ready",
    ]


def test_every_unsafe_operation_takes_an_idempotency_key(every_operation):
    for method, path, operation in every_operation:
        keyed = {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
        assert keyed == (method not in SAFE), path
        assert {"400", "409", "422"} <= set(operation["responses"]) or method in SAFE, path


def test_what_is_changed_by_its_etag_says_so(contract):
    for method in ("put", "delete"):
        operation = contract["paths"]["/v1/proposals/{proposal}"][method]
        assert {"$ref": "#/components/parameters/IfMatch"} in operation["parameters"]
        assert {"404", "412", "428"} <= set(operation["responses"])
    assert "404" in contract["paths"]["/v1/proposals"]["post"]["responses"]


def test_every_refusal_is_a_problem(contract, every_operation):
    for _, path, operation in every_operation:
        refusals = {code: answer for code, answer in operation["responses"].items() if code[0] not in "23"}
        assert {"500", "503", "default"} <= set(refusals), path
        for answer in refusals.values():
            name = answer["$ref"].rpartition("/")[2]
            assert list(contract["components"]["responses"][name]["content"]) == ["application/problem+json"]


def contents(operation):
    answers = [answer for code, answer in operation["responses"].items() if code[0] == "2"]
    for holder in [*answers, operation.get("requestBody", {})]:
        yield from holder.get("content", {}).items()


def test_every_body_has_an_example_that_fits(contract, every_operation):
    bodies = [(path, *body) for _, path, operation in every_operation for body in contents(operation)]
    bodies += [
        (name, *body)
        for name, answer in contract["components"]["responses"].items()
        for body in answer["content"].items()
    ]
    for path, media_type, body in bodies:
        examples = [body["example"]] if "example" in body else [one["value"] for one in body["examples"].values()]
        assert examples, path
        if media_type.endswith("json"):
            schema = {**body["schema"], "components": contract["components"]}
            for example in examples:
                assert [error.message for error in OAS31Validator(schema).iter_errors(example)] == [], path


def test_the_file_is_served(anonymous, contract):
    answer = anonymous.get("/openapi.yaml")
    assert answer.mimetype == "application/yaml"
    assert yaml.safe_load(answer.text) == contract
    assert anonymous.get("/openapi.yaml").data == answer.data


def test_the_page_asks_no_other_host(anonymous):
    page = anonymous.get("/docs")
    assert page.mimetype == "text/html"
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert not OTHER_HOST.search(page.text)
    assert "<script>" not in page.text
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        with closing(anonymous.get(address)) as part:
            assert part.status_code == 200, address
            assert part.headers["X-Content-Type-Options"] == "nosniff"
            assert part.mimetype != "text/css" or not OTHER_HOST.search(part.text)
    start = anonymous.get("/docs/start.js")
    assert start.mimetype == "text/javascript"
    assert "validatorUrl: null" in start.text
    assert "//" not in start.text


def test_only_what_the_page_needs_is_served(anonymous):
    for name in ("oauth2-redirect.html", "index.css", "..%2f__init__.py", "VERSION"):
        assert anonymous.get(f"/docs/{name}").status_code == 404
    assert "oauth2-redirect.html" not in docs.SHOWN


def test_two_operations_of_one_name_stop_the_start(application):
    twins = type(application)("twins", static_folder=None)
    for name in ("one", "two"):
        blueprint = Blueprint(name, __name__)
        blueprint.add_url_rule(f"/{name}", "same", public(lambda: ""))
        twins.register_blueprint(blueprint)
    with pytest.raises(RuntimeError, match="same"):
        openapi.refuse_twin_operations(twins)


def test_what_the_decorators_say_reaches_the_contract():
    blueprint = Blueprint("things", __name__)

    @blueprint.response(204)
    def change(session):
        """Change a thing."""

    operation = {"responses": {"204": {"description": "Done"}, "412": {}, "default": {}}}
    assert openapi.complete(operation, allow("auditor")(once(change)), one_record=True) >= {401, 403, 404, 409, 412}
    assert operation["x-roles"] == ["auditor"]
    assert operation["responses"]["412"] == {"$ref": "#/components/responses/Problem412"}
