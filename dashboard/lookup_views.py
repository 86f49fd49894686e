"""The look-up of elected officials. The name goes in a POST: it stays out of addresses, histories and access logs."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import NotAllowed, TooMany
from core.guards import agent_required, rate_limit_hit
from core.pagination import keyset_page
from dashboard.lookup import LEAST_LETTERS, standings_of
from directory.models import Agent
from directory.permissions import has_right
from directory.roles import ADMINISTER, ASSIGN, LOOKUP
from tickets.actions.rights.access import lookup_log
from tickets.selectors.access import lookups_by
from tickets.views.addresses import address
from tickets.views.common import agent_of

MOST, SECONDS = 30, 600  # look-ups by one person
OWN_SHOWN, PAGE_SIZE = 5, 50


class LookupForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the person or of the association"),
        max_length=120,
        help_text=_("First name and last name, in whole words."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
        error_messages={"required": _("Write a name.")},
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if sum(letter.isalpha() for letter in name) < LEAST_LETTERS:
            raise forms.ValidationError(_("Write at least three letters of a name."))
        return name


@require_http_methods(["GET", "HEAD", "POST"])
@agent_required
def lookup(request: HttpRequest) -> HttpResponse:
    """Type a name, see where the requests stand. Every look-up is written down before its answer is shown."""
    agent = agent_of(request)
    if not has_right(agent, LOOKUP):
        raise NotAllowed(_("The look-up is for elected officials."))
    form, found, status = LookupForm(request.POST or None), None, 200
    if request.method == "POST":
        if rate_limit_hit("lookup", str(agent.pk), limit=MOST, seconds=SECONDS):
            raise TooMany(_("Too many look-ups in a few minutes. Please wait and try again."))
        if form.is_valid():
            lookup_log(agent, form.cleaned_data["name"])
            found = standings_of(agent, form.cleaned_data["name"])
        else:
            status = 422
    own = lookups_by(agent, who=agent.pk).order_by("-at", "-id")[:OWN_SHOWN]
    context = {"form": form, "found": found, "own": own, "typed": form.cleaned_data.get("name", "") if found else ""}
    response = render(request, "dashboard/lookup.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@agent_required
def lookup_log_page(request: HttpRequest) -> HttpResponse:
    """Who looked whom up, for administrators and for those who manage the services of the elected officials."""
    agent = agent_of(request)
    if not (has_right(agent, ADMINISTER) or has_right(agent, ASSIGN)):
        raise NotAllowed(_("The log of look-ups is for managers and administrators."))
    wanted = request.GET.get("agent", "")
    who = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 10 else None
    page = keyset_page(
        lookups_by(agent, who=who), order=("-id",), cursor=request.GET.get("cursor") or None, size=PAGE_SIZE
    )
    context = {
        "rows": page.rows,
        "chosen": Agent.objects.filter(pk=who).first() if who else None,
        "next_url": address(request, cursor=page.next) if page.next else "",
        "previous_url": address(request, cursor=page.previous) if page.previous else "",
    }
    return render(request, "dashboard/lookup_log.html", context)
