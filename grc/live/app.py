"""``GET /agents/evenements/`` as server-sent events, and ``/healthz``: a bare ASGI application, without middleware.

Each event is ``id: 12``, ``event: call``, ``data: {"kind": "call", "id": 7}``. The session is looked at again every
`RECHECK_SECONDS`: whoever logged out or lost a right is let go.
"""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from grc.live.access import Listener, listener_of
from grc.live.hub import Event, Hub, Page

PATH = "/agents/evenements/"
HEARTBEAT_SECONDS = 15
RECHECK_SECONDS = int(os.environ.get("LIVE_RECHECK_SECONDS") or 30)
RETRY_MILLISECONDS = 3000

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class Live:
    """The application. ``hub`` is closed first when the server stops, so that no page keeps it waiting."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.hub.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.hub.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["path"] == "/healthz":
            await _answer(send, 200, {"status": "ok", "redis": self.hub.connected})
        elif scope["path"] != PATH:
            await _answer(send, 404, {"code": "not_found"})
        elif scope["method"] != "GET":
            await _answer(send, 405, {"code": "method_not_allowed"})
        else:
            await self._open(scope, receive, send)

    async def _open(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Refuse, or stream until the page, the session or the server goes."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        cors = _cors(headers)
        if cors is None:
            await _answer(send, 403, {"code": "origin"})
            return
        key = _session_key(headers.get("cookie", ""))
        listener = await listener_of(key) if key else None
        if listener is None:
            await _answer(send, 401, {"code": "not_authenticated"}, cors)
        elif self.hub.is_full(listener.agent_id):
            await _answer(send, 429, {"code": "too_many_pages"}, cors)
        elif not self.hub.connected:
            await _answer(send, 503, {"code": "redis"}, cors)
        else:
            with self.hub.page(listener) as page:
                stream = asyncio.ensure_future(self._stream(page, key, _last_id(scope, headers), cors, send))
                gone = asyncio.ensure_future(_gone(receive))
                await asyncio.wait({stream, gone}, return_when=asyncio.FIRST_COMPLETED)
                for task in (stream, gone):
                    task.cancel()
                await asyncio.gather(stream, gone, return_exceptions=True)

    async def _stream(self, page: Page, key: str, last_id: int, cors: Headers, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]
        await send({"type": "http.response.start", "status": 200, "headers": headers + _PRIVATE + cors})
        missed = await self.hub.since(last_id, page.listener) if last_id else []
        opening = f"retry: {RETRY_MILLISECONDS}\n\nevent: ready\ndata: {{}}\n\n" + "".join(map(_write, missed))
        await _say(send, opening)
        told = {event[0] for event in missed}
        recheck_at = time.monotonic() + RECHECK_SECONDS
        while True:
            try:
                async with asyncio.timeout(min(HEARTBEAT_SECONDS, RECHECK_SECONDS)):
                    event = await page.events.get()
            except TimeoutError:
                await _say(send, ": still here\n\n")
            else:
                if event is None:
                    break
                if event[0] not in told:
                    await _say(send, _write(event))
            if time.monotonic() >= recheck_at:
                recheck_at = time.monotonic() + RECHECK_SECONDS
                if await self._changed(page.listener, key):
                    break
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _changed(self, listener: Listener, key: str) -> bool:
        return await listener_of(key) != listener


_PRIVATE: Headers = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"vary", b"Origin, Cookie"),
]


def _write(event: Event) -> str:
    number, told = event
    data = json.dumps({"kind": told["kind"], "id": told["id"]})
    return f"id: {number}\nevent: {told['kind'].split('.')[0]}\ndata: {data}\n\n"


def _cors(headers: dict[str, str]) -> Headers | None:
    """What lets our own pages, and no others, read the answer. None refuses: a page of another site asks."""
    origin = headers.get("origin")
    if origin is None:
        # browsers name the origin of every request from another one; Sec-Fetch-Site says so too
        return [] if headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"} else None
    site = urlsplit(settings.SITE_URL)
    if origin != f"{site.scheme}://{site.netloc}":
        return None
    allowed: Headers = [(b"access-control-allow-origin", origin.encode("latin-1"))]
    return [*allowed, (b"access-control-allow-credentials", b"true")]


def _session_key(header: str) -> str:
    try:
        cookie = SimpleCookie(header).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return cookie.value if cookie else ""


def _last_id(scope: MutableMapping[str, Any], headers: dict[str, str]) -> int:
    """The last event the page heard: the browser's own header, or ``?last=`` of a page that opens a new connection."""
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("last", [""])[0]
    text = headers.get("last-event-id") or asked
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _say(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _answer(send: Send, status: int, body: dict[str, Any], cors: Headers | None = None) -> None:
    content = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    if status in {429, 503}:
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": status, "headers": headers + _PRIVATE + (cors or [])})
    await send({"type": "http.response.body", "body": content})
