"""The contract as a file, and a page to read it by. Nothing of it comes from another host: no fonts, no badges."""

from importlib.resources import files

from flask import Blueprint, Response, current_app, send_from_directory

from service import openapi
from service.auth import public

blp = Blueprint("docs", __name__)

ASSETS = str(files("flask_swagger_ui") / "dist")
SHOWN = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-16x16.png", "favicon-32x32.png")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
CACHE = "public, max-age=3600"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hourbank</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png" sizes="32x32">
<link rel="icon" type="image/png" href="/docs/favicon-16x16.png" sizes="16x16">
</head>
<body>
<noscript>This page needs JavaScript. The same is in <a href="/openapi.yaml">openapi.yaml</a>.</noscript>
<div id="contract"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
# Without validatorUrl null the page would ask a service elsewhere to judge the file.
START = """SwaggerUIBundle({
  url: "/openapi.yaml",
  dom_id: "#contract",
  validatorUrl: null,
  deepLinking: true,
  persistAuthorization: false
});
"""


@blp.get("/openapi.yaml")
@public
def contract() -> Response:
    """The contract; written out once per process."""
    if "hourbank-contract" not in current_app.extensions:
        current_app.extensions["hourbank-contract"] = openapi.text_of(current_app)
    return Response(current_app.extensions["hourbank-contract"], mimetype="application/yaml")


@blp.get("/docs")
@public
def page() -> Response:
    """The page."""
    return Response(PAGE, headers={"Content-Security-Policy": POLICY}, mimetype="text/html")


@blp.get("/docs/start.js")
@public
def start() -> Response:
    """What starts the page; a file of its own, so that the page runs nothing inline."""
    return Response(START, headers={"Cache-Control": CACHE}, mimetype="text/javascript")


@blp.get(f"/docs/<any({','.join(repr(name) for name in SHOWN)}):name>")
@public
def asset(name: str) -> Response:
    """A file that the page needs."""
    response = send_from_directory(ASSETS, name)
    response.headers["Cache-Control"] = CACHE
    return response
