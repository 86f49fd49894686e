import os
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone, translation

from core.errors import DomainError
from directory.actions.town import town_create
from tickets.actions.replies.delivered_templates import templates_load
from tickets.actions.routing.delivered_emergencies import emergencies_load


class Command(BaseCommand):
    help = (
        "Configure a new town: its name, its general mailbox, its pilot service and its first administrator; load the "
        "usual words of emergency and reply templates."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="the town's name, as citizens read it")
        parser.add_argument("--email", required=True, help="the general mailbox that becomes tickets")
        parser.add_argument("--admin-email", required=True, help="the first administrator, who logs in with it")
        parser.add_argument("--admin-name", required=True, help='first and last name, such as "Prénom Nom"')

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get("ADMIN_PASSWORD") or getpass(
            "Password of the administrator (12 characters or more): "
        )
        first, _, last = options["admin_name"].strip().partition(" ")
        try:
            with transaction.atomic(), translation.override("fr"):
                agent = town_create(
                    name=options["name"],
                    email=options["email"],
                    admin_email=options["admin_email"],
                    admin_first_name=first,
                    admin_last_name=last or first,
                    admin_password=password,
                )
                emergencies, templates = emergencies_load(), templates_load(timezone.now())
        except DomainError as error:
            raise CommandError(error.message) from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(f"{emergencies} emergencies and {templates} reply templates are loaded.")
        self.stdout.write(f"{options['name']} is ready: log in as {agent.email}, then open /admin/ to go on.")
