"""The application, wired."""

from importlib import import_module

from flask import Flask

from service import docs, openapi, problems
from service.auth import refuse_undeclared_routes
from service.db import make_engine
from service.postgres import service_url
from service.settings import Settings
from service.wire import Blueprint, refuse_bad_addresses
from service.world import World

# One module per noun; each has a blueprint named ``blp``.
NOUNS = (
    "employers",
    "members",
    "remittances",
    "refused",
    "corrections",
    "previews",
    "payments",
    "statements",
    "hours",
    "facts",
    "credits",
    "disputes",
    "missing_reports",
    "coverage",
    "pensions",
    "plans",
    "amendments",
    "relief_orders",
    "proposals",
    "snapshots",
    "scenarios",
    "jobs",
    "health",
)


def application(settings: Settings) -> Flask:
    """The application of ``settings``. RuntimeError if one of its routes does not say who may call it."""
    app = Flask("service", static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_body_bytes, PROVIDE_AUTOMATIC_OPTIONS=False, **openapi.CONFIGURATION
    )
    app.json.sort_keys = False
    app.json.ensure_ascii = False
    app.url_map.merge_slashes = False
    app.extensions["hourbank"] = World(make_engine(service_url(settings), settings.roles.service), settings)
    problems.register(app)
    refuse_bad_addresses(app)
    api = openapi.Contract(app)
    for noun in NOUNS:
        blueprint = import_module(f"service.{noun}").blp
        if not isinstance(blueprint, Blueprint):
            raise RuntimeError(f"service.{noun}.blp is to be a service.wire.Blueprint, which reads strictly")
        api.register_blueprint(blueprint)
    app.register_blueprint(docs.blp)
    refuse_undeclared_routes(app)
    openapi.refuse_twin_operations(app)
    return app
