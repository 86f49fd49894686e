"""An HTML message as it was received: cleaned, in a frame where nothing runs, and that asks nothing of other sites
until somebody says so. An image loaded from elsewhere tells its sender who read, when and from where."""

from typing import cast

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from channels_intake.email.html_text import remote_images, shown_html
from core.guards import agent_required
from directory.models import Agent
from tickets.actions.rights.access import access_log
from tickets.actions.timeline import event_add
from tickets.enums import EventKind
from tickets.models import AccessKind, Attachment, Message
from tickets.permissions import may_see

_SALT = "channels_intake.mail_images"
_ASKED_FOR = 15 * 60  # seconds a click on « load the images » is worth
# no script, no form: the same origin is only for the images, which the session opens
_SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
_CSP = f"sandbox {_SANDBOX}; default-src 'none'; style-src 'self'; frame-ancestors 'self'; img-src 'self'"


@require_safe
@agent_required
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The message in its frame, and the button that loads what comes from elsewhere."""
    message, asked = _message(request, pk), _asked(request, pk)
    address = reverse("inbound:message_html", args=[pk])
    context = {
        "message": message,
        "ticket": message.ticket,
        "sandbox": _SANDBOX,
        "address": f"{address}?images={request.GET['images']}" if asked else address,
        "remote": 0 if asked else remote_images(message.body_html),
    }
    return _unkept(render(request, "channels_intake/email/message.html", context))


@require_safe
@agent_required
@xframe_options_sameorigin
def content(request: HttpRequest, pk: int) -> HttpResponse:
    """What the frame shows: a document of its own, whose policy forbids all but our images and our stylesheet."""
    message, asked = _message(request, pk), _asked(request, pk)
    access_log(agent=cast(Agent, request.user), ticket=message.ticket, kind=AccessKind.PAGE)
    html = shown_html(
        message.body_html, images=_images(message), placeholder="" if asked else static("img/remote-image.svg")
    )
    response = _unkept(render(request, "channels_intake/email/message_html.html", {"html": html}))
    response["Content-Security-Policy"] = f"{_CSP} http: https:" if asked else _CSP
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_POST
@agent_required
def images(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody wants the images that come from elsewhere: kept in the history of the ticket."""
    message = _message(request, pk)
    agent = cast(Agent, request.user)
    event_add(message.ticket, EventKind.IMAGES, actor=agent, at=timezone.now(), message=message.pk)
    asked = signing.dumps([message.pk, agent.pk], salt=_SALT)
    return redirect(f"{reverse('inbound:message', args=[pk])}?images={asked}")


def _message(request: HttpRequest, pk: int) -> Message:
    """Http404 when there is none, it holds no HTML, or its ticket is out of sight."""
    message = Message.objects.select_related("ticket").filter(pk=pk).exclude(body_html="").first()
    if message is None or not may_see(cast(Agent, request.user), message.ticket):
        raise Http404
    return message


def _asked(request: HttpRequest, pk: int) -> bool:
    """True when the address is the one that the click of this agent gave, a moment ago: a link cannot ask for them."""
    try:
        asked = signing.loads(request.GET.get("images", ""), salt=_SALT, max_age=_ASKED_FOR)
    except signing.BadSignature:
        return False
    return bool(asked == [pk, request.user.pk])


def _images(message: Message) -> dict[str, str]:
    """sha256 → address, of the images that came with the message, as their bytes say they are."""
    found = {}
    for file in Attachment.objects.safe().filter(message=message, content_type__startswith="image/"):
        found[file.sha256] = f"{reverse('tickets:attachment', args=[file.pk])}?inline=1"
    return found


def _unkept(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response
