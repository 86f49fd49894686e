from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from directory.contacts import normalise_email, normalise_phone
from directory.models import Citizen, ContactKind, ContactPoint
from directory.selectors import citizen_current


@dataclass(frozen=True)
class Requester:
    """Who asks, as a channel heard it. Every field may be empty: anonymous callers are allowed."""

    name: str = ""
    first_name: str = ""
    last_name: str = ""
    organisation: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    birth_date: date | None = None

    @property
    def is_empty(self) -> bool:
        return not any((self.name, self.first_name, self.last_name, self.organisation, self.email, self.phone))


@transaction.atomic(savepoint=False)
def citizen_identify(requester: Requester, *, heard: bool = True, met: bool = True) -> Citizen | None:
    """The citizen this requester is, found by normalised e-mail, else phone, else created; None when empty.

    Known names and contact points are never overwritten; what is missing is completed as far as it is sure. A phone
    number shared by several people of a household does not merge them when the names differ. A merged citizen's contact
    points lead to who they became.

    ``heard``: an agent spoke with the person or holds their letter. Otherwise nobody checked who wrote, and a telephone
    number is no proof: whoever knows somebody's number would have their answers sent to an address of their own. A
    number then finds nobody when an e-mail address comes with it, and a card that existed gets a name if it had none,
    nothing else.

    ``met``: an agent speaks with the person. Otherwise a card that existed gets no way to be reached either: whoever
    knows somebody's address would have the town hall call a number of their own. It stays on the message until an agent
    puts it on the card.
    """
    if requester.is_empty:
        return None
    first, last = _names(requester)
    wanted = [
        (kind, value)
        for kind, value in (
            (ContactKind.EMAIL, normalise_email(requester.email) if requester.email else None),
            (ContactKind.PHONE, normalise_phone(requester.phone) if requester.phone else None),
        )
        if value
    ]
    known = _known(wanted)
    citizen = _match(known, wanted, last, heard)
    if citizen is None and wanted and not known:
        # two channels may hear of the same new person at once: the second waits here and finds the first's row
        _lock(wanted)
        known = _known(wanted)
        citizen = _match(known, wanted, last, heard)
    if citizen is None:
        citizen = Citizen.objects.create(
            first_name=first[:80],
            last_name=last[:120],
            organisation=requester.organisation[:160],
            address=requester.address[:250],
            birth_date=requester.birth_date,
        )
    else:
        citizen = citizen_current(citizen)  # merged a moment ago, by a transaction that moves its contact points
        _complete(citizen, first, last, requester, heard)
        if not (heard and met):
            return citizen
    missing = [
        ContactPoint(citizen=citizen, kind=kind, value=value) for kind, value in wanted if (kind, value) not in known
    ]
    if missing:
        ContactPoint.objects.bulk_create(missing, ignore_conflicts=True)
    return citizen


def _known(wanted: list[tuple[ContactKind, str]]) -> dict[tuple[str, str], ContactPoint]:
    if not wanted:
        return {}
    points = ContactPoint.objects.select_related("citizen").filter(value__in=[value for _, value in wanted])
    return {(point.kind, point.value): point for point in points}


def _lock(wanted: list[tuple[ContactKind, str]]) -> None:
    with connection.cursor() as cursor:
        for _, value in sorted(wanted):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [value])


def _match(
    known: dict[tuple[str, str], ContactPoint], wanted: list[tuple[ContactKind, str]], last_name: str, heard: bool
) -> Citizen | None:
    for kind, value in wanted if heard else wanted[:1]:
        point = known.get((kind, value))
        if point is None:
            continue
        citizen = point.citizen
        if kind == ContactKind.EMAIL or not last_name or not citizen.last_name:
            return citizen
        if citizen.last_name.casefold() == last_name.casefold():
            return citizen
    return None


def _complete(citizen: Citizen, first: str, last: str, requester: Requester, heard: bool) -> None:
    changed = []
    if not heard and citizen.known_name:
        return
    given: dict[str, Any] = {
        "first_name": first[:80],
        "last_name": last[:120],
        "organisation": requester.organisation[:160],
        "address": requester.address[:250],
        "birth_date": requester.birth_date,
    }
    if citizen.last_name:  # never give a known person somebody else's first name
        given.pop("first_name")
    if not heard:
        given = {name: value for name, value in given.items() if name not in {"address", "birth_date"}}
    for field, value in given.items():
        if value and not getattr(citizen, field):
            setattr(citizen, field, value)
            changed.append(field)
    if changed:
        citizen.save(update_fields=changed)


def _names(requester: Requester) -> tuple[str, str]:
    if requester.first_name or requester.last_name:
        return requester.first_name.strip(), requester.last_name.strip()
    parts = requester.name.replace("\x00", "").split()
    if not parts:
        return "", ""
    if len(parts) > 1 and parts[0].isupper() and not parts[-1].isupper():
        upper = [part for part in parts if part.isupper()]
        return " ".join(part for part in parts if not part.isupper()), " ".join(upper)
    return (" ".join(parts[:-1]), parts[-1]) if len(parts) > 1 else ("", parts[0])
