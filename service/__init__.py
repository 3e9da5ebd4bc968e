"""The service: the only part of Hourbank that touches HTTP, SQL, files, time and people's identities."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from service.settings import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The web application, by default with the settings of the environment.

    Without a DATABASE_URL this starts or finds the embedded PostgreSQL. RuntimeError if a route does not say who may
    call it.
    """
    # Imported here, because the command line passes through this package too and need not wait for the web.
    from service.app import application  # noqa: PLC0415
    from service.settings import Settings  # noqa: PLC0415

    return application(settings or Settings.from_environment())
