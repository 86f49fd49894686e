"""Opening tickets by the API, and the page that documents it."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from channels_intake.api.serializers import TicketInput
from channels_intake.pipeline import intake
from channels_intake.web_form.pending import day_is_full
from core.errors import NotAllowed, TooMany
from directory.actions.citizens import Requester
from directory.contacts import normalise_email, normalise_phone
from directory.models import Agent
from directory.permissions import has_right
from directory.roles import ADMINISTER, LOG
from tickets.actions.attachments import Upload
from tickets.actions.opening import Draft
from tickets.api.parsers import BoundedJSONParser, RequestMultiPartParser
from tickets.api.serializers import TICKET, RefusalShape, TicketDetailShape
from tickets.api.views import TicketList, agent_of, detail_json, ticket_detail
from tickets.models import Ticket
from tickets.permissions import may_see


class TicketIntake(TicketList):
    """The list, and opening a ticket for agents who log contacts or administer."""

    parser_classes = [BoundedJSONParser, RequestMultiPartParser]

    @extend_schema(
        operation_id="tickets_create",
        request=TicketInput,
        responses={
            201: TicketDetailShape,
            200: TicketDetailShape,
            400: RefusalShape,
            403: RefusalShape,
            413: RefusalShape,
            429: RefusalShape,
        },
        summary="Open a ticket",
        description=(
            "201 with the new ticket, not routed yet: its service and type may change within seconds; 200 with the "
            "same ticket when this account sent this `external_id` before. A "
            "ticket that has since left what the account may see is told without its service, people and conversation."
        ),
    )
    def post(self, request: Request) -> Response:
        agent = agent_of(request)
        if not (has_right(agent, LOG) or has_right(agent, ADMINISTER)):
            raise NotAllowed(_("You do not have the right to record requests."))
        given = TicketInput(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        uploads = wanted.get("attachments", [])
        _require_room(agent, wanted["requester"], uploads)
        ticket, is_new = intake(
            source=f"api:{agent.pk}",
            key=wanted.get("external_id") or "",
            draft=Draft(
                channel=wanted["channel"],
                subject=wanted["subject"],
                body=wanted["body"],
                requester=wanted["requester"],
                request_type=wanted.get("request_type"),
                location=wanted.get("location", ""),
                latitude=wanted.get("latitude"),
                longitude=wanted.get("longitude"),
                language=wanted.get("language", ""),
                answers=wanted["answers"],
                uploads=uploads,
            ),
            actor=agent,
            now=timezone.now(),
        )
        if is_new:
            return Response(_opened(ticket, with_files=bool(uploads)), status=status.HTTP_201_CREATED)
        return Response(ticket_detail(ticket) if may_see(agent, ticket) else _outline(ticket))


def _require_room(agent: Agent, requester: Requester, uploads: Sequence[Upload]) -> None:
    """Raises `TooMany` when this requester (the account, for an anonymous one) sent too many files today."""
    who = normalise_email(requester.email) or normalise_phone(requester.phone) or f"account:{agent.pk}"
    size = sum(len(upload.content) for upload in uploads)
    if size and day_is_full(who, size):
        raise TooMany(_("Too many files were sent for this person today. Try again tomorrow."))


def _opened(ticket: Ticket, *, with_files: bool) -> dict[str, Any]:
    """The detail of a ticket that was just made here, from one message."""
    messages = list(ticket.messages.all())
    for message in messages:
        message.files = list(message.attachments.all()) if with_files else []  # type: ignore[attr-defined]
    return detail_json(ticket, messages, ticket.events.select_related("actor"))


def _outline(ticket: Ticket) -> dict[str, Any]:
    """What the citizen's own tracking page tells, in the shape of the detail."""
    hidden = {"request_type": None, "service": None, "assignee": None, "requester": None, "legal_due_on": None}
    return {
        **TICKET.to_representation(ticket),
        **hidden,
        "escalation_level": 0,
        "answers": [],
        "messages": [],
        "events": [],
    }


class Documentation(SpectacularSwaggerSplitView):
    """The page of the API: under the same strict CSP as every page, so without the library's inline parts."""

    template_name = "api/docs.html"
    url_name = "api:schema"
