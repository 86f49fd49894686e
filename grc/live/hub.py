"""One subscription to Redis for the whole process, handed on to the pages that are open."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Iterator
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from core.live import names
from grc.live.access import Listener

logger = logging.getLogger(__name__)
Event = tuple[int, dict[str, Any]]

PAGES_PER_AGENT = 6
WAITING_EVENTS = 100  # a page that reads slower than this is let go: it comes back and asks for what it missed
LONGEST_BACKOFF = 10.0
SILENCE_SECONDS = 10


class Page:
    """An open page. ``events`` ends with None when the page must be let go."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.events: asyncio.Queue[Event | None] = asyncio.Queue(WAITING_EVENTS)

    def give(self, event: Event) -> None:
        try:
            self.events.put_nowait(event)
        except asyncio.QueueFull:
            self.let_go()

    def let_go(self) -> None:
        while self.events.full():
            self.events.get_nowait()
        self.events.put_nowait(None)


class Hub:
    def __init__(self, redis_url: str) -> None:
        self._url = redis_url
        self._pages: dict[int, set[Page]] = {}
        self._task: asyncio.Task[None] | None = None
        self._redis: redis.asyncio.Redis | None = None
        self.connected = False

    async def start(self) -> None:
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self.let_everybody_go()

    def is_full(self, agent_id: int) -> bool:
        return len(self._pages.get(agent_id, ())) >= PAGES_PER_AGENT

    @contextlib.contextmanager
    def page(self, listener: Listener) -> Iterator[Page]:
        page = Page(listener)
        self._pages.setdefault(listener.agent_id, set()).add(page)
        try:
            yield page
        finally:
            pages = self._pages[listener.agent_id]
            pages.discard(page)
            if not pages:
                del self._pages[listener.agent_id]

    async def since(self, last_id: int, listener: Listener) -> list[Event]:
        """The events kept (see `core.live.KEPT_SECONDS`) after ``last_id`` that this listener hears, in order."""
        if self._redis is None:
            return []
        try:
            rows = await self._redis.lrange(names(self._url)[1], 0, -1)
        except (RedisError, OSError):
            return []
        events = [_read(row) for row in reversed(rows)]
        return [event for event in events if event and event[0] > last_id and listener.hears(event[1])]

    def let_everybody_go(self) -> None:
        for pages in self._pages.values():
            for page in pages:
                page.let_go()

    async def _listen(self) -> None:
        delay = 0.5
        while True:
            try:
                async with (
                    redis.asyncio.Redis.from_url(self._url, socket_connect_timeout=3) as client,
                    client.pubsub() as subscription,
                ):
                    await subscription.subscribe(names(self._url)[2])
                    self._redis, self.connected, delay = client, True, 0.5
                    await self._hand_on(subscription)
            except (RedisError, OSError, TimeoutError) as error:
                logger.warning("Redis is out of reach (%s): pages poll meanwhile.", error)
            finally:
                self._redis, self.connected = None, False
                self.let_everybody_go()  # they poll until we are told again
            await asyncio.sleep(delay)
            delay = min(LONGEST_BACKOFF, delay * 2)

    async def _hand_on(self, subscription: Any) -> None:
        while True:
            message = await subscription.get_message(ignore_subscribe_messages=True, timeout=SILENCE_SECONDS)
            if message is None:
                assert self._redis is not None
                async with asyncio.timeout(3):
                    await self._redis.ping()
                continue
            event = _read(message.get("data"))
            if event is None:
                continue
            for pages in self._pages.values():
                for page in pages:
                    if page.listener.hears(event[1]):
                        page.give(event)


def _read(row: Any) -> Event | None:
    """An event as `core.live` wrote it; None for anything else."""
    try:
        number, event = json.loads(row)
        return int(number), {
            "kind": str(event["kind"]),
            "id": int(event["id"]),
            "agents": [int(agent) for agent in event["agents"]],
            "group": str(event["group"]),
        }
    except (ValueError, TypeError, KeyError):
        return None
