"""The Django side as child processes: their commands, their environment, how each shows it is ready."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grc.stack.errors import StackError
from grc.stack.process import MARK, kill_group, last_lines, spawn, wait_gone

ROOT = Path(__file__).resolve().parents[2]
# In the order a worker empties them: deadlines are few and must not wait, mail leaves when what came in is sorted.
QUEUES = ("default", "deadlines", "intake", "routing", "outbox", "exports")
STOP_SECONDS = 15
LATER = ("fetch", "live")  # mailboxes are looked at every minute anyway, and desks ask by themselves meanwhile


@dataclass(frozen=True)
class Settings:
    """What the children are told. The web server listens on HOST:PORT, the live events on HOST:LIVE_PORT, the mail
    receiver on SMTP_*."""

    home: Path
    host: str
    port: int
    smtp_host: str
    smtp_port: int
    live_port: int

    @property
    def site_url(self) -> str:
        return os.environ.get("SITE_URL") or f"http://127.0.0.1:{self.port}"

    def environment(self, database_url: str, redis_url: str, secret_key: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return kept | {
            MARK: str(self.home),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SECRET_KEY": secret_key,
            "DATA_DIR": str(self.home),
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE") or "grc.settings.local",
            "PORT": str(self.port),
            "SMTP_HOST": self.smtp_host,
            "SMTP_PORT": str(self.smtp_port),
            "LIVE_HOST": self.host,
            "LIVE_PORT": str(self.live_port),
            "SITE_URL": self.site_url,
            "PYTHONUNBUFFERED": "1",
        }


@dataclass
class Service:
    """A child process of the supervisor. READY, given the service, tells whether it does its work yet.

    The others are started once the first ones are ready: nobody waits for them.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path
    ready: Callable[["Service"], bool]
    is_first: bool = True
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    log_start: int = field(default=0, init=False)

    def start(self, pause: Callable[[float], None] = time.sleep) -> None:
        self.log_start = self.log.stat().st_size if self.log.exists() else 0
        self.process = spawn(self.argv, env=self.env, log=self.log, cwd=ROOT, dies_with=signal.SIGTERM)

    def poll(self) -> int | None:
        return None if self.process is None else self.process.poll()

    def terminate(self) -> None:
        """Ask it to finish, without waiting."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """Ask it to finish, wait, and kill what is left of it and of what it started."""
        if self.process is None:
            return
        self.terminate()
        wait_gone(self.process, STOP_SECONDS, hurry)
        kill_group(self.process.pid)
        self.process.wait()
        self.process = None

    def said(self) -> str:
        return last_lines(self.log, 1, self.log_start) or "it wrote nothing"


def services(settings: Settings, env: Mapping[str, str]) -> list[Service]:
    """Return the children in the order to start them in, those that nobody waits for last."""
    logs = settings.home / "logs"
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "grc.celery"]
    web = [python, "-m", "gunicorn", "grc.wsgi:application", "--workers", "2", "--worker-class", "gthread"]
    web += [
        "--threads",
        "4",
        "--bind",
        f"{bracketed(settings.host)}:{settings.port}",
        "--graceful-timeout",
        "8",
    ]
    web += ["--preload", "--no-control-socket"]
    worker = [
        *celery,
        "worker",
        "--concurrency",
        "2",
        "--without-gossip",
        "--without-mingle",
        "--loglevel",
        "INFO",
    ]
    worker += ["--queues", ",".join(QUEUES), "--hostname", "guichet@%h"]
    beat = [*celery, "beat", "-s", str(settings.home / "celerybeat-schedule"), "--pidfile="]
    mail = [python, "manage.py", "receive_mail"]
    fetch = [python, "manage.py", "fetch_mail"]
    live = [python, "-m", "grc.live"]

    def web_is_ready(service: Service) -> bool:
        return http_status(_reachable(settings.host), settings.port, "/readyz") == 200

    def smtp_is_ready(service: Service) -> bool:
        return smtp_banner(_reachable(settings.smtp_host), settings.smtp_port).startswith("220")

    def live_is_ready(service: Service) -> bool:
        return http_status(_reachable(settings.host), settings.live_port, "/healthz") == 200

    def worker_is_ready(service: Service) -> bool:
        # Written once it consumes its queues; `celery inspect ping` would cost starting one more Celery.
        return " ready." in last_lines(service.log, 50, service.log_start)

    def fetch_is_ready(service: Service) -> bool:
        return "Fetching " in last_lines(service.log, 50, service.log_start)

    def beat_is_ready(service: Service) -> bool:
        return "beat: Starting" in last_lines(service.log, 50, service.log_start)

    rows: list[tuple[str, list[str], Callable[[Service], bool]]] = [
        ("worker", worker, worker_is_ready),
        ("web", web, web_is_ready),
        ("mail", mail, smtp_is_ready),
        ("beat", [*beat, "--loglevel", "INFO"], beat_is_ready),
        ("fetch", fetch, fetch_is_ready),
        ("live", live, live_is_ready),
    ]
    return [
        Service(name, argv, env, logs / f"{name}.log", ready, is_first=name not in LATER) for name, argv, ready in rows
    ]


def manage(
    command: Sequence[str], env: Mapping[str, str], log: Path, pause: Callable[[float], None]
) -> Callable[[], None]:
    """Start ``manage.py COMMAND`` with its output in LOG; return a function that waits for it to succeed.

    That function raises StackError, with the command's last line, when it fails. A request to stop ends it.
    """
    start = log.stat().st_size if log.exists() else 0
    process = spawn([sys.executable, "manage.py", *command], env=env, log=log, cwd=ROOT, dies_with=signal.SIGTERM)

    def finish() -> None:
        try:
            while process.poll() is None:
                pause(0.05)
        except BaseException:
            process.terminate()
            wait_gone(process, 3)
            kill_group(process.pid)
            raise
        if process.returncode:
            reason = last_lines(log, 1, start) or f"exit code {process.returncode}"
            raise StackError(f"manage.py {command[0]} failed: {reason} (log: {log})")

    return finish


def read_access(path: Path) -> dict[str, Any]:
    """Return, and remove, what ``manage.py set_up`` wrote to PATH: address, api_token and accounts of the demo town."""
    access = json.loads(path.read_text(encoding="utf-8"))
    path.unlink()
    return {key: access[key] for key in ("address", "api_token", "accounts")}


def static_fingerprint() -> str:
    """Return a digest that changes whenever collecting the static files again could change anything."""
    digest = hashlib.sha256()
    sources = [ROOT / "requirements" / "run.txt", ROOT / "grc" / "settings" / "base.py"]
    for path in (*sources, *sorted((ROOT / "static").rglob("*"))):
        status = path.stat()
        digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _reachable(host: str) -> str:
    """Return the address to call a server by that listens on HOST."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound


def bracketed(host: str) -> str:
    """Return HOST as an address in a URL: an IPv6 one goes between brackets."""
    return f"[{host}]" if ":" in host else host


def http_status(host: str, port: int, path: str) -> int:
    """Return the status of GET http://HOST:PORT/PATH, or 0 when nothing answers."""
    request = urllib.request.Request(f"http://{bracketed(host)}:{port}{path}", headers={"Host": f"127.0.0.1:{port}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def smtp_banner(host: str, port: int) -> str:
    """Return the first line that the SMTP server on HOST:PORT says, or nothing."""
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.settimeout(2)
            banner = connection.recv(512).decode("ascii", "replace")
            connection.sendall(b"QUIT\r\n")
            return banner
    except OSError:
        return ""
