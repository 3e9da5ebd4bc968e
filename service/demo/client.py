"""Speaking to a running service over HTTP with the standard library, as any other program would."""

import http.client
import json
import time
import urllib.parse
from typing import Any

import click

ATTEMPTS = 8


class RefusedError(click.ClickException):
    """The service said no: the status and what its problem document says. It ends the demo."""

    def __init__(self, what: str, status: int, problem: dict[str, Any]):
        reasons = [problem.get("title"), problem.get("detail"), *map(str, problem.get("errors", []))]
        super().__init__(f"{what}: {status} " + "; ".join(filter(None, reasons)))
        self.status = status
        self.problem = problem


class Client:
    """A caller of the service at ``address`` (``http://host:port``) with one API key; several threads may use it."""

    def __init__(self, address: str, key: str):
        self.host = urllib.parse.urlsplit(address).netloc
        self.key = key
        self.idle: list[http.client.HTTPConnection] = []

    def close(self) -> None:
        """Close the connections that were kept open."""
        while self.idle:
            self.idle.pop().close()

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """GET; a query value that is a list is repeated."""
        return self._ask("GET", f"{path}?{urllib.parse.urlencode(query, doseq=True)}")

    def post(self, path: str, body: dict[str, Any], once: str) -> dict[str, Any]:
        """POST; ``once`` is the idempotency key, so that trying again is safe."""
        return self._ask("POST", path, json.dumps(body).encode(), {"Idempotency-Key": once})

    def _ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"} | (headers or {})
        for left in range(ATTEMPTS - 1, -1, -1):
            try:
                status, wait, answer = self._exchange(method, path, body, headers)
            except (ConnectionError, http.client.HTTPException):
                if not left:
                    raise
            else:
                if not wait or not left:
                    break
                time.sleep(wait)
        document = json.loads(answer)
        if status >= 400:
            raise RefusedError(f"{method} {path}", status, document)
        return document

    def _exchange(self, *request: Any) -> tuple[int, int, bytes]:
        """One request over a kept connection: status, seconds to wait before trying again (0: do not), and body."""
        connection = self.idle.pop() if self.idle else http.client.HTTPConnection(self.host, timeout=60)
        try:
            connection.request(*request)
            response = connection.getresponse()
            answer = response.read()
        except BaseException:
            connection.close()
            raise
        self.idle.append(connection)
        return response.status, int(response.headers["Retry-After"] or 0), answer
