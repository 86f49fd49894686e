import io
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from grc.stack.state import write_private
from tickets.models import Ticket

NO_ACCESS: dict[str, Any] = {"address": "", "api_token": "", "accounts": []}


class Command(BaseCommand):
    help = (
        "What `make run` does before it serves, in one process so that a second start is quick: migrates, loads the "
        "demo town into an empty database, writes the demo access as JSON to a private file."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--access", type=Path, required=True, metavar="FILE", help="where to write the demo access")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, stdout=self.stdout, skip_checks=True)
        if not Ticket.objects.exists():  # the loader's own check comes with its import, which is long
            call_command("load_demo", if_empty=True, stdout=self.stdout)
        write_private(options["access"], json.dumps(self._access()))

    def _access(self) -> dict[str, Any]:
        printed = io.StringIO()
        try:
            call_command("demo_access", stdout=printed)
        except CommandError as error:  # a town's own database, without the demo town
            self.stdout.write(str(error))
            return NO_ACCESS
        access: dict[str, Any] = json.loads(printed.getvalue())
        return access
