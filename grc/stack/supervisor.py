"""Starts the whole stack in order, keeps it running, and stops it in the opposite order."""

import itertools
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg
import redis

from grc.stack import home as home_module
from grc.stack.broker import Broker
from grc.stack.errors import StackError, StopRequested
from grc.stack.interrupts import Interrupts
from grc.stack.ports import free_port, port_from_env, require_free
from grc.stack.postgres import Postgres
from grc.stack.process import end_marked, rotate_logs
from grc.stack.progress import Progress
from grc.stack.services import Service, Settings, manage, read_access, services, static_fingerprint
from grc.stack.state import RUN_FILE, STATE_FILE, secret, write_json

READY_SECONDS = 90
LOOK_SECONDS = 0.2
ROTATE_SECONDS = 30
LONGEST_BACKOFF = 30.0
STEADY_SECONDS = 60


class Managed(Protocol):
    """A server or service that the supervisor keeps running."""

    name: str

    def start(self, pause: Callable[[float], None] = ...) -> None: ...
    def poll(self) -> int | None: ...
    def stop(self, hurry: Callable[[], bool] = ...) -> None: ...


@dataclass
class Kept:
    """A MANAGED process: when it was started, how often it failed in a row, when to try again."""

    managed: Managed
    log: Path
    started_at: float = 0.0
    failures: int = 0
    retry_at: float | None = None

    def backoff(self, now: float) -> float:
        """Count one more failure and return the seconds to wait: 0.5, 1, 2, … 30; a steady run resets it."""
        self.failures = 1 if now - self.started_at > STEADY_SECONDS else self.failures + 1
        delay = min(LONGEST_BACKOFF, 0.5 * 2.0 ** (self.failures - 1))
        self.retry_at = now + delay
        return delay


