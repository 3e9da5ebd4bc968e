"""A synthetic membership that scenarios may be asked about."""

import pytest

from service.demo.snapshot import membership_snapshot
from service.snapshots import keep
from tests.service.asking import PEOPLE


@pytest.fixture(scope="session")
def people():
    return membership_snapshot(PEOPLE)


@pytest.fixture
def kept(app, session, people):
    """A synthetic membership in the database."""
    with app.app_context():
        row = keep(session, app.extensions["hourbank"].settings.home, people, 0, "test")
    session.commit()
    return row
