"""``manage.py replay_inbound``: process again mail that failed or was ignored."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from channels_intake.email.processing import mail_process
from channels_intake.email.replaying import Requeued, mail_requeue
from channels_intake.models import InboundMail, InboundStatus

_LEFT = {
    Requeued.ASKED: "asked again from the IMAP server",
    Requeued.TOO_LARGE: "still on the server (raise MAIL_MAX_BYTES)",
    Requeued.OUT_OF_REACH: "known by their header only (read them on their server)",
}


class Command(BaseCommand):
    help = "Process again mail that failed (--failed), was ignored (--ignored), or has one of these numbers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ids", nargs="*", type=int, help="the numbers that inbound_report gives")
        parser.add_argument("--failed", action="store_true")
        parser.add_argument("--ignored", action="store_true")

    def handle(self, *args: Any, ids: list[int], failed: bool, ignored: bool, **options: Any) -> None:
        statuses = [InboundStatus.FAILED] * failed + [InboundStatus.IGNORED] * ignored
        if not ids and not statuses:
            raise CommandError("Say which: --failed, --ignored, or numbers.")
        wanted = set(ids) | set(InboundMail.objects.filter(status__in=statuses).values_list("pk", flat=True))
        became: dict[str, int] = {}
        for pk in sorted(wanted):
            # done here rather than told to the worker: whoever asks reads what became of it
            result = mail_requeue(mail_id=pk, now=timezone.now())
            status = mail_process(mail_id=pk, now=timezone.now()) if result == Requeued.AGAIN else None
            label = status or _LEFT.get(result, "left as it was")
            became[label] = became.get(label, 0) + 1
            if status == InboundStatus.FAILED:
                note = InboundMail.objects.values_list("note", flat=True).get(pk=pk)
                self.stderr.write(f"#{pk} failed again: {note}")
        self.stdout.write(
            ", ".join(f"{number} {status}" for status, number in sorted(became.items())) or "nothing to do"
        )
