"""The desk page and its two fragments, for the channel that calls them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from channels_intake.desk.forms import ContactForm
from channels_intake.desk.outcomes import ADDED, ANSWERED, CALLBACK, OPENED, contact_record
from channels_intake.desk.people import NEW, Lookup, desk_lookup, desk_person, same_subject
from core.errors import Invalid, NotAllowed
from core.fragments import render_page
from core.templatetags.wording import exact_moment
from directory.models import Agent, Citizen
from directory.permissions import has_right
from directory.roles import LOG
from knowledge.selectors import articles_search
from tickets.actions.rights.access import list_log
from tickets.enums import DeadlineKind
from tickets.models import Deadline, Ticket
from tickets.permissions import may_see
from tickets.references import parse_reference
from tickets.selectors.routing import alarms_told

PAGE = "channels_intake/desk/page.html"
PARTIALS = {
    "caller": "channels_intake/desk/_caller.html",
    "articles": "channels_intake/desk/_found.html",
}
FIELDS = {"body": "question", "subject": "question", "answer": "answer", "phone": "callback_phone"}


@dataclass(frozen=True)
class Desk:
    """A channel where a person waits for the answer. The texts are lazy translations."""

    channel: str
    namespace: str
    title: object
    intro: object
    who: object
    fresh: object
    add: object
    add_and_reopen: object
    template: str = PAGE


@dataclass(frozen=True)
class Begun:
    """What is known before the agent types: words for the omnibox, fields of the form; ``recorded`` is told the ticket
    the contact made, in the same transaction."""

    text: str = ""
    initial: Mapping[str, Any] = field(default_factory=dict)
    recorded: Callable[[Ticket], None] | None = None


def log_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only agents who may log calls and visits; `NotAllowed` (403) for the others. Stands under `agent_required`."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not has_right(_agent(request), LOG):
            raise NotAllowed(_("You do not log calls and visits: ask your manager for this right."))
        return view(request, *args, **kwargs)

    return guarded


def desk_page(
    request: HttpRequest, desk: Desk, *, source: str, begun: Begun = Begun(), extra: dict[str, Any] | None = None
) -> HttpResponse:
    """GET: a fresh desk, or a fragment of it (``q`` for the person, ``question`` for the articles). POST: the outcome.

    ``source`` is the origin that the pipeline records. A refused form comes back filled, with status 422.
    """
    agent = _agent(request)
    context: dict[str, Any] = {"desk": desk, "desk_url": reverse(f"{desk.namespace}:desk")} | (extra or {})
    if request.method == "POST":
        form = ContactForm(request.POST, agent=agent)
        if form.is_valid() and form.contact is not None:
            try:
                with transaction.atomic():
                    ticket = contact_record(
                        contact=form.contact, channel=desk.channel, source=source, actor=agent, now=timezone.now()
                    )
                    if begun.recorded is not None:
                        begun.recorded(ticket)
            except Invalid as error:
                form.add_error(FIELDS.get(error.field or ""), error.message)
            else:
                done = urlencode({"done": ticket.reference, "as": form.contact.outcome})
                return redirect(f"{context['desk_url']}?{done}")
        lookup = _posted_lookup(agent, form)
        return _render(request, context, form, lookup, form.data.get("question", ""), status=422)
    lookup = desk_lookup(agent, request.GET.get("q", begun.text))
    form = ContactForm(agent=agent, initial={**begun.initial, **lookup.prefill})
    context["done"] = _confirmation(agent, request)
    return _render(request, context, form, lookup, request.GET.get("question", ""))


def _render(
    request: HttpRequest,
    context: dict[str, Any],
    form: ContactForm,
    lookup: Lookup,
    question: str,
    status: int = 200,
) -> HttpResponse:
    agent = _agent(request)
    lookup_seen(agent, lookup)
    given = form.data if form.is_bound else request.GET
    citizen = given.get("citizen", lookup.chosen)
    now = timezone.now()
    context |= {
        "form": form,
        "lookup": lookup,
        "question": question.strip(),
        "new_phone": form.data.get(f"phone-{citizen}", "") if form.is_bound else "",
        # lazy: the fragment that does not show them does not ask for them
        "articles": articles_search(question[:400], public_only=False, limit=6),
        "alarms": SimpleLazyObject(lambda: alarms_told(question, is_hint=True)),
        "again": again_of(agent, given, question, chosen=lookup.chosen, now=now),
        "now": now,
    }
    return render_page(request, context["desk"].template, context, partials=PARTIALS, status=status)


def again_of(agent: Agent, given: Mapping[str, str], question: str, *, chosen: str, now: datetime) -> Any:
    """The request that the person chosen made already about ``question``; looked for when a template asks."""
    citizen, kind = _id(given.get("citizen", chosen)), _id(given.get("request_type", ""))
    if citizen is None:
        return None

    def found() -> Ticket | None:
        ticket = same_subject(agent, citizen, question, request_type_id=kind, now=now)
        list_log(agent, [ticket])
        return ticket

    return SimpleLazyObject(found)


def lookup_seen(agent: Agent, lookup: Lookup) -> None:
    """Write that the agent was shown the sensitive requests of these cards."""
    cards = [ticket for card in lookup.cards for ticket in (*card.open_tickets, *card.past_tickets)]
    list_log(agent, [*cards, *lookup.loose])


def _id(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 18 else None


def _posted_lookup(agent: Agent, form: ContactForm) -> Lookup:
    """The person panel of a refused form, as it was."""
    text, chosen = form.data.get("q", ""), form.data.get("citizen", "")
    if chosen.isdecimal() and len(chosen) < 18:
        citizen = Citizen.objects.prefetch_related("contact_points").filter(pk=int(chosen)).first()
        if citizen is not None:
            return desk_person(agent, citizen, text)
    found = desk_lookup(agent, text)
    return Lookup(text, found.cards, chosen if chosen == NEW else found.chosen, {}, found.problem, found.has_more)


def _confirmation(agent: Agent, request: HttpRequest) -> dict[str, Any] | None:
    """What to tell the person: the ticket just logged. Nothing for a reference the agent neither logged nor may see."""
    outcome = request.GET.get("as", "")
    reference = parse_reference(request.GET.get("done", ""))
    if outcome not in {ANSWERED, OPENED, ADDED, CALLBACK} or reference is None:
        return None
    ticket = Ticket.objects.select_related("requester", "service", "resolved_with").filter(reference=reference).first()
    if ticket is None:
        return None
    visible = may_see(agent, ticket)
    if not visible and ticket.created_by_id != agent.pk:
        return None
    due = exact_moment(_promised(ticket) if outcome == CALLBACK else ticket.answer_due_at)
    person = ticket.requester
    reachable = person is not None and (bool(person.address) or person.contact_points.exists())
    is_lost = outcome in {OPENED, ADDED} and not reachable  # an answer is due, and cannot be sent
    return {"ticket": ticket, "outcome": outcome, "visible": visible, "due": due, "is_lost": is_lost}


def _promised(ticket: Ticket) -> datetime:
    """When the person will be called at the latest: the moment they asked for, else the end of the callback's clock."""
    clock = (
        Deadline.objects.filter(ticket=ticket, kind=DeadlineKind.CALLBACK)
        .select_related("callback")
        .order_by("-cycle")
        .first()
    )
    if clock is None:
        return ticket.answer_due_at
    detail = getattr(clock, "callback", None)
    return (detail.wanted_at if detail else None) or clock.due_at


def _agent(request: HttpRequest) -> Agent:
    if not isinstance(request.user, Agent):  # the views are guarded; this tells the type checker
        raise NotAllowed(_("Log in first."))
    return request.user
