from typing import Any

from django.core.management.base import BaseCommand

from tickets.actions.routing.delivered_emergencies import emergencies_load


class Command(BaseCommand):
    help = "Add the usual words of emergency (gas, wires down, threats, distress…) that are missing; none is replaced."

    def handle(self, *args: Any, **options: Any) -> None:
        count = emergencies_load()
        self.stdout.write(f"{count} loaded." if count else "They are all there already: nothing changed.")
