"""« Rappels »: the people the town hall owes a call, and the calls nobody picked up."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from channels_intake.models import AttemptResult
from channels_intake.phone.callbacks import (
    callback_attempt,
    callback_take,
    missed_attempt,
    missed_dismiss,
    missed_take,
)
from channels_intake.phone.queue_forms import AttemptForm, DismissForm
from channels_intake.phone.selectors import callbacks_owed, missed_calls, missed_forgotten, owed_of
from channels_intake.phone.views import agent_of
from core.errors import DomainError, Invalid, NotAllowed
from core.fragments import render_page
from core.guards import agent_required
from core.pagination import keyset_page
from directory.permissions import has_right
from directory.roles import LOG, WORK
from tickets.actions.rights.access import list_log
from tickets.timezones import town_zone

PAGE = "channels_intake/phone/callbacks.html"
PARTIALS = {"callbacks": "channels_intake/phone/_callbacks.html"}
View = Callable[..., HttpResponse]


def caller_required(right: str) -> Callable[[View], View]:
    """Only agents who hold ``right`` somewhere; `NotAllowed` (403) for the others."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not has_right(agent_of(request), right):
                raise NotAllowed(gettext_lazy("You do not call citizens back: ask your manager for this right."))
            return view(request, *args, **kwargs)

        return guarded

    return decorate


@require_safe
@agent_required
@caller_required(WORK)
def callbacks(request: HttpRequest) -> HttpResponse:
    return _shown(request)


@require_POST
@agent_required
@caller_required(WORK)
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """« I am calling »: the number becomes a link to dial, and colleagues see who calls."""
    return _done(request, lambda: callback_take(deadline_id=pk, actor=agent_of(request), now=timezone.now()), pk)


@require_POST
@agent_required
@caller_required(WORK)
def attempt(request: HttpRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    form = AttemptForm(request.POST, pk=pk, now=now)
    if not form.is_valid():
        return _shown(request, attempt_form=form, refused=pk, status=422)
    data = form.cleaned_data
    try:
        callback_attempt(
            deadline_id=pk,
            actor=agent_of(request),
            result=data["result"],
            note=data["note"],
            next_at=form.moment(town_zone()),
            now=now,
        )
    except Invalid as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return _shown(request, attempt_form=form, refused=pk, status=422)
    except DomainError as error:
        messages.warning(request, error.message)
        return redirect("phone:callbacks")
    _tell(request, data["result"])
    return redirect("phone:callbacks")


@require_POST
@agent_required
@caller_required(LOG)
def missed_take_view(request: HttpRequest, pk: int) -> HttpResponse:
    return _done(request, lambda: missed_take(call_id=pk, actor=agent_of(request), now=timezone.now()), pk, "missed")


@require_POST
@agent_required
@caller_required(LOG)
def missed_attempt_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Reached: the desk opens on this person, to write down what they wanted."""
    now = timezone.now()
    form = AttemptForm(request.POST, pk=pk, now=now, is_missed=True)
    if not form.is_valid():
        return _shown(request, missed_form=form, refused=pk, status=422)
    data = form.cleaned_data
    try:
        missed_attempt(call_id=pk, actor=agent_of(request), result=data["result"], note=data["note"], now=now)
    except DomainError as error:
        messages.warning(request, error.message)
        return redirect("phone:callbacks")
    if data["result"] == AttemptResult.REACHED:
        return redirect(f"{reverse('phone:desk')}?call={pk}")
    _tell(request, data["result"])
    return redirect("phone:callbacks")


@require_POST
@agent_required
@caller_required(LOG)
def missed_dismiss_view(request: HttpRequest, pk: int) -> HttpResponse:
    form = DismissForm(request.POST, pk=pk)
    reason = str(dict(DismissForm.REASONS)[form.cleaned_data["reason"]]) if form.is_valid() else ""
    try:
        missed_dismiss(call_id=pk, actor=agent_of(request), reason=reason, now=timezone.now())
    except DomainError as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("Set aside."))
    return redirect("phone:callbacks")


def _tell(request: HttpRequest, result: str) -> None:
    if result == AttemptResult.REACHED:
        messages.success(request, _("Called back. Answer or close the request if nothing is left to do."))
    else:
        messages.success(request, _("The attempt is kept; the person stays in the queue."))


def _done(request: HttpRequest, action: Callable[[], object], pk: int, kind: str = "callback") -> HttpResponse:
    try:
        action()
    except DomainError as error:
        messages.warning(request, error.message)
    return redirect(f"{reverse('phone:callbacks')}#{kind}-{pk}")


def _shown(
    request: HttpRequest,
    *,
    attempt_form: AttemptForm | None = None,
    missed_form: AttemptForm | None = None,
    refused: int | None = None,
    status: int = 200,
) -> HttpResponse:
    agent, now = agent_of(request), timezone.now()
    page = keyset_page(callbacks_owed(agent), order=("call_at", "id"), cursor=request.GET.get("cursor"), size=25)
    list_log(agent, [deadline.ticket for deadline in page.rows])
    owed = [
        (
            owed_of(deadline, agent, now),
            attempt_form if attempt_form and deadline.pk == refused else AttemptForm(pk=deadline.pk, now=now),
        )
        for deadline in page.rows
    ]
    missed = [
        (
            one,
            missed_form
            if missed_form and one.call.pk == refused
            else AttemptForm(pk=one.call.pk, now=now, is_missed=True),
            DismissForm(pk=one.call.pk),
        )
        for one in (missed_calls(agent, now) if not request.GET.get("cursor") else [])
    ]
    context = {
        "owed": owed,
        "missed": missed,
        "forgotten": missed_forgotten(agent, now) if not request.GET.get("cursor") else [],
        "may_log": has_right(agent, LOG),
        "now": now,
        "live_url": settings.LIVE_URL,
        "form": attempt_form or missed_form,
        "next_url": f"?cursor={page.next}" if page.next else "",
        "previous_url": f"?cursor={page.previous}" if page.previous else "",
    }
    return render_page(request, PAGE, context, partials=PARTIALS, status=status)
