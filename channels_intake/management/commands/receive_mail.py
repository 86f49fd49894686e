"""``manage.py receive_mail``: the town's mail receiver, until SIGTERM or Ctrl-C."""

import asyncio
import logging
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels_intake.email.receiver import serve


class Command(BaseCommand):
    help = "Receive mail by SMTP for the town's mailboxes and store it for the worker."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.SMTP_HOST)
        parser.add_argument("--port", type=int, default=settings.SMTP_PORT)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        # aiosmtpd writes a line for each command at INFO, with the addresses: personal data that nobody reads
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        try:
            asyncio.run(self._serve(host, port))
        except OSError as error:
            raise CommandError(f"The mail receiver cannot listen on {host}:{port}: {error.strerror or error}") from None

    async def _serve(self, host: str, port: int) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)

        def started(actual: int) -> None:
            self.stdout.write(f"Receiving mail on {host}:{actual}")
            self.stdout.flush()

        await serve(host=host, port=port, size_limit=settings.MAIL_MAX_BYTES, stop=stop, started=started)
