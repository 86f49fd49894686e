"""Loading the whole demo town in one transaction: all of it is there, or nothing is."""

import random
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from directory.models import Service
from grc.demo import access, foundation
from grc.demo.citizens import Population
from grc.demo.history import History, Telling
from grc.demo.organisation import Organisation
from grc.demo.writer import stories_write
from tickets.models import Ticket

INHABITANTS = 250


def database_is_empty() -> bool:
    """True when there is neither a service nor a ticket: nothing that the demo town could be mixed with."""
    return not (Service.objects.exists() or Ticket.objects.exists())


@transaction.atomic
def demo_load(*, seed: int, tickets: int, now: datetime, say: Callable[[str], None]) -> None:
    """Build the town and its ``tickets`` of the six months before ``now``, the same for the same ``seed`` and ``now``.

    ``say`` hears one French line per step. Nothing is sent and nothing is queued.
    """
    town = foundation.town_build()
    say(f"Commune fictive : {town.name}, {Service.objects.filter(kind='service').count()} services")
    foundation.agents_build()
    say(f"Catalogue : {foundation.catalogue_build()} démarches")
    say(f"Base de connaissances : {foundation.articles_build(now)} fiches")
    history_load(seed=seed, tickets=tickets, now=now)
    still_open = Ticket.objects.filter(closed_at=None).exclude(status="answered").count()
    say(f"Demandes : {tickets} sur six mois, dont {still_open} en cours")
    access.access_renew()
    say(f"Comptes de démonstration : {access.access_file()}")


def history_load(*, seed: int, tickets: int, now: datetime) -> None:
    """Tell and insert the inhabitants and their requests; the town must be built."""
    rng = random.Random(seed)
    zone = ZoneInfo(timezone.get_default_timezone_name())
    population = Population(rng, INHABITANTS)
    stories = History(Telling(rng, now, zone, Organisation.load(), population)).stories(tickets)
    population.save()
    stories_write(stories)
