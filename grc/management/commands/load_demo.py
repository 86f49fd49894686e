from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from grc.demo.loader import database_is_empty, demo_load


class Command(BaseCommand):
    help = "Loads the fictional demo town: services, agents, catalogue, articles and six months of requests."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing when the database already holds data")
        parser.add_argument("--seed", type=int, default=1, help="the same seed tells the same town (default 1)")
        parser.add_argument("--tickets", type=int, default=600, help="number of requests (default 600)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["tickets"] < 0:
            raise CommandError(_("--tickets: give a positive number."))
        if not database_is_empty():
            if options["if_empty"]:
                self.stdout.write(_("Already loaded: the database holds data, nothing was changed."))
                return
            raise CommandError(_("The database already holds data: the demo town needs an empty one."))
        demo_load(seed=options["seed"], tickets=options["tickets"], now=timezone.now(), say=self._say)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
