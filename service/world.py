"""What a view may reach beyond its arguments: the engine and the settings of the application it runs in."""

from typing import NamedTuple

from flask import current_app
from sqlalchemy import Engine

from service.settings import Settings


class World(NamedTuple):
    """Everything outside the process that the application uses."""

    engine: Engine
    settings: Settings


def world() -> World:
    """The world of the application at work."""
    return current_app.extensions["hourbank"]
