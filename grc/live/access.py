"""Who is behind a session cookie, asked of Django in a thread of its own."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.db import close_old_connections
from django.http import HttpRequest

from directory.models import Agent
from directory.permissions import rights_of


@dataclass(frozen=True)
class Listener:
    """An agent and the rights held on at least one service: what events may reach them."""

    agent_id: int
    rights: frozenset[str]

    def hears(self, event: dict[str, Any]) -> bool:
        return self.agent_id in event["agents"] or (bool(event["group"]) and event["group"] in self.rights)


# Few threads: each keeps a database connection, and a look takes a millisecond.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="access")


async def listener_of(session_key: str) -> Listener | None:
    """The logged-in, active agent of this session who has some right; None for anybody else."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _listener_of, session_key)


def _listener_of(session_key: str) -> Listener | None:
    close_old_connections()
    try:
        request = HttpRequest()
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
        agent = get_user(request)  # checks the password hash of the session too
        if not isinstance(agent, Agent) or not agent.is_active:
            return None
        rights = frozenset(right for right, services in rights_of(agent).items() if services)
        return Listener(agent.pk, rights) if rights else None
    finally:
        close_old_connections()
