"""``manage.py telephone_system CODE``: declare a telephone system, or renew its secret."""

import os
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels_intake.models import TelephoneSystem
from channels_intake.phone.systems import secret_set
from core.errors import Invalid


class Command(BaseCommand):
    help = "Declare a telephone system, or give it a new secret: TELEPHONE_SECRET, or one that is made and shown once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="what the system gives as its name (X-Guichet-System)")
        parser.add_argument("--name", default="", help="what people read")

    def handle(self, *args: Any, **options: Any) -> None:
        code = options["code"].strip()
        system = TelephoneSystem.objects.filter(code=code).first() or TelephoneSystem(code=code, name=code)
        system.name = options["name"] or system.name
        system.is_active = True
        given = os.environ.get("TELEPHONE_SECRET", "")
        try:
            system.clean_fields(exclude=["secret"])
            secret = secret_set(system=system, secret=given)
        except Invalid as error:
            raise CommandError(error.message) from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(secret if not given else f"{code}: secret set")
