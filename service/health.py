"""Is the process alive, and can it do its work."""

from typing import Any

from schemas.health import Health
from service.auth import public
from service.db import newest_revision, revision_there
from service.problems import unavailable
from service.wire import Blueprint
from service.world import world

blp = Blueprint("health", __name__, url_prefix="/health", description="For whoever runs the service.")


@blp.route("/live")
@public
@blp.response(200, Health, example={"status": "ok"})
def live() -> Any:
    """Tell that the process answers.

    Asks nothing of the database: a process that is alive is not restarted because its database is away.
    """
    return {"status": "ok"}


@blp.route("/ready")
@public
@blp.response(200, Health, example={"status": "ok"})
def ready() -> Any:
    """Tell that requests can be served: the database answers and has the newest tables."""
    found = revision_there(world().engine)
    if found is None:
        raise unavailable()
    if found != newest_revision():
        raise unavailable("The database does not have this version's tables yet. Run the migrations.")
    return {"status": "ok"}