class Supervisor:
    """One run of the stack on one data directory."""

    def __init__(self, settings: Settings, progress: Progress, interrupts: Interrupts) -> None:
        self.settings = settings
        self.home = settings.home
        self.progress = progress
        self.interrupts = interrupts
        self.kept: list[Kept] = []
        self.env: dict[str, str] = {}

    def run(self) -> None:
        """Start everything, watch until asked to stop, stop everything. May raise StackError."""
        try:
            self.start()
            while True:
                self.watch()
        except StopRequested:
            pass
        finally:
            self.stop()

    # Starting

    def start(self) -> None:
        began = time.monotonic()
        left = end_marked(str(self.home), grace=10)
        if left:
            self.progress.line(f"  {left} processes left by a killed run were ended.")
        require_free(self.settings.host, self.settings.port, "PORT")
        require_free(self.settings.smtp_host, self.settings.smtp_port, "SMTP_PORT")
        require_free(self.settings.host, self.settings.live_port, "LIVE_PORT")
        database_url = self._start_database()
        redis_url = self._start_broker()
        secret_key = os.environ.get("SECRET_KEY") or secret(self.home / "secret_key")
        self.env = self.settings.environment(database_url, redis_url, secret_key)
        state = {"database_url": database_url, "redis_url": redis_url, "secret_key": secret_key}
        write_json(self.home / STATE_FILE, state | {"site_url": self.settings.site_url, "pid": os.getpid()})
        access = self._set_up()
        children = services(self.settings, self.env)
        self._start_services([service for service in children if service.is_first])
        run: dict[str, Any] = {
            "url": self.settings.site_url,
            "smtp": {"host": self.settings.smtp_host, "port": self.settings.smtp_port, "address": access["address"]},
            "api_token": access["api_token"],
            "accounts": access["accounts"],
        }
        write_json(self.home / RUN_FILE, run)
        self._summary(run, time.monotonic() - began)
        for service in children:
            if not service.is_first:
                self._keep(service, service.log)

    def _start_database(self) -> str:
        url = os.environ.get("DATABASE_URL")
        if url:
            with self.progress.step("Your PostgreSQL (DATABASE_URL)"):
                check_database(url)
            return url
        postgres = Postgres(self.home)
        with self.progress.step("PostgreSQL 18"):
            self._keep(postgres, postgres.log)
        if postgres.adopted:
            self.progress.line("  (the database of a killed run was still there: adopted)")
        return postgres.url

    def _start_broker(self) -> str:
        url = os.environ.get("REDIS_URL")
        if url:
            with self.progress.step("Your broker (REDIS_URL)"):
                check_broker(url)
            return url
        broker = Broker(self.home)
        with self.progress.step("Broker"):
            self._keep(broker, broker.log)
        return broker.url

    def _keep(self, managed: Managed, log: Path) -> None:
        """Start MANAGED and keep it; kept first, so that a start cut short is stopped too."""
        kept = Kept(managed, log, started_at=time.monotonic())
        self.kept.append(kept)
        managed.start(self.interrupts.pause)

    def _set_up(self) -> dict[str, Any]:
        """Bring database and static files up to date, load the demo town into an empty database; return its access."""
        logs, pause = self.home / "logs", self.interrupts.pause
        access = self.home / "access.json"
        stamp, fingerprint = self.home / "static" / "collected.txt", static_fingerprint()
        set_up = manage(["set_up", "--access", str(access)], self.env, logs / "setup.log", pause)
        if not stamp.exists() or stamp.read_text() != fingerprint:
            # 900 files to compress and number, beside the loading of the demo town.
            with self.progress.step("Static files"):
                manage(["collectstatic", "--noinput", "-v", "0"], self.env, logs / "static.log", pause)()
                stamp.parent.mkdir(exist_ok=True)
                stamp.write_text(fingerprint)
        with self.progress.step("Database and demo town"):
            set_up()
        return read_access(access)

    def _start_services(self, waiting: list[Service]) -> None:
        """Start these children side by side and wait for each to be ready."""
        began = time.monotonic()
        for service in waiting:
            self._keep(service, service.log)
        while waiting:
            self.interrupts.pause(0.05)
            for service in list(waiting):
                if service.poll() is not None:
                    raise StackError(f"{service.name} did not start: {service.said()} (log: {service.log})")
                if service.ready(service):
                    self.progress.done(service.name, began)
                    waiting.remove(service)
            if waiting and time.monotonic() - began > READY_SECONDS:
                slow = waiting[0]
                raise StackError(f"{slow.name} was not ready after {READY_SECONDS} s: {slow.said()} (log: {slow.log})")

    def _summary(self, run: dict[str, Any], seconds: float) -> None:
        say = self.progress.line
        smtp, accounts = run["smtp"], run["accounts"]
        say(f"\nGuichet is running (ready in {seconds:.1f} s):  {run['url']}/\n")
        say("  Demo accounts" if accounts else "  No demo town in this database: log in with your own accounts.")
        width = max((len(account["email"]) for account in accounts), default=0)
        for account in accounts:
            say(f"    {account['role']:<12} {account['email']:<{width}}  {account['password']}")
        say(f"\n  Mail in   {smtp['address'] or 'any address of the town'}, by SMTP on {smtp['host']}:{smtp['port']}")
        say(f"  API       {run['url']}/api/v1/ (token in {self.home / RUN_FILE})")
        say(f"  Logs      {self.home / 'logs'}")
        say("  Stop      Ctrl-C\n")

    # Running

    def watch(self) -> None:
        """Restart what stopped, each after its own growing delay; rotate the logs; until asked to stop."""
        rotate_at = time.monotonic() + ROTATE_SECONDS
        while True:
            self.interrupts.pause(LOOK_SECONDS)
            now = time.monotonic()
            for kept in self.kept:
                if kept.retry_at is None and kept.managed.poll() is not None:
                    self._schedule(kept, f"{kept.managed.name} stopped ({exit_text(kept.managed.poll())})", now)
                elif kept.retry_at is not None and now >= kept.retry_at:
                    self._restart(kept, now)
            if now >= rotate_at:
                rotate_at = now + ROTATE_SECONDS
                try:
                    rotate_logs(self.home / "logs")
                except OSError as error:
                    self.progress.event(f"logs not rotated: {error.strerror}")

    def _schedule(self, kept: Kept, what: str, now: float) -> None:
        delay = kept.backoff(now)
        self.progress.event(f"{what}, restarting in {delay:g} s (log: {kept.log})")

    def _restart(self, kept: Kept, now: float) -> None:
        kept.managed.stop()  # what is left of its group
        kept.started_at, kept.retry_at = now, None
        try:
            kept.managed.start(self.interrupts.pause)
        except (StackError, OSError) as error:
            self._schedule(kept, str(error), now)
        else:
            self.progress.event(f"{kept.managed.name} restarted")

    # Stopping

    def stop(self) -> None:
        """Stop the services together, then the broker, then the database; a second Ctrl-C hurries."""
        self.interrupts.stopping = True
        began = time.monotonic()
        for file in (RUN_FILE, STATE_FILE):
            (self.home / file).unlink(missing_ok=True)
        if self.kept:
            self.progress.line("\nStopping…")
        for kept in self.kept:
            if isinstance(kept.managed, Service):
                kept.managed.terminate()
        for kept in reversed(self.kept):
            kept.managed.stop(self.interrupts.forced)
        end_marked(str(self.home), grace=1)
        if self.kept:
            self.progress.line(f"Stopped in {time.monotonic() - began:.1f} s.")


def exit_text(code: int | None) -> str:
    """Say an exit code as people read it; a negative one is the signal that killed the process."""
    if code is not None and code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


def check_database(url: str) -> None:
    """Raise StackError when the PostgreSQL at URL does not answer."""
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        raise StackError(f"The database of DATABASE_URL does not answer: {reason}") from None


def check_broker(url: str) -> None:
    """Raise StackError when the Redis or Valkey at URL does not answer."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise StackError(f"The broker of REDIS_URL does not answer: {error}") from None


def up() -> None:
    """Run the stack in the foreground, with the environment's settings, until asked to stop."""
    progress = Progress()
    interrupts = Interrupts(progress.tick)
    settings = Settings(
        home=home_module.data_dir(),
        host=os.environ.get("HOST") or "127.0.0.1",
        port=port_from_env("PORT", 8000),
        smtp_host=os.environ.get("SMTP_HOST") or "127.0.0.1",
        smtp_port=port_from_env("SMTP_PORT", 2525),
        live_port=port_from_env("LIVE_PORT", free_port()),
    )
    ports = {"PORT": settings.port, "SMTP_PORT": settings.smtp_port, "LIVE_PORT": settings.live_port}
    for (one, port), (other, same) in itertools.combinations(ports.items(), 2):
        if port == same:
            raise StackError(f"{one} and {other} are both {port}: choose two different ports.")
    with home_module.prepare(settings.home):
        interrupts.install()
        Supervisor(settings, progress, interrupts).run()
