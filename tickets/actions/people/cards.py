"""What agents correct on a person's card: identity, ways to be reached, household."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid, NotAllowed
from core.text import one_line
from directory.contacts import normalise_email, normalise_phone
from directory.likeness import ORGANISATION
from directory.models import Agent, Citizen, CitizenKind, ContactKind, ContactPoint, Household
from tickets.selectors.people import citizens_visible_to, may_keep_people


@dataclass(frozen=True)
class Identity:
    """A card as an agent corrects it. A person whose ``organisation`` has a card writes for it; ``organisation_kind``
    says what it is when it has none yet, and gives it one."""

    kind: str
    first_name: str = ""
    last_name: str = ""
    organisation: str = ""
    address: str = ""
    birth_date: date | None = None
    organisation_kind: str = ""


def person_lock(citizen: Citizen, actor: Agent) -> Citizen:
    """The card, locked. Raises `NotAllowed` when the agent may not change it, `Conflict` when it was merged."""
    if not may_keep_people(actor):
        raise NotAllowed(_("You may not change the cards of people."))
    locked = Citizen.objects.select_for_update(of=("self",), no_key=True).get(pk=citizen.pk)
    if locked.merged_into_id is not None:
        raise Conflict(_("A colleague has just merged one of these cards."), code="already_merged")
    if not citizens_visible_to(actor).filter(pk=locked.pk).exists():
        raise NotAllowed(_("You may not change the cards of people."))
    return locked


@transaction.atomic
def citizen_edit(*, citizen: Citizen, identity: Identity, actor: Agent, now: datetime) -> Citizen:
    """Correct a card. Raises `Invalid` for a date of birth to come or too old."""
    card = person_lock(citizen, actor)
    if identity.birth_date and not date(1890, 1, 1) <= identity.birth_date <= now.date():
        raise Invalid(_("This date of birth is not possible."), field="birth_date")
    card.kind = identity.kind
    card.first_name, card.last_name = one_line(identity.first_name, 80), one_line(identity.last_name, 120)
    card.organisation, card.address = one_line(identity.organisation, 160), one_line(identity.address, 250)
    card.birth_date, card.member_of = identity.birth_date, _writes_for(card, identity.organisation_kind)
    card.save(update_fields=["kind", "first_name", "last_name", "organisation", "address", "birth_date", "member_of"])
    return card


def _writes_for(card: Citizen, kind: str) -> Citizen | None:
    """The organisation named on a person's card: its own card, made now when its kind is said."""
    if card.kind != CitizenKind.PERSON or not card.organisation:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT f_name_key('', '', %s, '', NULL)", [card.organisation])
        (key,) = cursor.fetchone()
    named = Citizen.objects.filter(name_key=key, name_key__startswith=ORGANISATION, merged_into__isnull=True)
    found = named.exclude(kind=CitizenKind.PERSON).exclude(pk=card.pk).order_by("id").first()
    if found is None and kind in CitizenKind.values and kind != CitizenKind.PERSON:
        found = Citizen.objects.create(kind=kind, organisation=card.organisation)
    return found


@transaction.atomic
def contact_add(*, citizen: Citizen, value: str, actor: Agent) -> ContactPoint:
    """Add an e-mail address or a telephone number to a card; the one it has already is given back.

    Raises `Invalid` when it is neither, or is on another card — named only to those who may know that person.
    """
    card = person_lock(citizen, actor)
    kind = ContactKind.EMAIL if "@" in value else ContactKind.PHONE
    normal = normalise_email(value) if kind == ContactKind.EMAIL else normalise_phone(value)
    if normal is None:
        raise Invalid(_("Give an e-mail address (name@example.org) or a telephone number."), field="contact")
    point = ContactPoint.objects.filter(kind=kind, value=normal).select_related("citizen").first()
    if point is None:
        try:
            with transaction.atomic():
                return ContactPoint.objects.create(citizen=card, kind=kind, value=normal)
        except IntegrityError:  # the person wrote at this very moment
            point = ContactPoint.objects.select_related("citizen").get(kind=kind, value=normal)
    if point.citizen_id == card.pk:
        return point
    if citizens_visible_to(actor).filter(pk=point.citizen_id).exists():
        told = gettext("It is on the card of %(name)s: if they are one person, merge the two cards.")
        raise Invalid(told % {"name": point.citizen.display_name}, field="contact")
    raise Invalid(_("It is on the card of somebody else."), field="contact")


@transaction.atomic
def contact_remove(*, point: ContactPoint, actor: Agent) -> None:
    """Take a way to be reached off a card: whoever writes from it later is somebody else."""
    person_lock(point.citizen, actor)
    point.delete()


@transaction.atomic
def contact_repaired(*, point: ContactPoint, actor: Agent) -> None:
    """« It works again »: the person gave news, or freed their mailbox."""
    person_lock(point.citizen, actor)
    ContactPoint.objects.filter(pk=point.pk).update(failing_since=None, failure="")


@transaction.atomic
def household_join(*, citizen: Citizen, other: Citizen, actor: Agent) -> Household:
    """Put two people in one household: that of either, else a new one. Two households become one."""
    first, second = sorted((citizen.pk, other.pk))
    if first == second:
        raise Invalid(_("These are one and the same card."))
    cards = {pk: person_lock(Citizen(pk=pk), actor) for pk in (first, second)}
    card, theirs = cards[citizen.pk], cards[other.pk]
    for each in (card, theirs):
        if each.kind != CitizenKind.PERSON:
            raise Invalid(_("A household is made of people, not of organisations."))
    home = card.household or theirs.household
    if home is None:
        name = one_line(card.last_name or theirs.last_name or card.display_name, 120)
        home = Household.objects.create(name=name, address=card.address or theirs.address)
    left = theirs.household if theirs.household_id not in (None, home.pk) else None
    if left is not None:
        Citizen.objects.filter(household=left).update(household=home)
        left.delete()
    Citizen.objects.filter(pk__in=cards).update(household=home)
    return home


@transaction.atomic
def household_leave(*, citizen: Citizen, actor: Agent) -> None:
    """Take a person out of their household; one person alone is no household."""
    card = person_lock(citizen, actor)
    home = card.household
    if home is None:
        return
    card.household = None
    card.save(update_fields=["household"])
    if Citizen.objects.filter(household=home, merged_into__isnull=True).count() < 2:
        home.delete()  # sets those of its members to nothing
