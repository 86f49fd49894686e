"""Loading the whole demo town in one transaction: all of it is there, or nothing is."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.models import Service, ServiceKind
from grc.demo import access, foundation
from grc.demo.calls import calls_build
from grc.demo.citizens import Population
from grc.demo.history import History, Telling
from grc.demo.organisation import Organisation
from grc.demo.presence import presence_build
from grc.demo.teamwork import teamwork_build
from grc.demo.visits import visits_build
from grc.demo.writer import stories_write
from tickets.enums import OPEN_STATUSES
from tickets.models import Ticket

INHABITANTS = 250


def database_is_empty() -> bool:
    """True when there is neither a service nor a ticket: nothing that the demo town could be mixed with."""
    return not (Service.objects.exists() or Ticket.objects.exists())


@transaction.atomic
def demo_load(*, seed: int, tickets: int, now: datetime, say: Callable[[str], None]) -> None:
    """Build the town and its ``tickets`` of the six months before ``now``, the same for the same ``seed`` and ``now``.

    ``say`` hears one line per step. Nothing is sent.
    """
    town = foundation.town_build()
    services = Service.objects.filter(kind=ServiceKind.SERVICE).count()
    say(_("Fictional town: %(name)s, %(count)d services") % {"name": town.name, "count": services})
    say(_("Agents: %(count)d") % {"count": foundation.agents_build()})
    say(_("Catalogue: %(count)d request types") % {"count": foundation.catalogue_build()})
    say(_("Commitments: %(count)d policies") % {"count": foundation.commitments_build(now)})
    say(_("Knowledge base: %(count)d articles") % {"count": foundation.articles_build(now)})
    say(_("Reply templates: %(count)d") % {"count": foundation.templates_build(now)})
    history_load(seed=seed, tickets=tickets, now=now)
    still_open = Ticket.objects.filter(status__in=OPEN_STATUSES).count()
    say(_("Requests: %(count)d over six months, %(open)d still open") % {"count": tickets, "open": still_open})
    say(_("Between agents: %(count)d notes and tasks") % {"count": teamwork_build(now)})
    zone = ZoneInfo(timezone.get_default_timezone_name())
    say(_("Counters: %(count)d visitors over three months") % {"count": visits_build(seed=seed, now=now, zone=zone)})
    say(_("Telephone: %(count)d calls over six months") % {"count": calls_build(seed=seed, now=now, zone=zone)})
    say(_("Services that give out their requests: %(count)d") % {"count": presence_build(now)})
    access.access_renew()
    say(_("Demo accounts: %(path)s") % {"path": access.access_file()})


def history_load(*, seed: int, tickets: int, now: datetime) -> None:
    """Tell and insert the inhabitants and their requests; the town must be built."""
    rng = random.Random(seed)  # noqa: S311 - a repeatable story, no secret in it
    zone = ZoneInfo(timezone.get_default_timezone_name())
    population = Population(rng, INHABITANTS)
    stories = History(Telling(rng, now.astimezone(UTC), zone, Organisation.load(now), population)).stories(tickets)
    population.save()
    stories_write(stories)
