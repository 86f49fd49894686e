"""Fixtures shared by every test: real PostgreSQL and Redis, a real worker and a real Chromium where it matters."""

import gc
import os
import shutil
import time
import warnings
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, TransactionTestCase
from django.utils import translation
from psycopg._preparing import PrepareManager

from directory.models import Agent
from grc.stack.services import QUEUES
from tests.support import warm
from tickets.selectors.commitments import commitments_forget
from tickets.selectors.routing import routing_forget

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in the test's thread
# without windows first: a page costs half the processor time
CHROMIUM = (
    "/usr/bin/chromium-headless-shell",
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
)


# the long files first and the shortest ones last: two processes then finish together
RANKS = {"stack": 0, "e2e": 0, "faults": 0, "grc": 1, "core": 3, "directory": 3}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: RANKS.get(item.nodeid.split("/")[1], 2))


EMPTY = """
DO $$
DECLARE
    named text;
    many bool := pg_relation_size('tickets_ticket') > 4000000;  -- what is deleted stays in the file
BEGIN
    SET LOCAL guichet.purge = 'on';  -- the timeline and the log of accesses keep their lines otherwise
    FOR named IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
        -- written by the migrations, changed by no test
        AND tablename NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
    LOOP
        EXECUTE format(CASE WHEN many THEN 'TRUNCATE %I CASCADE' ELSE 'DELETE FROM %I' END, named);
    END LOOP;
    SET LOCAL guichet.purge = 'off';
END $$
"""
LEFT_BEHIND = " UNION ALL ".join(
    f"SELECT '{named}' WHERE EXISTS (SELECT FROM {named})"
    for named in ("directory_service", "directory_agent", "directory_citizen", "tickets_ticket", "tickets_slapolicy")
)
_before = ""


def pytest_collection_finish() -> None:
    """What was loaded stays: the collector need not look at it again and again, nor so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Migrating makes every model again and again: the collector, looking at each, takes a quarter of its time."""
    gc.disable()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _tables_emptied_quickly() -> Iterator[None]:
    """After a test with transactions of its own. Django truncates every table, which takes twenty times as long, and
    then makes every permission again."""

    def empty(case: TransactionTestCase) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(EMPTY)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@pytest.fixture(scope="session", autouse=True)
def _queries_planned_once() -> Iterator[None]:
    """psycopg forgets what it has prepared at every ROLLBACK, in case it undid the making of a table: at the end of
    every test, which would plan each of its queries anew. No test makes a table in its transaction."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PrepareManager, "clear", lambda _: False)
        patch.setattr(PrepareManager, "prepared_max", 1000)
        yield


@pytest.fixture
def _django_db_helper(_django_db_helper: None, request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test finds empty tables, also when a process of the one before has outlived it: a warning says which."""
    global _before
    with connection.cursor() as cursor:
        cursor.execute(LEFT_BEHIND)
        if left := [row[0] for row in cursor.fetchall()]:
            cursor.execute(EMPTY)
            warnings.warn(f"{request.node.nodeid} found {', '.join(left)} after {_before}", stacklevel=1)
    yield
    _before = request.node.nodeid


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    """Rate limits, sessions and the commitments the process remembers do not leak from one test to the next."""
    commitments_forget()
    routing_forget()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _french() -> None:
    """A page asked for in English leaves its language on the thread: every test starts in French."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> list[tuple[str, tuple[object, ...]]]:
    """What the worker was told, in order, when no real worker runs: [(task name, args)].

    Tests marked ``worker`` reach the real broker instead.
    """
    calls: list[tuple[str, tuple[object, ...]]] = []
    if request.node.get_closest_marker("worker") is None:
        monkeypatch.setattr("core.jobs._tell", lambda name, args: calls.append((name, args)))
    return calls


@pytest.fixture
def client_of() -> Callable[[Agent], Client]:
    """A browser-like test client logged in as an agent."""

    def log_in(agent: Agent) -> Client:
        client = Client()
        client.force_login(agent, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return log_in


@pytest.fixture
def worker(transactional_db: None) -> Iterator[warm.Warm]:
    """A real Celery worker (one process, no beat) on the test database. Mark the test ``worker``."""
    process = start_worker()
    yield process
    process.terminate()
    process.wait(timeout=60)


def worker_environment() -> dict[str, str]:
    """The environment in which a child process sees this test's database and broker."""
    database = connection.settings_dict
    url = (
        f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )
    return os.environ | {
        "DATABASE_URL": url,
        "REDIS_URL": settings.CELERY_BROKER_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "grc.settings.local",
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
    }


def start_worker(dies_at: str = "", **environment: str) -> warm.Warm:
    """A real worker, which forgets what was told before. ``dies_at``: where it kills itself (`tests.support.dying`)."""
    from grc.celery import app

    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as broker:
        # what waits in its lists, and what a killed worker had taken, which is given again after a while
        broker.delete(*QUEUES, "unacked", "unacked_index")
    program = ["tests.support.dying", dies_at, "celery"] if dies_at else ["celery"]
    process = warm.start(
        [
            *(*program, "-A", "grc.celery", "worker", "--concurrency", "1"),
            *("--without-gossip", "--without-mingle", "--queues", ",".join(QUEUES)),
            *("--loglevel", "WARNING"),
        ],
        worker_environment() | environment,
    )

    patience = chain((0.1, 0.2, 0.4), repeat(0.8))  # seconds

    def listens() -> bool:
        assert process.poll() is None, f"the worker ended: {process.poll()}"
        # asked again, for a worker hears nothing of what was asked before it listened
        return bool(app.control.broadcast("ping", reply=True, limit=1, timeout=next(patience)))

    eventually(listens, seconds=180)
    return process


def eventually(condition: Callable[[], Any], *, seconds: float = 60, every: float = 0.1) -> Any:
    """Wait until ``condition()`` is true and return its value; fails after ``seconds``."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"still not true after {seconds} s: {condition}")
        time.sleep(every)


def chromium_path() -> str | None:
    named = os.environ.get("CHROMIUM")
    candidates = [named] if named else [*CHROMIUM, shutil.which("chromium")]
    return next((path for path in candidates if path and Path(path).exists()), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real headless Chromium. Without one, browser tests fail loudly rather than pass silently."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # a machine busy with the rest of the suite is slow, not wrong
    path = chromium_path()
    if path is None:
        pytest.fail("No Chromium was found: install it (apt-get install chromium) or set CHROMIUM=/path/to/it.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
        )
        yield chromium
        chromium.close()


def answered(opened: Any) -> Callable[[], None]:
    """Waits until the server has answered what ``opened`` asked: a request that outlives its test would hold the tables
    that the next one empties."""
    waiting: set[Any] = set()
    opened.on("request", lambda request: waiting.add(request))
    for event in ("requestfinished", "requestfailed"):
        opened.on(event, lambda request: waiting.discard(request))

    def settle() -> None:
        end = time.monotonic() + 5
        while time.monotonic() < end and any("/agents/evenements/" not in each.url for each in waiting):
            opened.wait_for_timeout(50)

    return settle


@pytest.fixture
def page(browser: Any, live_server: Any) -> Iterator[Any]:
    """A fresh browser page (1440 × 900) on the live server: ``page.goto("/")``. Console errors fail the test."""
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 900}, locale="fr-FR", timezone_id="Europe/Paris"
    )
    context.set_default_timeout(60_000)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    settle = answered(opened)
    yield opened
    settle()
    context.close()
    unexpected = [error for error in errors if "Failed to load resource" not in error]
    assert not unexpected, unexpected
