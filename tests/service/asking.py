"""Scenarios for tests: what is asked, and the figures of an answer."""

PEOPLE = 300
ASKED = {
    "snapshot": "latest",
    "plan": "mpi-health",
    "under": ["current", {"name": "450 hours", "changes": {"continuing_hours": {"2016-08-01": "450"}}}],
    "from": "2016-08",
    "to": "2018-07",
}
FINANCE = {
    "cost_per_covered": {"values": {"2016-01-01": "1000.00"}, "source": "made up for a test"},
    "reserve": {"values": {"2016-01-01": "9000000.00"}, "source": "made up for a test"},
}


def ask(client, status=201, **more):
    answer = client.post("/v1/scenarios", json={**ASKED, **more})
    assert answer.status_code == status, answer.text
    return answer.json


def figures(document, path=()):
    """Every whole number of a document that is not money, with its place."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield from figures(value, (*path, name))
    elif isinstance(document, list):
        for place, value in enumerate(document):
            yield from figures(value, (*path, place))
    elif isinstance(document, int) and not isinstance(document, bool):
        yield path, document
