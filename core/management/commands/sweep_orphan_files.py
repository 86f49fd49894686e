"""``manage.py sweep_orphan_files [--dry-run]``: delete the files that no row holds (every Sunday by itself)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from core.orphans import orphans_sweep


class Command(BaseCommand):
    help = "Delete the files older than a day that no row of the database holds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only list them.")

    def handle(self, *args: Any, **options: Any) -> None:
        found = orphans_sweep(now=timezone.now(), delete=not options["dry_run"])
        for path in found:
            self.stdout.write(path)
        self.stdout.write(f"{len(found)} files without a row" + ("." if options["dry_run"] else " deleted."))
