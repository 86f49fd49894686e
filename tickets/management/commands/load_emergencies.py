from typing import Any

from django.core.management.base import BaseCommand

from tickets.actions.routing.emergencies import emergencies_load


class Command(BaseCommand):
    help = "Load the usual words of emergency (gas, wires down, threats, distress…); they can be changed afterwards."

    def handle(self, *args: Any, **options: Any) -> None:
        count = emergencies_load()
        self.stdout.write(f"{count} loaded." if count else "Loaded already, nothing to change.")
