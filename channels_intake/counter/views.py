from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from channels_intake.desk.views import Desk, desk_page, log_required
from core.guards import agent_required
from directory.models import Site
from tickets.enums import Channel

SESSION_KEY = "counter_site"
DESK = Desk(
    channel=Channel.COUNTER,
    namespace="counter",
    title=_("Counter desk"),
    intro=_("A visit is logged while the person is in front of you."),
    who=_("Who is in front of you?"),
    fresh=_("New visit"),
    add=_("Add this visit to this request"),
    add_and_reopen=_("Add this visit and reopen"),
)


@require_http_methods(["GET", "POST"])
@agent_required
@log_required
def desk(request: HttpRequest) -> HttpResponse:
    """The counter desk of the site chosen for this session; asks for it when there are several and none is chosen."""
    sites = list(Site.objects.filter(is_active=True))
    site = _current(request, sites)
    if sites and site is None:
        return render(request, "channels_intake/desk/choose_site.html", {"desk": DESK, "sites": sites})
    source = f"counter:{site.code}"[:60] if site else "counter"
    return desk_page(request, DESK, source=source, extra={"site": site, "sites": sites})


@require_POST
@agent_required
@log_required
def choose_site(request: HttpRequest) -> HttpResponse:
    """Remember where this agent receives people, until they log out."""
    code = request.POST.get("site", "")
    if code in Site.objects.filter(is_active=True).values_list("code", flat=True):
        request.session[SESSION_KEY] = code
    return redirect("counter:desk")


def _current(request: HttpRequest, sites: list[Site]) -> Site | None:
    if len(sites) == 1:
        return sites[0]
    return next((site for site in sites if site.code == request.session.get(SESSION_KEY)), None)
