"""``manage.py fetch_mail``: fetch the town's IMAP accounts, until SIGTERM or Ctrl-C."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from channels_intake.email.imap.fetcher import fetch_forever


class Command(BaseCommand):
    help = "Fetch by IMAP the mailboxes that have an account, and store their mail for the worker."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        fetch_forever(stop, self._told)

    def _told(self, count: int) -> None:
        self.stdout.write(f"Fetching {count} IMAP accounts")
        self.stdout.flush()
