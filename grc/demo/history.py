"""Six months of requests, told by weighted chance from one seed, so that the same seed tells the same town.

Most were answered in time, some late; about a fifth are still open: late, due today, waiting for the citizen, under
examination, decided by silence, or fresh. What a ticket should end up as is drawn first; a life that ends otherwise is
drawn again.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.kept import kept
from grc.demo import data, hours
from grc.demo.citizens import Population
from grc.demo.lives import Lives
from grc.demo.organisation import Organisation
from grc.demo.requests import RequestMaker
from grc.demo.story import Story
from tickets.enums import DecisionKind, Status

PERIOD = timedelta(days=182)
# For 600 tickets, 120 are open; the ten of the domain reference come on top of the fresh and the late ones.
OPEN_SHARES = {"late": 23, "today": 20, "waiting": 13, "examined": 18, "legal": 10, "silent": 4, "fresh": 24}
TRIES = 1500
# What to tell instead when there is none: late in the evening nothing more falls due today, and so on.
NEAREST = {
    "today": "fresh",
    "legal": "examined",
    "silent": "examined",
    "examined": "waiting",
    "waiting": "late",
    "late": "fresh",
}


@dataclass
class Telling:
    """What every part of the history shares: one source of chance, one clock, one town."""

    rng: random.Random
    now: datetime
    zone: ZoneInfo
    town: Organisation
    population: Population


class History:
    def __init__(self, telling: Telling) -> None:
        self._t = telling
        self._absent: set[str] = set()
        self._requests = RequestMaker(telling.rng, telling.zone, telling.town, telling.population)
        self._lives = Lives(telling.rng, telling.now, telling.zone, telling.town, self._requests)

    def stories(self, count: int) -> list[Story]:
        """``count`` stories in the order of their reception, the ten known messages first among the recent ones."""
        with kept():
            told = list(self._famous())[:count]
            for kind, share in OPEN_SHARES.items():
                wanted = round(share * count / 600)
                told += [self._open(kind) for _ in range(min(wanted, count - len(told)))]
            told += [self._done() for _ in range(count - len(told))]
            for story in told:
                story.advance(self._t.now)
        return sorted(told, key=lambda story: story.ticket.received_at)

    def _done(self) -> Story:
        """A request of the past months that is answered, closed or cancelled by now."""
        now = self._t.now
        while True:
            request = self._requests.draw()
            at = hours.arrival(self._t.rng, now - PERIOD, now, self._t.zone, at_desk=request.is_desk)
            story = self._lives.finish(self._requests.open(request, at), request)
            if story is not None:
                return story

    def _open(self, kind: str) -> Story:
        live: Callable[..., Story | None] = getattr(self._lives, kind)
        is_right = getattr(self, f"_is_{kind}")
        for _ in range(0 if kind in self._absent else TRIES):
            request = self._requests.draw()
            at = self._arrival(kind)
            local = at.astimezone(self._t.zone)
            if at > self._t.now or not (hours.desk_is_open(local) if request.is_desk else hours.screen_is_used(local)):
                continue
            story = live(self._requests.open(request, at), request)
            if story is not None and is_right(story):
                return story
        self._absent.add(kind)
        return self._open(NEAREST[kind])

    def _arrival(self, kind: str) -> datetime:
        """A reception from which a ticket may end as ``kind``; `_open` keeps those that do."""
        rng, now = self._t.rng, self._t.now
        if kind == "fresh":
            return now - timedelta(hours=rng.uniform(0.2, 68))
        if kind == "today":
            evening = datetime.combine(now.astimezone(self._t.zone).date(), time(23, 59), tzinfo=self._t.zone)
            due = now + (evening - now) * rng.random()
            return due - timedelta(hours=rng.choice((24, 48, 72, 72, 72)))
        if kind == "late":
            return now - timedelta(hours=72) - timedelta(days=rng.expovariate(1 / 2.2)) * rng.choice((1, 1, -0.6))
        if kind == "silent":
            return now - timedelta(days=rng.uniform(33, 120))
        longest = {"waiting": 30, "examined": 50, "legal": 61}[kind]
        return now - timedelta(days=rng.uniform(3.1, longest))

    def _is_late(self, story: Story) -> bool:
        due = story.ticket.next_due_at
        return story.ticket.is_open and due is not None and due < self._t.now

    def _is_today(self, story: Story) -> bool:
        due, now = story.ticket.next_due_at, self._t.now
        return due is not None and due > now and self._day(due) == self._day(now)

    def _is_waiting(self, story: Story) -> bool:
        return story.ticket.status == Status.WAITING

    def _is_examined(self, story: Story) -> bool:
        return self._is_later(story) and story.ticket.first_answered_at is not None

    def _is_legal(self, story: Story) -> bool:
        """Under a clock of the law that ends within 15 days, and not late otherwise."""
        last, due = story.ticket.legal_due_on, story.ticket.next_due_at
        if last is None or not story.ticket.legal_running or (due is not None and due < self._t.now):
            return False
        return 1 <= last.toordinal() - self._day(self._t.now) <= 14

    def _is_silent(self, story: Story) -> bool:
        """The law's delay went by without a decision: silence made one."""
        story.advance(self._t.now)
        return story.ticket.is_open and any(each.kind == DecisionKind.IMPLICIT for each in story.decisions)

    def _is_fresh(self, story: Story) -> bool:
        return self._is_later(story)

    def _is_later(self, story: Story) -> bool:
        due = story.ticket.next_due_at
        return story.ticket.is_open and due is not None and self._day(due) > self._day(self._t.now)

    def _day(self, moment: datetime) -> int:
        return moment.astimezone(self._t.zone).date().toordinal()

    def _famous(self) -> Iterator[Story]:
        """The ten messages of the domain reference, word for word, received in the last days."""
        for entry in data.voices()["famous"]:
            request = self._requests.famous(entry)
            first, last = {"late": (8, 4), "closed": (9, 3), "waiting": (5, 1)}.get(entry["fate"], (3, 0))
            at = self._recent(first, last, request.is_desk)
            yield self._lives.famous(self._requests.open(request, at), entry)

    def _recent(self, first: int, last: int, at_desk: bool) -> datetime:
        rng, now = self._t.rng, self._t.now
        for _ in range(TRIES):
            at = now - timedelta(days=rng.uniform(last, first))
            local = at.astimezone(self._t.zone)
            if hours.desk_is_open(local) if at_desk else hours.screen_is_used(local):
                return at
        return now - timedelta(days=(first + last) / 2)
