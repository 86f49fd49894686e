"""« Try it »: which commitment a request would get and why, when it falls due, and who would hear of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.templatetags.wording import exact_moment
from directory.admin.base import may_configure
from directory.models import Agent
from tickets.actions.replies.recipients import Recipients
from tickets.admin.reasoning import reason_lines
from tickets.admin.sentences import conditions_text, promise_text, step_text
from tickets.admin.trial_form import TrialForm, blank
from tickets.deadlines.calendars import CalendarError, WorkingCalendar
from tickets.deadlines.escalation import Step, moment
from tickets.deadlines.sla import Promise, explain
from tickets.enums import DeadlineKind
from tickets.models import SlaPolicy, Ticket
from tickets.selectors.commitments import Commitments, commitments_now


@dataclass(frozen=True)
class Considered:
    """A policy as the trial saw it: ``against`` says why it does not apply, empty when it could."""

    policy: SlaPolicy
    conditions: str
    against: str
    chosen: bool = False


@require_safe
def trial(request: HttpRequest) -> HttpResponse:
    if not may_configure(request):
        raise PermissionDenied
    if "start" not in request.GET:
        return _shown(request, blank(timezone.now()), {})
    form = TrialForm(request.GET)
    if not form.is_valid():
        return _shown(request, form, {}, status=422)
    found = _tried(form)
    return _shown(request, form, found, status=422 if form.errors else 200)


def _shown(request: HttpRequest, form: TrialForm, found: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, "tickets/admin/trial.html", {"form": form, "found": found}, status=status)


def _tried(form: TrialForm) -> dict[str, Any]:
    """What the page shows of a valid form; empty, with errors in the form, when nothing can be counted."""
    data, kind, start = form.cleaned_data, form.cleaned_data["kind"], form.cleaned_data["start"]
    ticket = form.ticket()
    if ticket is None:
        form.add_error("service", _("There is no pilot service: choose a service."))
        return {}
    commitments = commitments_now()
    policies = list(SlaPolicy.objects.select_related("request_type", "service").prefetch_related("targets"))
    policy_id, promise = _promise(commitments, ticket, kind, start, data["policy"])
    if promise is None and data["policy"]:
        form.add_error("policy", _("This commitment promises nothing of this kind."))
        return {}
    chosen = next((policy for policy in policies if policy.pk == policy_id), None)
    found: dict[str, Any] = {
        "ticket": ticket,
        "kind": DeadlineKind(kind).label,
        "chosen": chosen,
        "asked_for": data["policy"] is not None,
        "considered": [] if data["policy"] else _considered(commitments, policies, ticket, kind, start, policy_id),
        "promise": promise,
    }
    if promise is None:
        return found
    calendar = _calendar(commitments, ticket, chosen)
    try:
        explanation = explain(start, promise, calendar, form.pauses())
        steps = _steps(commitments, ticket, kind, chosen, start, explanation.due_at, calendar)
    except (CalendarError, OverflowError):
        form.add_error("start", _("This delay leads out of the calendar."))
        return {}
    return found | {
        "promise_text": promise_text(promise.amount, promise.unit),
        "due": exact_moment(explanation.due_at),
        "reasons": reason_lines(explanation),
        "steps": steps,
    }


def _promise(
    commitments: Commitments, ticket: Ticket, kind: str, start: datetime, asked: SlaPolicy | None
) -> tuple[int | None, Promise | None]:
    """The promise of the policy asked for, even one that is not active; else that which applies."""
    if asked is None:
        return commitments.promise(ticket, kind, timezone.localdate(start))
    target = asked.targets.filter(kind=kind).first()
    return asked.pk, Promise(target.amount, target.unit, target.pauses) if target else None


def _calendar(commitments: Commitments, ticket: Ticket, chosen: SlaPolicy | None) -> WorkingCalendar:
    own = commitments.calendars.get(chosen.calendar_id) if chosen and chosen.calendar_id else None
    return own or commitments.calendar(ticket.service_id, None)


def _considered(
    commitments: Commitments, policies: list[SlaPolicy], ticket: Ticket, kind: str, start: datetime, chosen: int | None
) -> list[Considered]:
    """Every policy in the order they are tried, with the first thing that is against it."""
    lineage, on = commitments.lineage(ticket.service_id), timezone.localdate(start)
    rows: list[Considered] = []
    passed = False
    for policy in sorted(policies, key=lambda one: (one.position, one.pk)):
        against = unmet(policy, ticket, lineage, on)
        if not against and not any(target.kind == kind for target in policy.targets.all()):
            against = _("It promises nothing of this kind.")
        if not against and passed:
            against = _("Another one comes first.")
        rows.append(Considered(policy, conditions_text(policy), against, policy.pk == chosen))
        passed = passed or policy.pk == chosen
    return rows


def unmet(policy: SlaPolicy, ticket: Ticket, lineage: tuple[int, ...], on: date) -> str:
    """The first condition of a policy that a request received on ``on`` does not fulfil; empty when it fulfils all
    (`tickets.selectors.commitments.Policy.fits`)."""
    if not policy.is_active:
        return _("It is not active.")
    if policy.effective_from and on < policy.effective_from:
        return _("It is in force from %(day)s only.") % {"day": date_format(policy.effective_from, "j F Y")}
    if policy.effective_until and on > policy.effective_until:
        return _("It was in force until %(day)s.") % {"day": date_format(policy.effective_until, "j F Y")}
    if policy.channel and policy.channel != ticket.channel:
        return _("The channel is not “%(wanted)s”.") % {"wanted": policy.get_channel_display()}
    if policy.request_type_id and policy.request_type_id != ticket.request_type_id:
        return _("The type is not “%(wanted)s”.") % {"wanted": policy.request_type}
    if policy.service_id and policy.service_id not in lineage:
        return _("The service is not “%(wanted)s”, nor one below it.") % {"wanted": policy.service}
    if policy.priority and policy.priority != ticket.priority:
        return _("The priority is not “%(wanted)s”.") % {"wanted": policy.get_priority_display()}
    return ""


def _steps(
    commitments: Commitments,
    ticket: Ticket,
    kind: str,
    chosen: SlaPolicy | None,
    start: datetime,
    due_at: datetime,
    calendar: WorkingCalendar,
) -> list[dict[str, Any]]:
    """The escalation as items of the `timeline` component, in order of time."""
    recipients = Recipients.load()
    dated = [
        (moment(step, start, due_at, calendar), step) for step in commitments.steps(kind, chosen.pk if chosen else None)
    ]
    return [_step(kind, at, step, recipients, ticket, start) for at, step in sorted(dated, key=lambda one: one[0])]


def _step(
    kind: str, at: datetime, step: Step, recipients: Recipients, ticket: Ticket, start: datetime
) -> dict[str, Any]:
    told: list[Agent] = recipients.of_step(ticket, step)
    agent = recipients.agents.get(step.agent_id) if step.agent_id else None
    names = ", ".join(person.full_name for person in told) or _("nobody")
    skipped = at < start
    return {
        "label": exact_moment(at),
        "actor": step_text(kind, step, unit=step.unit, agent=agent),
        "detail": _("Its moment is past when the request comes in: skipped.")
        if skipped
        else _("Today, with nobody in charge yet: %(names)s") % {"names": names},
        "icon": "bell" if not step.escalation else "triangle-alert",
        "tone": "late" if step.escalation and not skipped else "",
    }
