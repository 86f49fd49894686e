"""Reads of the directory."""

from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.kept import kept_value
from core.text import words
from directory.contacts import read_contact
from directory.models import Citizen, ContactPoint, Service, Site, Town
from directory.models.citizens import name_vector
from directory.people_search import citizen_ids_called_at


class NotConfigured(DomainError):
    """Nothing can be received yet: there is no pilot service."""

    code = "not_configured"
    status = 503

    def __init__(self) -> None:
        super().__init__(_("Guichet is not configured yet: an administrator must name the pilot service."))


def town_get() -> Town:
    """The town's row; an unsaved one with neutral values before the first configuration."""
    return kept_value("town", lambda: Town.objects.first()) or Town(
        pk=1, name="Guichet", email="mairie@localhost.example"
    )


def pilot_service() -> Service:
    """The service that receives what no rule sends elsewhere. Raises `NotConfigured` before there is one."""
    pilot = kept_value("pilot service", lambda: Service.objects.filter(is_pilot=True).first())
    if pilot is None:
        raise NotConfigured
    return pilot


def citizens_matching(text: str) -> QuerySet[Citizen]:
    """The people ``text`` designates, with their contact points: by e-mail or phone, by the last digits of a
    number, else by words of their names.

    Each word may be the beginning of a first name, last name or organisation, accents forgiven. In order of names.
    """
    text = text.replace("\x00", "").strip()
    citizens = Citizen.objects.filter(merged_into__isnull=True)
    citizens = citizens.prefetch_related("contact_points").order_by("last_name", "first_name", "id")
    contact, digits = read_contact(text)
    if contact:
        return citizens.filter(pk__in=ContactPoint.objects.filter(value=contact).values("citizen_id"))
    if digits:
        return citizens.filter(pk__in=citizen_ids_called_at(digits))
    found = [word for word in words(text) if not word.isdigit()][:6]
    if not found:
        return citizens.none()
    query = SearchQuery(" & ".join(f"{word}:*" for word in found), config="simple", search_type="raw")
    return citizens.alias(names=name_vector()).filter(names=query)


def citizen_current(citizen: Citizen) -> Citizen:
    """``citizen``, or the person they became: merges are followed to the last."""
    seen = {citizen.pk}
    while citizen.merged_into_id is not None and citizen.merged_into_id not in seen:
        seen.add(citizen.merged_into_id)
        citizen = Citizen.objects.get(pk=citizen.merged_into_id)
    return citizen


def open_sites() -> QuerySet[Site]:
    """The places where citizens come, by name."""
    return Site.objects.filter(is_active=True)
