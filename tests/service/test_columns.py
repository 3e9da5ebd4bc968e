"""What goes into the ledger by COPY is what was sent, whatever signs it holds."""

import pytest
from sqlalchemy import text

from tests.service.reports import line, post, remarks

SIGNS = ["\\N", "\\.", "a\tb", "a\nb", "a\r\nb", "a\\tb", "\\", '"', "'", "NULL", "é🎬", "\\x41", "a,b;c", " a ", "{}"]


@pytest.fixture
def members(employer, member_factory, session):
    """Members for one line each."""
    made = [member_factory() for _ in SIGNS]
    session.commit()
    return made


def test_every_sign_is_kept(administrator, employer, members):
    lines = [
        line(member, production=sign, occupation=sign, local=sign) for member, sign in zip(members, SIGNS, strict=True)
    ]
    posted = post(administrator, employer, lines)
    read = administrator.get(posted.headers["Location"]).json["lines"]
    for name in ("production", "occupation", "local"):
        assert [each[name] for each in read] == SIGNS
    again = remarks(post(administrator, employer, lines, name="again"))
    assert [remark["line"] for remark in again] == list(range(1, len(SIGNS) + 1))


def test_what_stands_in_the_ledger_is_looked_at_piece_by_piece(administrator, employer, members, monkeypatch):
    monkeypatch.setattr("service.already.MOST_HELD", 2)
    weeks = ["2021-07-31", "2021-08-07", "2021-08-14", "2021-08-28"]
    lines = [line(member, week_ending=week) for member in members[:3] for week in weeks]
    post(administrator, employer, lines)
    again = remarks(post(administrator, employer, lines[::-1], name="again"))
    assert [remark["line"] for remark in again] == list(range(1, 13))
    assert [remark["message"].split()[1] for remark in again] == [str(number) for number in range(12, 0, -1)]


def test_the_ledger_holds_what_is_due_as_an_object(administrator, employer, members, session):
    post(administrator, employer, [line(members[0], scale_rate="41.20")])
    kinds = session.execute(text("SELECT jsonb_typeof(due), kind, reverses FROM entries")).all()
    assert kinds == [("object", "line", None)]
