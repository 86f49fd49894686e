"""Tickets by the API: the same rights as the pages. Opening one is in ``channels_intake.api``, the channel's room."""

from collections.abc import Iterable
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from core.errors import Invalid
from directory.models import Agent
from directory.roles import WORK
from tickets.actions.messages import Incoming, message_receive, note_add, reply_send
from tickets.actions.rights.access import access_log, accesses_log
from tickets.api.filters import DEFAULT_LIMIT, MAX_LIMIT, apply_filter, read_filter
from tickets.api.serializers import (
    EVENT,
    MESSAGE,
    TICKET,
    MessageInput,
    MessageShape,
    RefusalShape,
    TicketDetailShape,
    TicketPageShape,
)
from tickets.enums import Channel, MessageKind, Status
from tickets.models import AccessKind, Message, Ticket, TicketEvent
from tickets.permissions import require
from tickets.selectors.detail import events_of, messages_of
from tickets.selectors.visible import ticket_get, tickets_visible_to, with_names

_SEVERAL = "May be repeated, or several values separated by commas."
FILTERS = [
    OpenApiParameter("q", str, description="Words, a reference, an e-mail address or a telephone number."),
    OpenApiParameter("status", str, enum=Status.values, many=True, description=_SEVERAL),
    OpenApiParameter("channel", str, enum=Channel.values, many=True, description=_SEVERAL),
    OpenApiParameter("service", str, many=True, description=f"Code of a service, with those below it. {_SEVERAL}"),
    OpenApiParameter("late", OpenApiTypes.BOOL, description="Open, with a commitment past its due date."),
    OpenApiParameter("cursor", str, description="From `next`; opaque."),
    OpenApiParameter("limit", int, description=f"Tickets per page, at most {MAX_LIMIT} (default {DEFAULT_LIMIT})."),
]


def agent_of(request: Request) -> Agent:
    assert isinstance(request.user, Agent)  # every view of the API asks for authentication
    return request.user


def ticket_detail(ticket: Ticket) -> dict[str, Any]:
    """The detail's JSON: four queries, whatever the length of the conversation."""
    messages = list(messages_of(ticket))
    for message in messages:
        message.files = list(message.attachments.all())  # type: ignore[attr-defined]
    return detail_json(ticket, messages, events_of(ticket))


def detail_json(ticket: Ticket, messages: Iterable[Message], events: Iterable[TicketEvent]) -> dict[str, Any]:
    """A `TicketDetailShape`; each message has its attachments in ``files``."""
    prefetch_related_objects([ticket], "requester__contact_points")
    return {
        **TICKET.to_representation(ticket),
        "answers": [dict(zip(("code", "question", "answer"), each, strict=False)) for each in ticket.answers],
        "messages": [MESSAGE.to_representation(message) for message in messages],
        "events": [EVENT.to_representation(event) for event in events],
    }


class TicketList(APIView):
    """Tickets the caller may see, latest received first."""

    @extend_schema(
        operation_id="tickets_list",
        parameters=FILTERS,
        responses={200: TicketPageShape, 400: RefusalShape},
        summary="Find tickets",
    )
    def get(self, request: Request) -> Response:
        wanted = read_filter(request.query_params)
        found = apply_filter(tickets_visible_to(agent_of(request)), wanted, now=timezone.now())
        page = found.page(
            ("-received_at", "-id"),
            cursor=wanted.cursor,
            size=wanted.limit,
            dressed=lambda tickets: with_names(tickets).prefetch_related("requester__contact_points"),
        )
        accesses_log(agent_of(request), page.rows, AccessKind.API)
        following = replace_query_param(request.build_absolute_uri(), "cursor", page.next) if page.next else None
        return Response({"results": [TICKET.to_representation(row) for row in page.rows], "next": following})


class TicketDetail(APIView):
    @extend_schema(
        operation_id="tickets_retrieve",
        responses={200: TicketDetailShape, 404: RefusalShape},
        summary="Read a ticket, its conversation and its timeline",
    )
    def get(self, request: Request, reference: str) -> Response:
        ticket = ticket_get(agent_of(request), reference)
        access_log(agent_of(request), ticket, AccessKind.API)
        return Response(ticket_detail(ticket))


class MessageList(APIView):
    @extend_schema(
        operation_id="messages_create",
        request=MessageInput,
        responses={201: MessageShape, 400: RefusalShape, 403: RefusalShape, 404: RefusalShape, 409: RefusalShape},
        summary="Reply to the citizen, leave a note, or add what the citizen said",
    )
    def post(self, request: Request, reference: str) -> Response:
        agent = agent_of(request)
        ticket = ticket_get(agent, reference)
        given = MessageInput(data=request.data)
        given.is_valid(raise_exception=True)
        message = _message_add(ticket, agent, **given.validated_data)
        message.files = []  # type: ignore[attr-defined]
        return Response(MESSAGE.to_representation(message), status=status.HTTP_201_CREATED)


def _message_add(ticket: Ticket, agent: Agent, *, kind: str, body: str, then: str | None = None) -> Message:
    now = timezone.now()
    if kind == MessageKind.REPLY:
        return reply_send(ticket=ticket, actor=agent, body=body, now=now, then=then or Status.ANSWERED)
    if then is not None:
        raise Invalid(_("Only a reply says what status follows."), field="then")
    if kind == MessageKind.NOTE:
        return note_add(ticket=ticket, actor=agent, body=body, now=now)
    require(agent, WORK, ticket)
    return message_receive(ticket=ticket, incoming=Incoming(channel=Channel.API, body=body), now=now, actor=agent)
