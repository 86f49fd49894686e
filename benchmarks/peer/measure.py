"""Pages of ours at one size, and the ticket page of django-helpdesk over 1,000 tickets, asked for turn about.

Its ticket page costs the same at any size, so that it tells the speed of the machine at that hour. On the machine of
the reference (2 cores, November 2026) it took REFERENCE: what ours would take there follows from the ratio.
"""

import argparse
import json
import os
import random
import secrets
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from benchmarks.client import Browser, percentile
from benchmarks.stack import START_SECONDS, Stack, database_create, url_of
from grc.stack.ports import free_port

PACKAGES = ("django-helpdesk==2.6.1", "Django<5.3", "gunicorn", "psycopg[binary]")
UNDECLARED = ("django-bootstrap4-form", "packaging")  # it needs them and does not say so
REFERENCE = {0.50: 41.0, 0.95: 66.0}  # ms
ROUNDS, WARM_UP, TICKETS = 200, 12, 1_000
ROOT = Path(__file__).resolve().parents[2]


class Peer:
    """The other program, installed by pip in ``home`` the first time, with a database of its own beside ours."""

    def __init__(self, home: Path, server_url: str) -> None:
        self.home, self.port = home, free_port()
        self.python = home / "venv" / "bin" / "python"
        database_create(server_url, "bench_peer")
        self.env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "benchmarks.peer.site",
            "PEER_HOME": str(home),
            "PEER_DATABASE_URL": url_of(server_url, "bench_peer"),
            "PEER_SECRET": secrets.token_urlsafe(),
        }

    def __enter__(self) -> "Peer":
        if not self.python.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            subprocess.run([sys.executable, "-m", "venv", self.home / "venv"], check=True)
            subprocess.run([self.python, "-m", "pip", "install", "--quiet", *PACKAGES, *UNDECLARED], check=True)
        self._run("-m", "django", "migrate", "--verbosity", "0")
        session = self._run("-m", "benchmarks.peer.fill").split()[-1]
        self.browser = Browser(self.port, cookie=f"sessionid={session}")
        bind = ["--workers", "2", "--threads", "2", "--preload", "--bind", f"127.0.0.1:{self.port}"]
        self.server = subprocess.Popen(
            [self.python, "-m", "gunicorn", "--log-level", "error", "django.core.wsgi:get_wsgi_application()", *bind],
            env=self.env,
            cwd=ROOT,
        )
        limit = time.monotonic() + START_SECONDS
        while not self._listens():
            if time.monotonic() > limit or self.server.poll() is not None:
                self.__exit__()
                raise SystemExit("The peer did not start: see above.")
            time.sleep(0.2)
        return self

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def __exit__(self, *_error: object) -> None:
        self.server.terminate()
        self.server.wait()

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [self.python, *arguments], env=self.env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout

    def ticket(self, rng: random.Random) -> float:
        """The seconds that one of its tickets takes."""
        self.browser.get(f"/tickets/{rng.randint(1, TICKETS)}/")
        return self.browser.seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.peer.measure")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    options = parser.parse_args()

    import django

    django.setup()
    from django.core.management import call_command
    from django.urls import reverse

    call_command("collectstatic", interactive=False, verbosity=0)
    from benchmarks.measure import database_facts
    from benchmarks.town import staff_load
    from benchmarks.words import RARE
    from benchmarks.workloads import Bench, session_cookie
    from directory.models import Agent
    from tickets.selectors.visible import tickets_visible_to

    server_url = os.environ["DATABASE_URL"]
    with Stack(server_url, os.environ["REDIS_URL"]) as stack, Peer(options.home, server_url) as peer:
        staff = staff_load()
        bench = Bench(stack, staff)
        rng, writer, agent = bench.rng, bench.writer, staff.workers[0]
        newest = tickets_visible_to(agent).order_by("-pk").values_list("reference", flat=True)
        references = list(newest[: 100 * ROUNDS : 50])
        people = bench.people()
        browsers = {
            one.pk: Browser(stack.settings.port, cookie=session_cookie(one))
            for one in (agent, staff.manager, staff.archivist)
        }

        def search(words: Callable[[], str]) -> Callable[[], str]:
            return lambda: f"{reverse('tickets:search')}?q={quote(words())}"

        pages: dict[str, tuple[Agent, Callable[[], str]]] = {
            "a": (agent, lambda: reverse("tickets:queue")),
            "b": (agent, lambda: reverse("tickets:detail", args=[rng.choice(references)])),
            "c": (agent, search(writer.query)),
            "c-rare": (agent, search(lambda: rng.choice(RARE))),
            "c-common": (agent, search(writer.common)),
            "c-prefix": (agent, search(writer.beginning)),
            "c-name": (agent, search(lambda: writer.mistyped(" ".join(rng.choice(people))))),
            "c-all": (staff.manager, search(writer.common)),
            "c-few": (staff.archivist, search(writer.common)),
            "g": (staff.manager, lambda: reverse("dashboard:home")),
        }
        seconds: dict[str, list[float]] = defaultdict(list)
        for number in range(ROUNDS + WARM_UP):
            for name, (who, address) in pages.items():
                browsers[who.pk].get(address())
                if number >= WARM_UP:
                    seconds[name].append(browsers[who.pk].seconds)
            told = peer.ticket(rng)
            if number >= WARM_UP:
                seconds["peer"].append(told)
    options.json.write_text(json.dumps({"rows": _rows(seconds), "rounds": ROUNDS, "database": database_facts()}))


def _rows(seconds: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """For each page and share: milliseconds here, and what the ratio makes of them on the machine of the reference."""
    rows: dict[str, dict[str, float]] = {}
    for name, values in seconds.items():
        rows[name] = {}
        for share, reference in REFERENCE.items():
            key, here = f"p{share * 100:.0f}_ms", percentile(values, share)
            rows[name][key] = round(here * 1000, 1)
            rows[name][f"{key}_there"] = round(reference * here / percentile(seconds["peer"], share), 1)
        print(f"  {name:9} {rows[name]}", flush=True)
    return rows


if __name__ == "__main__":
    sys.exit(main())
