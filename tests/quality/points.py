"""Places at which a request can be held, so that what carries it out can be killed just there.

They are made in the check's own database: a lock that the request has to wait for, taken by triggers on the ledger's
tables, or a standby server that does not exist and that a commit waits for. The service runs as it always does: a
switch in its code would be tested along with it, and could be thrown where it must not be.
"""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg

from tests.quality.own import Answer
from tests.quality.real import GONE, LINES, Line, Service, report, unlike, until

SPACE = 77  # of advisory locks, apart from the service's own
# What has happened when a request waits there: the key is claimed and nothing written; half of the rows are written;
# all is written and COMMIT not yet sent; COMMIT is sent and not carried out; it is carried out and not yet reported.
POINTS = ("after claim", "mid rows", "before commit", "in commit", "after commit")
HELD_BY_LOCK = {"mid rows": 2, "before commit": 3, "in commit": 4}
SETUP = f"""
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({SPACE}, TG_ARGV[0]::int);
    RETURN NEW;
END $$;
CREATE TRIGGER hold BEFORE INSERT ON entries FOR EACH ROW WHEN (NEW.line = {LINES // 2 + 1}) EXECUTE FUNCTION hold(2);
CREATE TRIGGER hold AFTER INSERT ON audit FOR EACH ROW EXECUTE FUNCTION hold(3);
CREATE TRIGGER hold_too AFTER INSERT ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION hold(3);
CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON batches DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION hold(4);
"""
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'hourbank'"
WAITING = f"{BACKENDS} AND (wait_event_type = 'Lock' OR wait_event = 'SyncRep')"
BESIDE, MOST_BESIDE = 4, 12  # callers at work when something is killed at random, and the most that each sends
SOON_S = 0.25

Kill = Callable[[list[int]], None]


@contextlib.contextmanager
def held(service: Service, point: str) -> Iterator[None]:
    """Hold whoever comes to a point until the block is left. The server may be killed within it."""
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(contextlib.closing(service.owner()))
        if point == "after claim":
            connection.autocommit = False
            connection.execute("SELECT 1 FROM members WHERE number = 'M-0' FOR UPDATE")
        elif point in HELD_BY_LOCK:
            connection.execute("SELECT pg_advisory_lock(%s, %s)", [SPACE, HELD_BY_LOCK[point]])
        else:
            wait_for_standby(connection, "nobody")
            stack.callback(lambda: until(lambda: no_standby(service), "a server to talk to"))
        yield


def wait_for_standby(connection: psycopg.Connection[Any], name: str) -> None:
    """Let every commit wait for a standby server of that name, or for none."""
    connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")  # type: ignore[arg-type]
    connection.execute("SELECT pg_reload_conf()")


def no_standby(service: Service) -> bool:
    """Let commits wait for nobody, if the server answers."""
    with contextlib.suppress(psycopg.OperationalError), contextlib.closing(service.owner()) as connection:
        wait_for_standby(connection, "")
        return True
    return False


def waiting(service: Service) -> list[int]:
    """The server's processes that are held."""
    with contextlib.closing(service.owner()) as connection:
        return [pid for (pid,) in connection.execute(WAITING)]


def backends(service: Service) -> list[int]:
    """The server's processes that work for the service."""
    with contextlib.closing(service.owner()) as connection:
        return [pid for (pid,) in connection.execute(BACKENDS)]


class Trials:
    """Kills, one after the other, on one service. ``answered`` is what every report was answered in the end."""

    def __init__(self, service: Service, threads: ThreadPoolExecutor) -> None:
        self.service, self.threads = service, threads
        self.number, self.answered = 0, dict[str, Answer]()
        with contextlib.closing(service.owner()) as connection:
            connection.execute(SETUP)

    def at_point(self, point: str, kill: Kill) -> list[str]:
        """Kill where a report has come to a point; what is wrong then. What was answered before is sent again, too."""
        before, name = self.names(2), self.names(1)[0]
        self.answered |= {other: self.send_until_answered(other)[1] for other in before}
        with held(self.service, point):
            sent = self.threads.submit(self.send_until_answered, name)
            until(lambda: waiting(self.service), f"a request {point}")
            kill(waiting(self.service))
        first, self.answered[name] = sent.result()
        wrong = [f"{name} was answered although what would have answered was killed"] * (first is not None)
        return wrong + self.again(before) + unlike(self.service, self.answered)

    def at_random(self, rng: random.Random, kill: Kill) -> list[str]:
        """Kill at any moment, with several callers at work; what is wrong then."""
        names = [self.names(MOST_BESIDE) for _ in range(BESIDE)]
        done = threading.Event()

        def work(mine: list[str]) -> dict[str, tuple[Answer | None, Answer]]:
            found = {}
            for name in mine:
                found[name] = self.send_until_answered(name)
                if done.is_set():  # what was under way is answered; the rest need not be sent
                    break
            return found

        started = [self.threads.submit(work, mine) for mine in names]
        time.sleep(rng.uniform(0, SOON_S))
        kill(backends(self.service))
        done.set()
        acknowledged = []
        for one in started:
            for name, (first, last) in one.result().items():
                self.answered[name] = last
                acknowledged += [name] * (first is not None)
        return self.again(acknowledged) + unlike(self.service, self.answered)

    def names(self, count: int) -> list[str]:
        """Names of new reports."""
        self.number += count
        return [f"check-kill-{number:010}" for number in range(self.number - count, self.number)]

    def send_until_answered(self, name: str) -> tuple[Answer | None, Answer]:
        """The answer to a report's first sending, if there was any, and the one in the end."""
        with contextlib.closing(Line(self.service)) as line:
            with contextlib.suppress(*GONE):
                first = line.send("/v1/remittances", report(name), name)
                if first.status < 500:
                    return first, first
            return None, line.insist("/v1/remittances", report(name), name)

    def again(self, names: list[str]) -> list[str]:
        """Send reports again that were answered: those whose answer is not the same now."""
        with contextlib.closing(Line(self.service)) as line:
            return [
                f"{name}: another answer when asked again"
                for name in names
                if line.insist("/v1/remittances", report(name), name).body != self.answered[name].body
            ]
