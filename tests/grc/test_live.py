"""The process of live events, for real: who may listen, what they hear, what they missed, and without Redis."""

import json
import os
import queue
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from core.live import live_publish
from directory.models import Agent
from grc.live.hub import PAGES_PER_AGENT
from grc.stack.broker import Broker
from tests.conftest import eventually
from tests.support.factories import make_agent, make_service, make_town
from tests.support.live import LiveProcess, live_process

pytestmark = pytest.mark.django_db(transaction=True)
SITE = "http://guichet.test:8000"


@pytest.fixture
def live(transactional_db: None) -> Iterator[LiveProcess]:
    with live_process(SITE) as process:
        eventually(lambda: health(process)["redis"])
        yield process


def health(live: LiveProcess) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{live.port}/healthz", timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


class Listening:
    """An open page: its events as they come. ``ended`` once the server let it go."""

    def __init__(self, live: LiveProcess, session: str, **headers: str) -> None:
        cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"} if session else {}
        request = urllib.request.Request(live.url, headers=cookie | headers)
        self.answer: HTTPResponse = urllib.request.urlopen(request, timeout=40)
        self.events: queue.Queue[dict[str, str]] = queue.Queue()
        self.ended = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        assert self.next()["event"] == "ready"

    def _read(self) -> None:
        event: dict[str, str] = {}
        try:
            for raw in self.answer:
                line = raw.decode().rstrip("\n")
                name, _, value = line.partition(": ")
                if not line and "event" in event:
                    self.events.put(event)
                event = event | {name: value} if line else {}
        except (OSError, AttributeError):  # closed here, while it was being read
            pass
        self.ended.set()

    def next(self, seconds: float = 10) -> dict[str, str]:
        return self.events.get(timeout=seconds)

    def close(self) -> None:
        """As a page that goes. Closing ``answer`` would wait for the line that is being read, up to a heartbeat."""
        with socket.socket(fileno=os.dup(self.answer.fileno())) as connection:
            connection.shutdown(socket.SHUT_RDWR)

    def is_quiet(self) -> bool:
        time.sleep(0.3)
        return self.events.empty()


@pytest.fixture
def session_of(client_of: Callable[[Agent], Client]) -> Callable[[Agent], str]:
    return lambda agent: client_of(agent).cookies[settings.SESSION_COOKIE_NAME].value


def status(live: LiveProcess, session: str = "", **headers: str) -> int:
    try:
        Listening(live, session, **headers)
    except urllib.error.HTTPError as error:
        return error.code
    return 200


def test_an_agent_hears_what_concerns_them_and_nothing_else(live: LiveProcess, session_of: Any) -> None:
    root = make_town()
    mine, other = make_agent(("phone", root)), make_agent(("back_office", make_service("voirie")))
    first, second = Listening(live, session_of(mine)), Listening(live, session_of(other))
    live_publish("call.ringing", 7, agent_ids=[mine.pk])
    heard = first.next()
    assert (heard["event"], json.loads(heard["data"])) == ("call", {"kind": "call.ringing", "id": 7})
    assert second.is_quiet()
    live_publish("callbacks", 8, group="log_contacts")
    assert json.loads(first.next()["data"]) == {"kind": "callbacks", "id": 8}
    assert second.is_quiet()
    live_publish("call.ended", 9)  # nobody
    assert first.is_quiet()
    # a page that comes back hears what it missed, once
    first.close()
    live_publish("call.answered", 1, agent_ids=[mine.pk])
    live_publish("call.answered", 2, agent_ids=[other.pk])
    live_publish("call.ended", 1, agent_ids=[mine.pk])
    again = Listening(live, session_of(mine), **{"Last-Event-ID": heard["id"]})
    assert [json.loads(again.next()["data"])["kind"] for _ in range(3)] == ["callbacks", "call.answered", "call.ended"]
    assert again.is_quiet()


def test_strangers_are_refused(live: LiveProcess, session_of: Any) -> None:
    agent = make_agent(("phone", make_town()))
    session = session_of(agent)
    assert status(live) == 401
    assert status(live, "invented") == 401
    assert status(live, session_of(make_agent())) == 401  # no right at all
    assert status(live, session, Origin="https://elsewhere.example") == 403
    assert status(live, session, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert status(live, session) == 200
    ours = Listening(live, session, Origin=SITE)
    assert ours.answer.headers["Access-Control-Allow-Origin"] == SITE
    assert ours.answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert ours.answer.headers["Cache-Control"] == "no-store"
    Session.objects.all().delete()
    assert status(live, session) == 401
    session = session_of(agent)
    Agent.objects.filter(pk=agent.pk).update(is_active=False)
    assert status(live, session) == 401
    for path, code in (("/", 404), ("/agents/", 404), ("/admin/", 404)):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{live.port}{path}", timeout=30)
        assert refused.value.code == code
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(live.url, data=b"x", method="POST"), timeout=30)
    assert refused.value.code == 405
    # an agent opens a few pages, not more
    session = session_of(make_agent(("phone", make_town())))
    pages = [Listening(live, session) for _ in range(PAGES_PER_AGENT)]
    assert status(live, session) == 429
    pages[0].close()
    eventually(lambda: status(live, session) == 200)


def test_who_loses_their_session_is_let_go_and_stopping_lets_everybody_go(
    monkeypatch: pytest.MonkeyPatch, session_of: Any, transactional_db: None
) -> None:
    monkeypatch.setenv("LIVE_RECHECK_SECONDS", "1")
    agent = make_agent(("phone", make_town()))
    with live_process(SITE) as live:
        eventually(lambda: health(live)["redis"])
        page = Listening(live, session_of(agent))
        assert page.is_quiet()
        assert not page.ended.is_set()
        Session.objects.all().delete()
        assert page.ended.wait(10)
        page = Listening(live, session_of(agent))
        began = time.monotonic()
        assert live.stop() in {0, -signal.SIGTERM}  # and does not wait for the pages that are open
        assert time.monotonic() - began < 15
        assert page.ended.wait(2)


def test_without_redis_pages_are_let_go_and_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, session_of: Any, transactional_db: None
) -> None:
    for name in ("logs", "secrets"):
        (tmp_path / name).mkdir(mode=0o700)
    agent = make_agent(("phone", make_town()))
    session = session_of(agent)
    broker = Broker(tmp_path, durable=False)
    broker.start()
    try:
        monkeypatch.setattr(settings, "REDIS_URL", broker.url)
        with live_process(SITE, broker.url) as live:
            eventually(lambda: health(live)["redis"])
            page = Listening(live, session)
            broker.stop()
            assert page.ended.wait(15)
            assert status(live, session) == 503
            live_publish("call.ringing", 1, agent_ids=[agent.pk])  # told to nobody, and no error
            broker.start()
            eventually(lambda: status(live, session) == 200, seconds=30)
            page = Listening(live, session)
            live_publish("call.ringing", 2, agent_ids=[agent.pk])
            assert json.loads(page.next()["data"])["id"] == 2
    finally:
        broker.stop()
