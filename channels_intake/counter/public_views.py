"""The public screens of a site: the kiosk that gives a number, the display that calls it. Nothing personal on them.

Neither needs a script. The kiosk goes back to its first page by itself (the « Refresh » header); the display is
refreshed by htmx, or without a script by the browser.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from channels_intake.counter.actions import visit_arrive
from channels_intake.counter.forms import ArrivalForm
from channels_intake.counter.selectors import called_visits, pulse
from channels_intake.models import SiteScreens, Visit, VisitState
from core.fragments import render_page
from core.guards import rate_limit_hit
from directory.models import Site

SALT = "counter.kiosk.number"
SHOWN_FOR = 20  # seconds a number stays on the kiosk
IDLE_FOR = 60  # seconds before the kiosk goes back to French and to its first choice
NUMBERS_A_MINUTE = 20  # of one kiosk: more is somebody playing with it
LANGUAGES = ("fr", "en")
LAST_CALLED = 5


def _kiosk_language(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The language is in the address (``?langue=en``) and kept nowhere: the next visitor starts in French."""

    @wraps(view)
    def spoken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.GET.get("langue", "")
        language = asked if asked in LANGUAGES else LANGUAGES[0]
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = view(request, *args, **kwargs)
        response["Content-Language"] = language
        return response

    return spoken


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_kiosk_language
def kiosk(request: HttpRequest, token: str) -> HttpResponse:
    """Why do you come? One touch gives a number."""
    site = _site(kiosk_token=token)
    form = ArrivalForm(request.POST or None, site=site, by_kiosk=True)
    refused = False
    if request.method == "POST" and form.is_valid():
        refused = rate_limit_hit("kiosk", token, limit=NUMBERS_A_MINUTE, seconds=60)
        if not refused:
            visit = visit_arrive(site=site, arrival=form.arrival(timezone.now()), now=timezone.now())
            ticket = signing.dumps(visit.pk, salt=SALT)
            return redirect(_with_language(reverse("kiosk:number", args=[token, ticket])))
    context = {
        "site": site,
        "form": ArrivalForm(site=site, by_kiosk=True),
        "reasons": list(form.fields["reason"].queryset),  # type: ignore[attr-defined]
        "pulse": pulse(site, timezone.now()),
        "refused": refused,
        "home": reverse("kiosk:home", args=[token]),
        "language": translation.get_language(),
    }
    response = render(request, "channels_intake/counter/kiosk.html", context, status=429 if refused else 200)
    response["Refresh"] = f"{IDLE_FOR}; url={reverse('kiosk:home', args=[token])}"
    return response


@require_safe
@never_cache
@_kiosk_language
def number(request: HttpRequest, token: str, ticket: str) -> HttpResponse:
    """The number just given, for a few seconds."""
    site = _site(kiosk_token=token)
    home = reverse("kiosk:home", args=[token])
    try:
        pk = signing.loads(ticket, salt=SALT, max_age=10 * SHOWN_FOR)
    except signing.BadSignature:
        return redirect(home)
    visit = Visit.objects.filter(pk=pk, site=site).first()
    if visit is None:
        return redirect(home)
    context = {"site": site, "visit": visit, "pulse": pulse(site, timezone.now()), "home": home}
    response = render(request, "channels_intake/counter/number.html", context)
    response["Refresh"] = f"{SHOWN_FOR}; url={home}"
    return response


@require_safe
@never_cache
@_kiosk_language
def display(request: HttpRequest, token: str) -> HttpResponse:
    """The numbers called, with their desk, readable from the waiting room."""
    site, now = _site(display_token=token), timezone.now()
    visits = called_visits(site, now)
    called = [visit for visit in visits if visit.state == VisitState.CALLED][:4]
    context = {
        "site": site,
        "called": called,
        "last": [visit for visit in visits if visit not in called][:LAST_CALLED],
        "pulse": pulse(site, now),
        "now": now,
    }
    partials = {"board": "channels_intake/counter/_board.html"}
    return render_page(request, "channels_intake/counter/display.html", context, partials=partials)


def _site(**token: str) -> Site:
    screens = SiteScreens.objects.filter(site__is_active=True, **token).select_related("site").first()
    if screens is None:
        raise Http404
    return screens.site


def _with_language(url: str) -> str:
    language = translation.get_language()
    return url if language == LANGUAGES[0] else f"{url}?langue={language}"
