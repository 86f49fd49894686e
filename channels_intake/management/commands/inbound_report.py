"""``manage.py inbound_report``: what became of every mail received."""

import json
from datetime import datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from channels_intake.email.report import inbound_report
from channels_intake.models import InboundOutcome


class Command(BaseCommand):
    help = "Account for every e-mail received: tickets, replies, ignored and why, failed and why."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")
        parser.add_argument("--since", default="", help="a date or a moment: 2026-11-22 or 2026-11-22T08:00")

    def handle(self, *args: Any, **options: Any) -> None:
        report = inbound_report(since=_moment(options["since"]))
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
            return
        labels = dict(InboundOutcome.choices)
        lines = [("Received", report["received"]), ("To be processed", report["waiting"]), ("Failed", report["failed"])]
        lines += [(str(labels.get(name, "Before outcomes were kept")), n) for name, n in report["became"].items()]
        lines += [("Imported mute (counted above)", report["mute"])]
        for label, number in lines:
            self.stdout.write(f"{number:>8}  {label}")
        for title, rows in (("Ignored", report["ignored"]), ("Failed", report["failures"])):
            for row in rows:
                self.stdout.write(f"{title}: {row['number']} × {row['reason']} (#{row['first']}…#{row['last']})")
        for account in report["accounts"]:
            self.stdout.write(f"{account['account']} fails since {account['failing_since']}: {account['error']}")


def _moment(text: str) -> datetime | None:
    """Raises CommandError for what is neither a date nor a moment."""
    if not text:
        return None
    try:
        at = parse_datetime(text) if "T" in text or " " in text else None
        day = None if at else parse_date(text)
    except ValueError:
        at = day = None
    if at is None and day is not None:
        at = datetime.combine(day, time.min)
    if at is None:
        raise CommandError(f"{text!r} is neither a date (2026-11-22) nor a moment (2026-11-22T08:00).")
    return at if timezone.is_aware(at) else timezone.make_aware(at)
