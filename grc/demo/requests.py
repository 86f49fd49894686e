"""One citizen's request: who, about what, by which channel, in which words; and its opening as a story."""

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.text import one_line, words
from directory.models import Agent, RequestType
from directory.roles import Role
from grc.demo import data
from grc.demo.citizens import Person, Population
from grc.demo.organisation import Organisation
from grc.demo.story import Opening, Story
from grc.demo.wording import Slots, as_typed, letter
from tickets.enums import Channel
from tickets.references import ALPHABET, check_symbol
from tickets.routing.keywords import TypeKeywords, best_match, singular

LETTERS = {"W": Channel.WEB, "T": Channel.PHONE, "M": Channel.EMAIL, "G": Channel.COUNTER, "C": Channel.POST}
USUAL = {Channel.WEB: 5.0, Channel.PHONE: 5.0, Channel.EMAIL: 4.0, Channel.COUNTER: 3.5, Channel.POST: 1.2}
# People also come by channels that the catalogue does not list for their request.
ANYWAY = {Channel.EMAIL: 1.6, Channel.PHONE: 1.0, Channel.COUNTER: 0.5, Channel.API: 0.15}
DESKS = (Channel.PHONE, Channel.COUNTER)


@dataclass
class Request:
    type_code: str  # what it is really about; empty when nobody can tell
    channel: str
    subject: str
    text: str
    reply: str
    slots: Slots
    person: Person | None
    says: data.StoryText
    chosen_code: str = ""  # what the citizen ticks in the form, or the desk agent
    location: str = ""
    flag: str = ""
    is_verbatim: bool = False

    @property
    def is_desk(self) -> bool:
        return self.channel in DESKS


class RequestMaker:
    def __init__(self, rng: random.Random, zone: ZoneInfo, town: Organisation, population: Population) -> None:
        self._rng, self._zone, self._town, self._population = rng, zone, town, population
        self._texts = data.stories()
        self._weights = [each.weight for each in self._texts]
        self._by_code = {each.type_code: each for each in self._texts}
        self._keywords = [TypeKeywords(each.pk, each.keywords) for each in town.types.values()]
        self._types = {each.pk: each for each in town.types.values()}
        self._ordinary = [code for code, each in town.types.items() if each.is_public and not each.is_sensitive]
        self._references: set[str] = set()

    def draw(self) -> Request:
        rng = self._rng
        says = rng.choices(self._texts, self._weights)[0]
        channel = self._channel(self._town.types[says.type_code])
        person = self._person(says.sender, channel)
        slots = Slots(rng, self._zone)
        text, reply = rng.choice(says.spoken if channel in DESKS else says.texts)
        subject = self._subject(says.subjects, text) if channel not in DESKS else ""
        return Request(
            type_code=says.type_code,
            channel=channel,
            subject=subject,
            text=text,
            reply=reply,
            slots=slots,
            person=person,
            says=says,
            chosen_code=self._chosen(says.type_code, channel),
            location=slots.place if says.has_place else "",
        )

    def famous(self, entry: dict[str, Any]) -> Request:
        """One of the ten messages of the domain reference; its words are kept as they are."""
        channel = entry["channel"]
        if "last_name" in entry:
            person: Person | None = self._population.named(entry["first_name"], entry["last_name"])
        else:
            person = self._person("citizen", channel)
        return Request(
            type_code=entry["type"],
            channel=channel,
            subject=entry["subject"],
            text=entry["text"],
            reply=self._by_code[entry["type"] or "renseignement"].texts[0][1],
            slots=Slots(self._rng, self._zone),
            person=person,
            says=self._by_code[entry["type"] or "renseignement"],
            location=entry.get("location", ""),
            chosen_code="" if channel == Channel.EMAIL else entry["type"],
            flag=entry.get("flag", ""),
            is_verbatim=True,
        )

    def open(self, request: Request, at: datetime) -> Story:
        """The story as the channel leaves it: a form and a desk know the type, a mail does not."""
        rng, person = self._rng, request.person
        request_type = self._town.types[request.chosen_code] if request.chosen_code else None
        subject, text = request.subject, request.text
        if not request.is_verbatim:
            subject, text = request.slots.fill(subject, at), request.slots.fill(text, at)
            if not request.is_desk:
                text = letter(rng, as_typed(rng, text), person.citizen.display_name if person else "")
        email_id = ""
        if request.channel == Channel.EMAIL and person:
            email_id = f"<{rng.getrandbits(64):016x}@{person.email.partition('@')[2]}>"
        return Story(
            self._town,
            Opening(
                reference=self._reference(),
                channel=request.channel,
                subject=subject or (request_type.name if request_type else one_line(text, 80)),
                body=text,
                at=at,
                citizen=person.citizen if person else None,
                request_type=request_type,
                location=request.location,
                flag=request.flag,
                email=bool(person and person.email),
                email_message_id=email_id,
                by=self._desk_agent(request.channel),
            ),
        )

    def recognise(self, story: Story) -> tuple[RequestType | None, tuple[str, ...]]:
        """The type the router finds in the words of a story, and the keywords it found."""
        match = best_match(story.ticket.subject, story.messages[0].body, self._keywords)
        return (self._types[match.type_id], match.found) if match else (None, ())

    def _channel(self, request_type: RequestType) -> str:
        weights = dict(ANYWAY)
        for letter_ in request_type.channels.split():
            weights[LETTERS[letter_]] = USUAL[LETTERS[letter_]]
        return self._rng.choices(list(weights), list(weights.values()))[0]

    def _subject(self, subjects: tuple[str, ...], text: str) -> str:
        """The subject that shares most words with the text."""
        said = {singular(word) for word in words(text)}
        common = [sum(len(word) > 3 for word in set(map(singular, words(each))) & said) for each in subjects]
        return self._rng.choice([each for each, count in zip(subjects, common, strict=True) if count == max(common)])

    def _chosen(self, type_code: str, channel: str) -> str:
        """The type given with the request: none by mail, sometimes none or a wrong one in the form."""
        if channel in (Channel.EMAIL, Channel.API):
            return ""
        mistake = self._rng.random() if channel == Channel.WEB else 1.0
        return "" if mistake < 0.06 else self._rng.choice(self._ordinary) if mistake < 0.11 else type_code

    def _person(self, sender: str, channel: str) -> Person | None:
        """Somebody who can use that channel; some callers and visitors leave no name."""
        rng, people = self._rng, self._population
        pool = {"notary": people.notaries, "association": people.associations}.get(sender, people.inhabitants)
        if channel in DESKS and sender == "citizen" and rng.random() < 0.06:
            return None
        while True:
            person = rng.choice(pool)
            if person.email if channel in (Channel.WEB, Channel.EMAIL, Channel.API) else True:
                return person

    def _desk_agent(self, channel: str) -> Agent | None:
        """Who enters what does not come by a screen; letters are opened at the counter."""
        if channel == Channel.PHONE:
            return self._rng.choice(self._town.desks[Role.PHONE])
        if channel in (Channel.COUNTER, Channel.POST):
            return self._rng.choice(self._town.desks[Role.COUNTER])
        return None

    def _reference(self) -> str:
        """A valid reference drawn from the seed (the product itself draws them from the system's randomness)."""
        while True:
            symbols = "".join(self._rng.choices(ALPHABET, k=9))
            whole = symbols + check_symbol(symbols)
            if whole not in self._references:
                self._references.add(whole)
                return f"G-{whole[:5]}-{whole[5:]}"
