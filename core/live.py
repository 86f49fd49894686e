"""Telling agents' open pages that something happened, through Redis. The server that keeps them open is ``grc.live``.

An event says what to look at again (a kind and an id), never what is in it: no personal data passes here. Whoever hears
it asks the pages for the rest, under its own rights. Nothing depends on it: a page that hears nothing polls.
"""

import json
import logging
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

KEPT_EVENTS = 200  # what a page that lost its connection can ask for again…
KEPT_SECONDS = 120  # …and for how long
_SEND = """
local id = redis.call('INCR', KEYS[1])
local event = '[' .. id .. ',' .. ARGV[1] .. ']'
redis.call('LPUSH', KEYS[2], event)
redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[2]) - 1)
redis.call('EXPIRE', KEYS[2], tonumber(ARGV[3]))
redis.call('PUBLISH', KEYS[3], event)
return id
"""


def live_publish(kind: str, object_id: int, *, agent_ids: Iterable[int] = (), group: str = "") -> None:
    """Once the current transaction is committed, tell these agents, and every agent who holds the right ``group``
    (`directory.roles`) on some service. Never raises when Redis is out of reach.
    """
    event = {"kind": kind, "id": object_id, "agents": sorted(set(agent_ids)), "group": group}
    if event["agents"] or group:
        transaction.on_commit(lambda: _send(event))


def names(redis_url: str) -> tuple[str, str, str]:
    """(counter, recent events, channel) of an installation.

    Redis shares its channels between its numbered databases: the number is in the name.
    """
    number = urlsplit(redis_url).path.strip("/") or "0"
    return "live:counter", "live:recent", f"guichet:live:{number}"


def _send(event: dict[str, Any]) -> None:
    try:
        redis_client().eval(_SEND, 3, *names(settings.REDIS_URL), json.dumps(event), KEPT_EVENTS, KEPT_SECONDS)
    except (redis.RedisError, OSError):
        logger.warning("Redis is out of reach: %s %s is left to the polling of the pages.", event["kind"], event["id"])


_clients: dict[str, redis.Redis] = {}


def redis_client() -> redis.Redis:
    """One pool per process and address. An unreachable Redis must not keep a caller waiting."""
    url = settings.REDIS_URL
    if url not in _clients:
        _clients[url] = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=1)
    return _clients[url]
