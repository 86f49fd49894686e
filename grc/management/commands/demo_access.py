import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from grc.demo.access import access_read


class Command(BaseCommand):
    help = "Prints, as JSON, the general mailbox, an API token and one account for each role of the demo town."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(json.dumps(access_read(), ensure_ascii=False))
        except DomainError as error:
            raise CommandError(str(error)) from error
