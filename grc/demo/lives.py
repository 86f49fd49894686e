"""What agents do with a request once it is in: the lives that the history draws from."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from directory.models import Agent, RequestType
from grc.demo import data, hours
from grc.demo.organisation import Organisation
from grc.demo.requests import Request, RequestMaker
from grc.demo.story import Story
from grc.demo.wording import answer, french_date
from tickets.actions.clocks.quiet import QUIET
from tickets.enums import Channel, Outcome, Status

KEPT = 0.8  # of the requests not answered on the spot; late open ones bring the town's rate down a little
ON_THE_SPOT = {False: 0.97, True: 0.6}  # of the calls and visits: plain matters, things to repair in a place
HOUR = timedelta(hours=1)


class Lives:
    def __init__(
        self, rng: random.Random, now: datetime, zone: ZoneInfo, town: Organisation, requests: RequestMaker
    ) -> None:
        self._rng, self._now, self._zone, self._town, self._requests = rng, now, zone, town, requests
        self._voices = data.voices()

    def finish(self, story: Story, request: Request) -> Story | None:
        """A whole life, ended by now; None when there is no time left for it."""
        rng, at = self._rng, story.ticket.received_at
        articles = self._town.articles.get(request.type_code, [])
        if request.is_desk and articles and not story.ticket.is_sensitive and self._is_answerable(request):
            desk_agent = story.ticket.created_by
            if desk_agent is not None:
                story.answer_on_the_spot(at, rng.choice(articles), desk_agent)
                story.route(at + timedelta(seconds=rng.uniform(1, 20)))
                return story
        if rng.random() < 0.02:
            return self._cancelled(story)
        agent = self._settle(story, request)
        if agent is None:
            return None
        answered_at = self._first_answer_at(story)
        if answered_at is None:
            return None
        if story.opening.email and request.type_code and rng.random() < 0.13:
            self._ask(story, request, answered_at, agent)
            back = answered_at + timedelta(hours=rng.uniform(2, 130))
            if back > self._now:
                return None
            story.receive(back, self._fill(request, rng.choice(request.says.back), back))
            answered_at = self._working(back + HOUR, back + timedelta(days=4))
        elif story.opening.email and self._is_long(story) and rng.random() < 0.75:
            story.reply(answered_at, self._hold(story, request, answered_at), agent, Status.OPEN)
            answered_at = self._decision_at(story, answered_at)
        if answered_at is None or answered_at > self._now:
            return None
        if rng.random() < 0.3:
            noted_at = self._working(story.ticket.updated_at, answered_at)
            if noted_at is not None:
                story.note(noted_at, self._fill(request, rng.choice(request.says.notes), noted_at), agent)
        self._conclude(story, request, answered_at, agent)
        return story

    def fresh(self, story: Story, request: Request) -> Story | None:
        """Just in: routed, taken by somebody or not yet."""
        self._route(story)
        if not self._is_well_routed(story, request):
            return None
        if self._rng.random() < 0.5:
            self._take(story)
        return story

    today = fresh

    def late(self, story: Story, request: Request) -> Story | None:
        """Nobody answered: taken by somebody and left, or never taken; sometimes the citizen writes again."""
        self._route(story)
        if not self._is_well_routed(story, request):
            return None
        if self._rng.random() < 0.6:
            self._take(story)
        again = story.ticket.received_at + timedelta(hours=self._rng.uniform(73, 140))
        if story.opening.email and again < self._now and self._rng.random() < 0.3:
            story.receive(again, self._rng.choice(self._voices["reminders_from_citizen"]))
        return story

    def waiting(self, story: Story, request: Request) -> Story | None:
        """A question was put to the citizen, who has not answered yet."""
        if not story.opening.email:
            return None
        agent = self._settle(story, request)
        asked_at = self._first_answer_at(story) if agent else None
        if agent is None or asked_at is None or asked_at > self._now:
            return None
        self._ask(story, request, asked_at, agent)
        return story

    def examined(self, story: Story, request: Request) -> Story | None:
        """A first answer gave a date; the examination goes on."""
        if not story.opening.email or not request.type_code:
            return None
        agent = self._settle(story, request)
        held_at = self._first_answer_at(story) if agent else None
        if agent is None or held_at is None or held_at > self._now:
            return None
        story.reply(held_at, self._hold(story, request, held_at), agent, Status.OPEN)
        noted_at = self._working(held_at, self._now)
        if noted_at is not None and self._rng.random() < 0.6:
            story.note(noted_at, self._fill(request, self._rng.choice(request.says.notes), noted_at), agent)
        return story

    def legal(self, story: Story, request: Request) -> Story | None:
        return self._rng.choice((self.examined, self.waiting))(story, request)

    silent = examined

    def famous(self, story: Story, entry: dict[str, Any]) -> Story:
        """One of the ten known messages, with the note agents left on it."""
        found, keywords = (None, ()) if story.ticket.request_type else self._requests.recognise(story)
        now, at = self._now, story.ticket.received_at
        story.route(min(now, at + timedelta(seconds=4)), found, tuple(keywords))
        agent = story.workers[0]
        first = self._working(at, min(now, at + 20 * HOUR)) or min(now, at + timedelta(minutes=20))
        if "note" in entry or entry["fate"] != "open":
            story.assign(first, agent)
        if "note" in entry:
            story.note(first, entry["note"], agent)
        if entry["fate"] == "waiting":
            story.reply(first, answer(self._rng, entry["ask"]), agent, Status.WAITING)
        elif entry["fate"] == "closed":
            end = min(now, first + timedelta(minutes=30))
            story.close(end, agent, outcome=self._outcome(story, end))
        return story

    def _route(self, story: Story) -> None:
        """Route the story a few seconds after it came, as the worker does."""
        at = story.ticket.received_at + timedelta(seconds=self._rng.uniform(0.5, 9))
        if story.ticket.request_type is not None:
            story.route(at)
        else:
            found, keywords = self._requests.recognise(story)
            story.route(at, found, keywords)

    def _settle(self, story: Story, request: Request) -> Agent | None:
        """Route, correct what was misrouted, and assign; the agent in charge, or None when no hour is left for it."""
        self._route(story)
        ticket = story.ticket
        true_type = self._town.types[request.type_code]
        is_lost = ticket.request_type is not None and ticket.request_type != true_type
        is_lost = is_lost or (ticket.request_type is None and request.type_code != "renseignement")
        if is_lost and not self._correct(story, true_type):
            return None
        return self._take(story)

    def _is_well_routed(self, story: Story, request: Request) -> bool:
        found = story.ticket.request_type
        return found.code == request.type_code if found else request.type_code == "renseignement"

    def _correct(self, story: Story, true_type: RequestType) -> bool:
        at = self._working(story.ticket.updated_at, story.ticket.updated_at + timedelta(hours=30))
        if at is None or at > self._now:
            return False
        agent = self._rng.choice(story.workers)
        story.classify(at, true_type, agent)
        if true_type.service != story.ticket.service:
            reason = self._rng.choice(self._voices["transfer_reasons"])
            story.transfer(at + timedelta(minutes=1), true_type.service, reason, agent)
        return True

    def _take(self, story: Story) -> Agent | None:
        """An agent of the service takes it; sometimes the référent gives it."""
        after = story.ticket.updated_at
        at = self._working(after, after + timedelta(hours=self._rng.choice((4, 20, 66))))
        if at is None or at > self._now:
            return None
        agent = self._rng.choice(story.workers)
        referent = story.ticket.service.referent
        story.assign(at, agent, referent if referent and self._rng.random() < 0.35 else agent)
        return agent

    def _first_answer_at(self, story: Story) -> datetime | None:
        due, after = story.ticket.answer_due_at, story.ticket.updated_at
        if self._rng.random() < KEPT:
            quick = min(due, after + timedelta(hours=self._rng.choice((8, 26, 26, 50, 72))))
            at = self._working(after, quick) or self._working(after, due)
            if at is not None:
                return at
        return self._working(max(after, due), max(after, due) + timedelta(days=self._rng.choice((2, 3, 4, 7, 12))))

    def _ask(self, story: Story, request: Request, at: datetime, agent: Agent) -> None:
        question = self._fill(request, self._rng.choice(request.says.ask), at)
        story.reply(at, answer(self._rng, question), agent, Status.WAITING)

    def _is_answerable(self, request: Request) -> bool:
        return self._rng.random() < ON_THE_SPOT[request.says.has_place]

    def _is_long(self, story: Story) -> bool:
        """Whether the type's own target falls well after the answer commitment."""
        due = story.target_due
        return due is not None and due - story.ticket.answer_due_at > timedelta(days=3)

    def _decision_at(self, story: Story, after: datetime) -> datetime | None:
        """When a long request is decided: nearly always before its target."""
        due = story.target_due
        if due is None:
            return None
        if self._rng.random() < 0.88:
            return self._working(after + (due - after) * 0.3, due)
        return self._working(due, due + timedelta(days=6))

    def _conclude(self, story: Story, request: Request, at: datetime, agent: Agent) -> None:
        rng = self._rng
        if story.opening.email:
            reply = answer(rng, self._fill(request, request.reply, at))
            then = Status.CLOSED if rng.random() < 0.3 else Status.ANSWERED
            story.reply(at, reply, agent, then, self._outcome(story, at))
            again = at + timedelta(hours=rng.uniform(5, 200))
            final = self._working(again + HOUR, again + timedelta(days=2.5))
            if rng.random() < 0.04 and final is not None and final < self._now:
                story.receive(again, rng.choice(self._voices["reopenings"]))
                story.reply(final, answer(rng, self._fill(request, request.reply, final)), agent)
        else:
            by_letter = story.ticket.channel == Channel.POST
            note = rng.choice(self._voices["letter_notes" if by_letter else "callback_notes"])
            story.note(at, self._fill(request, note, at), agent)
            end = at + timedelta(seconds=40)
            story.close(end, agent, outcome=self._outcome(story, end))
        quiet_until = story.ticket.updated_at + QUIET
        if story.ticket.status == Status.ANSWERED and quiet_until < self._now:
            local = quiet_until.astimezone(self._zone)
            night = local.replace(hour=3, minute=10, second=0, microsecond=0)
            night += timedelta(days=1) if night < local else timedelta(0)
            if night < self._now:
                story.close(night.astimezone(UTC), None)

    def _outcome(self, story: Story, at: datetime) -> str:
        """What a final answer decides, where the law waits for a decision."""
        story.advance(at)
        return Outcome.ACCEPTED.value if story.ticket.legal_running else ""

    def _cancelled(self, story: Story) -> Story | None:
        at = self._working(story.ticket.received_at + HOUR, story.ticket.received_at + timedelta(hours=60))
        if at is None or at > self._now:
            return None
        story.route(story.ticket.received_at + timedelta(seconds=3))
        reason = self._rng.choice(self._voices["cancel_reasons"])
        story.close(at, self._rng.choice(story.workers), cancel=True, reason=reason)
        return story

    def _working(self, after: datetime, before: datetime) -> datetime | None:
        return hours.at_work(self._rng, after, before, self._zone)

    def _fill(self, request: Request, text: str, at: datetime) -> str:
        return request.slots.fill(text, at)

    def _hold(self, story: Story, request: Request, at: datetime) -> str:
        """A first answer that announces the date of the target."""
        text = self._rng.choice(self._voices["holding_replies"])
        due = story.target_due
        if due is None:
            return answer(self._rng, self._fill(request, text, at))
        until = french_date(due.astimezone(self._zone))
        return answer(self._rng, request.slots.fill(text, at, date_future=until))
