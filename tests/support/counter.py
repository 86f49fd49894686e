"""A site with its desks, and visitors who come in; through the real actions."""

import uuid
from datetime import datetime
from typing import Any

from django.utils import timezone

from channels_intake.counter.actions import Arrival, visit_arrive
from channels_intake.models import Desk, SiteScreens, Visit, VisitReason
from directory.models import Service, Site
from tests.support.factories import make_town


def make_site(code: str = "hotel-de-ville", name: str = "Hôtel de ville", **fields: Any) -> Site:
    make_town()
    return Site.objects.get_or_create(code=code, defaults={"name": name} | fields)[0]


def make_desk(site: Site, name: str = "Guichet 1", service: Service | None = None) -> Desk:
    return Desk.objects.create(site=site, name=name, service=service)


def make_reason(label: str = "Passeport", letter: str = "A", **fields: Any) -> VisitReason:
    return VisitReason.objects.create(label=label, letter=letter, **fields)


def make_screens(site: Site) -> SiteScreens:
    return SiteScreens.objects.create(site=site)


def arrive(site: Site, now: datetime | None = None, **fields: Any) -> Visit:
    return visit_arrive(site=site, arrival=Arrival(key=uuid.uuid4(), **fields), now=now or timezone.now())
