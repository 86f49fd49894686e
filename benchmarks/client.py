"""A browser's connection: kept alive, with a session or a token. And how figures are made of its times."""

import gzip
import http.client
import json
import math
import time
from collections.abc import Iterable
from typing import Any


class Browser:
    """One keep-alive connection to the web server. ``seconds`` is the time of the last exchange, body included."""

    def __init__(self, port: int, *, cookie: str = "", token: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.headers = {"Accept-Encoding": "gzip", "Accept": "text/html"}
        if cookie:
            self.headers["Cookie"] = cookie
        if token:
            self.headers |= {"Authorization": f"Token {token}", "Accept": "application/json"}
        self.seconds, self.location = 0.0, ""

    def get(self, path: str) -> bytes:
        """The page of ``path``. As a browser, go on where a redirection leads: ``seconds`` is the time of it all."""
        data, seconds = self._exchange("GET", path, None, 200, 302), self.seconds
        while self.location:
            data = self._exchange("GET", self.location, None, 200, 302)
            seconds += self.seconds
        self.seconds = seconds
        return data

    def post(self, path: str, body: object) -> Any:
        return json.loads(self._exchange("POST", path, json.dumps(body).encode(), 201))

    def _exchange(self, method: str, path: str, body: bytes | None, *expected: int) -> bytes:
        headers = self.headers | ({"Content-Type": "application/json"} if body else {})
        start = time.perf_counter()
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):  # closed while idle: a browser reconnects
            self.connection.close()
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        data = answer.read()
        self.seconds = time.perf_counter() - start
        if answer.headers["Content-Encoding"] == "gzip":
            data = gzip.decompress(data)
        if answer.status not in expected:
            raise SystemExit(f"{method} {path}: {answer.status} instead of {expected[0]}: {data[:300]!r}")
        self.location = answer.headers["Location"] or "" if answer.status == 302 else ""
        return data


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that ``share`` of ``values`` do not pass (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def summary(seconds: list[float]) -> dict[str, float]:
    """Milliseconds: median, 95th percentile, maximum, and how many were measured."""
    return {
        "p50_ms": round(percentile(seconds, 0.50) * 1000, 1),
        "p95_ms": round(percentile(seconds, 0.95) * 1000, 1),
        "max_ms": round(max(seconds) * 1000, 1),
        "requests": len(seconds),
    }
