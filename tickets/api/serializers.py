"""The shapes of the API. Datetimes are ISO 8601 with an offset; services and request types are told by their codes."""

from typing import Any

from rest_framework import serializers

from directory.models import Agent, Citizen, ContactKind
from tickets.enums import Channel, EventKind, MessageKind, Status


class RequesterShape(serializers.Serializer[Citizen]):
    """Who asks, with the first address and number known; empty strings when there is none."""

    name = serializers.CharField(source="display_name")
    email = serializers.SerializerMethodField()
    phone = serializers.SerializerMethodField(help_text="E.164, or a short number as it is dialled.")

    def get_email(self, citizen: Citizen) -> str:
        return _contact(citizen, ContactKind.EMAIL)

    def get_phone(self, citizen: Citizen) -> str:
        return _contact(citizen, ContactKind.PHONE)


def _contact(citizen: Citizen, kind: str) -> str:
    return next((point.value for point in citizen.contact_points.all() if point.kind == kind), "")


class TicketShape(serializers.Serializer[Any]):
    """A ticket as lists show it."""

    reference = serializers.CharField()
    subject = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)
    channel = serializers.ChoiceField(choices=Channel.choices)
    request_type = serializers.CharField(
        source="request_type.code", allow_null=True, default=None, help_text="Code of the catalogue."
    )
    service = serializers.CharField(source="service.code", help_text="Code of the service.")
    assignee = serializers.CharField(
        source="assignee.full_name", allow_null=True, default=None, help_text="Full name of the agent."
    )
    requester = RequesterShape(allow_null=True, help_text="Null when the caller stayed anonymous.")
    received_at = serializers.DateTimeField()
    answer_due_at = serializers.DateTimeField()
    legal_due_on = serializers.DateField(
        allow_null=True, help_text="Last day to decide before the implicit decision; null without a legal regime."
    )
    escalation_level = serializers.IntegerField(help_text="0: nobody was alerted; 3: the manager was.")


class AttachmentShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")


class MessageShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=MessageKind.choices)
    channel = serializers.ChoiceField(choices=Channel.choices)
    author = serializers.CharField(source="author_name")
    body = serializers.CharField()
    created_at = serializers.DateTimeField()
    attachments = AttachmentShape(many=True, source="files")


class EventShape(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=EventKind.choices)
    at = serializers.DateTimeField()
    actor = serializers.SerializerMethodField(help_text="Full name of the agent; null when the system acted.")
    data = serializers.DictField(  # type: ignore[assignment]
        help_text="What the event tells; its keys depend on the kind."
    )

    def get_actor(self, event: Any) -> str | None:
        actor: Agent | None = event.actor
        return actor.full_name if actor else None


class AnswerShape(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Of the question.")
    question = serializers.CharField()
    answer = serializers.CharField()


class TicketDetailShape(TicketShape):
    """A ticket with the answers to its form, its conversation and its timeline, oldest first."""

    answers = AnswerShape(many=True)
    messages = MessageShape(many=True)
    events = EventShape(many=True)


class TicketPageShape(serializers.Serializer[Any]):
    results = TicketShape(many=True)
    next = serializers.URLField(allow_null=True, help_text="Address of the next page; null on the last one.")


# made once: making one costs more than using it
TICKET, MESSAGE, EVENT = TicketShape(), MessageShape(), EventShape()


class MessageInput(serializers.Serializer[Any]):
    """``reply`` goes to the citizen by e-mail, ``note`` stays between agents, ``inbound`` is what the citizen said."""

    kind = serializers.ChoiceField(choices=MessageKind.choices)
    body = serializers.CharField(max_length=100_000)
    then = serializers.ChoiceField(
        choices=[Status.ANSWERED, Status.WAITING, Status.OPEN, Status.CLOSED],
        required=False,
        help_text="For a reply only: the status that follows it (default: answered).",
    )


class RefusalShape(serializers.Serializer[Any]):
    """Every refusal. ``errors`` lists all the fields refused when there are several."""

    detail = serializers.CharField(help_text="A sentence for people, in the language of the request.")
    code = serializers.CharField(help_text="Stable, for programs.")
    field = serializers.CharField(required=False)
    errors = serializers.DictField(required=False)  # type: ignore[assignment]
