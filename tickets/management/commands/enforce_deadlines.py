from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from tickets.actions.clocks.enforcement import deadlines_enforce
from tickets.enums import DeadlineKind


class Command(BaseCommand):
    help = "Take the reminders, escalations and implicit decisions that are due, as the worker does every minute."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--now", help="Act as if it were this moment (ISO 8601, local time without an offset).")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be done and write nothing.")

    def handle(self, *args: Any, now: str | None, dry_run: bool, **options: Any) -> None:
        moment = _moment(now) if now else timezone.now()
        report = deadlines_enforce(now=moment, dry_run=dry_run)
        for taken in report.taken:
            due = timezone.localtime(taken.due_at).strftime("%Y-%m-%d %H:%M")
            if taken.kind == DeadlineKind.LEGAL:
                due = f"after {timezone.localtime(taken.due_at).date() - timedelta(days=1)}"
            who = taken.recipient or "nobody"
            self.stdout.write(f"{taken.reference}  {taken.kind} due {due}  {taken.step} → {who}")
        verb = "would be taken" if dry_run else "taken"
        summary = ", ".join(f"{name} {count}" for name, count in sorted(report.counts().items()))
        line = f"{len(report.taken)} steps {verb} at {moment.isoformat()}"
        self.stdout.write(f"{line}: {summary}" if summary else line)


def _moment(value: str) -> datetime:
    try:
        moment = parse_datetime(value) or datetime.fromisoformat(value)
    except ValueError:
        raise CommandError(f"--now must be an ISO 8601 date and time, not {value!r}.") from None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
