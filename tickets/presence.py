"""Who has a ticket open, and who is writing on it: short-lived keys in Redis, ids only, nothing that must be kept.

One hash a ticket; a field a page (``agent:page``), ``state|since|at`` in seconds. A page that stops telling is
forgotten after `GONE` seconds. Without Redis nobody is seen, and nothing else changes: what refuses a second answer is
in the database (`tickets.actions.replies.checks.answered_once_check`).
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

import redis

from core.live import redis_client

logger = logging.getLogger(__name__)

VIEW, NOTE, REPLY = "view", "note", "reply"
STATES = (VIEW, NOTE, REPLY)  # the later says more
GONE = 45  # seconds; an open page tells every 15
KEPT = 120


@dataclass(frozen=True)
class Present:
    """An agent on the ticket; ``since``: seconds since the epoch, when this state began."""

    agent_id: int
    state: str
    since: int


def presence_tell(ticket_id: int, agent_id: int, page: str, state: str, *, now: int) -> tuple[bool, list[Present]]:
    """Note what the page does; whether that is new, and the other agents there (those who write first)."""
    field = f"{agent_id}:{page}"
    try:
        client = redis_client()
        rows = _rows(client, ticket_id)
        known = _read(field, rows.get(field, ""), now)
        since = known.since if known and known.state == state else now
        with client.pipeline(transaction=False) as pipe:
            pipe.hset(_key(ticket_id), field, f"{state}|{since}|{now}")
            pipe.expire(_key(ticket_id), KEPT)
            gone = [name for name, value in rows.items() if _read(name, value, now) is None and name != field]
            if gone:
                pipe.hdel(_key(ticket_id), *gone)
            pipe.execute()
    except (redis.RedisError, OSError):
        logger.info("Redis is out of reach: nobody is shown on ticket %s.", ticket_id)
        return False, []
    return known is None or known.state != state, _others(rows, agent_id, now)


def presence_done(ticket_id: int, agent_id: int, *, now: int) -> list[Present]:
    """What the agent wrote has left: forget their pages, which tell again if they are still there; the other agents."""
    try:
        client = redis_client()
        rows = _rows(client, ticket_id)
        own = [name for name in rows if name.startswith(f"{agent_id}:")]
        if own:
            client.hdel(_key(ticket_id), *own)
        return _others(rows, agent_id, now)
    except (redis.RedisError, OSError):
        return []


def presence_leave(ticket_id: int, agent_id: int, page: str, *, now: int) -> list[Present]:
    """Forget the page; the other agents there."""
    try:
        client = redis_client()
        client.hdel(_key(ticket_id), f"{agent_id}:{page}")
        return _others(_rows(client, ticket_id), agent_id, now)
    except (redis.RedisError, OSError):
        return []


def _key(ticket_id: int) -> str:
    return f"presence:{ticket_id}"


def _rows(client: redis.Redis, ticket_id: int) -> dict[str, str]:
    found = client.hgetall(_key(ticket_id))
    return {_text(name): _text(value) for name, value in found.items()}


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _read(field: str, value: str, now: int) -> Present | None:
    """The page of one field; None when it is not one, or stopped telling."""
    agent, _colon, _page = field.partition(":")
    parts = value.split("|")
    if len(parts) != 3 or not agent.isdigit() or parts[0] not in STATES or now - int(parts[2]) > GONE:
        return None
    return Present(int(agent), parts[0], int(parts[1]))


def _others(rows: dict[str, str], agent_id: int, now: int) -> list[Present]:
    return _by_agent(
        present for present in (_read(*row, now) for row in rows.items()) if present and present.agent_id != agent_id
    )


def _by_agent(pages: Iterable[Present]) -> list[Present]:
    """One line an agent, of the page that says most."""
    best: dict[int, Present] = {}
    for page in pages:
        known = best.get(page.agent_id)
        if known is None or (STATES.index(page.state), -page.since) > (STATES.index(known.state), -known.since):
            best[page.agent_id] = page
    return sorted(best.values(), key=lambda each: (-STATES.index(each.state), each.since, each.agent_id))
