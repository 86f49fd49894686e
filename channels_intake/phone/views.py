from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from channels_intake.desk.views import Desk, desk_page, log_required
from core.guards import agent_required
from tickets.enums import Channel

DESK = Desk(
    channel=Channel.PHONE,
    namespace="phone",
    title=_("Phone desk"),
    intro=_("A call is logged while the person is still on the line."),
    who=_("Who is calling?"),
    fresh=_("New call"),
    add=_("Add this call to this request"),
    add_and_reopen=_("Add this call and reopen"),
)


@require_http_methods(["GET", "POST"])
@agent_required
@log_required
def desk(request: HttpRequest) -> HttpResponse:
    """The telephone desk: who calls, what about, how it ended."""
    return desk_page(request, DESK, source="phone")
