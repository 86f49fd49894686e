"""The inhabitants of the demo town, and the notaries and associations that write to it. All invented."""

import random
from dataclasses import dataclass

from core.text import words
from directory.contacts import normalise_phone
from directory.models import Citizen, CitizenKind, ContactKind, ContactPoint
from grc.demo import data


@dataclass
class Person:
    citizen: Citizen
    email: str = ""
    phone: str = ""


def _address(rng: random.Random) -> str:
    return f"{rng.randint(1, 89)} {rng.choice(data.people()['streets'])}, 99120 Rives-sur-Orme"


def _mailbox(*names: str) -> str:
    return ".".join("".join(words(name)) for name in names if name)


class Population:
    """Unsaved people, unique by name, e-mail and telephone; ``save`` inserts them all."""

    def __init__(self, rng: random.Random, count: int) -> None:
        self._rng = rng
        self._phones: set[str] = set()
        self._emails: set[str] = set()
        self._names: set[tuple[str, str]] = set()
        people = data.people()
        self.inhabitants = [self._inhabitant() for _ in range(count)]
        self.notaries = [self._organisation(name, "contact", CitizenKind.NOTARY) for name in people["notaries"]]
        self.associations = [
            self._organisation(name, "bureau", CitizenKind.ASSOCIATION) for name in people["associations"]
        ]

    @property
    def everybody(self) -> list[Person]:
        return [*self.inhabitants, *self.notaries, *self.associations]

    def named(self, first: str, last: str) -> Person:
        """A person of that name, reachable by e-mail."""
        person = Person(Citizen(first_name=first, last_name=last, address=_address(self._rng)))
        person.email = self._email(_mailbox(first, last))
        self.inhabitants.append(person)
        return person

    def save(self) -> None:
        people = self.everybody
        Citizen.objects.bulk_create([person.citizen for person in people])
        points = []
        for person in people:
            kinds = ((ContactKind.EMAIL, person.email), (ContactKind.PHONE, person.phone))
            points += [ContactPoint(citizen=person.citizen, kind=kind, value=value) for kind, value in kinds if value]
        ContactPoint.objects.bulk_create(points)

    def _inhabitant(self) -> Person:
        rng, people = self._rng, data.people()
        while True:
            first, last = rng.choice(people["first_names"]), rng.choice(people["last_names"])
            if (first, last) not in self._names:
                break
        self._names.add((first, last))
        person = Person(Citizen(first_name=first, last_name=last, address=_address(rng)))
        ways = rng.choices(("both", "email", "phone"), (50, 30, 20))[0]
        if ways != "phone":
            name = (first, last) if rng.random() < 0.7 else (first[0], last)
            person.email = self._email(_mailbox(*name))
        if ways != "email":
            person.phone = self._phone()
        return person

    def _organisation(self, name: str, mailbox: str, kind: CitizenKind) -> Person:
        rng, people = self._rng, data.people()
        first, last = rng.choice(people["first_names"]), rng.choice(people["last_names"])
        citizen = Citizen(kind=kind, first_name=first, last_name=last, organisation=name, address=_address(rng))
        return Person(citizen, self._email(f"{mailbox}.{'-'.join(words(name))}"), self._phone())

    def _email(self, local: str) -> str:
        email = ""
        while not email or email in self._emails:
            number = "" if not email else str(self._rng.randint(2, 99))
            email = f"{local}{number}@{self._rng.choice(data.people()['email_domains'])}"
        self._emails.add(email)
        return email

    def _phone(self) -> str:
        """A number of the ranges ARCEP keeps for fiction; 02 61 91 1x xx is the town hall's."""
        while True:
            digits = f"{self._rng.randint(0, 9999):04d}"
            start = "063998" if self._rng.random() < 0.8 or digits.startswith("1") else "026191"
            phone = normalise_phone(start + digits)
            if phone and phone not in self._phones:
                self._phones.add(phone)
                return phone
