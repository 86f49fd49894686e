from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from tickets.actions.replies.delivered_templates import templates_load


class Command(BaseCommand):
    help = "Load the usual reply templates into a town that has none; they can be changed afterwards."

    def handle(self, *args: Any, **options: Any) -> None:
        count = templates_load(timezone.now())
        self.stdout.write(f"{count} loaded." if count else "This town has reply templates already: nothing changed.")
