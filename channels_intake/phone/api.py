"""``POST /api/v1/calls/``: the telephone system tells what happens to a call."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.authentication import TokenAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from channels_intake.models import CallState, TelephoneSystem
from channels_intake.phone.calls import CallEvent, Told, call_tell, is_internal, system_heard
from channels_intake.phone.signing import SYSTEM, TIMESTAMP, SignedByTelephoneSystem
from directory.models import Agent
from directory.permissions import has_right
from directory.roles import ADMINISTER, LOG
from tickets.api.serializers import RefusalShape

OLDEST = timedelta(days=7)
SECONDS = re.compile(r"\d{1,11}(?:\.\d{0,9})?", re.ASCII)  # up to the year 5138


@extend_schema_field({"type": "string", "format": "date-time"})
class MomentField(serializers.DateTimeField):
    """ISO 8601, or seconds since 1970 (what a dial plan has at hand)."""

    def to_internal_value(self, value: Any) -> datetime:
        text = str(value)
        if SECONDS.fullmatch(text):
            return datetime.fromtimestamp(float(text), tz=UTC)
        found: datetime = super().to_internal_value(value)
        return found


class CallInput(serializers.Serializer[Any]):
    """``from`` is a word of the language: it is added in `get_fields`."""

    call_id = serializers.CharField(
        max_length=90, help_text="The telephone system's own identifier of the call, the same for all of its events."
    )
    event = serializers.ChoiceField(choices=CallEvent.choices)
    to = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=60, help_text="Number called."
    )
    extension = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=30, help_text="Where it rings, or who picked up."
    )
    at = MomentField(
        required=False, allow_null=True, help_text="When it happened; now when absent. Seconds since 1970 are accepted."
    )

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["from"] = serializers.CharField(
            required=False,
            allow_blank=True,
            allow_null=True,
            max_length=60,
            help_text="Number of the caller, in any usual form; empty, or a word (anonymous), when it is hidden.",
        )
        return fields

    def validate_at(self, value: datetime | None) -> datetime | None:
        if value is not None and timezone.now() - value > OLDEST:
            raise serializers.ValidationError(_("More than seven days ago."))
        return value


class CallShape(serializers.Serializer[Any]):
    call_id = serializers.CharField()
    state = serializers.ChoiceField(
        choices=[*CallState.choices, ("ignored", "ignored")],
        help_text="What the events told so far add up to; `ignored` for a call between two of our extensions.",
    )
    number = serializers.CharField(help_text="The caller in E.164; empty when hidden.")
    agent = serializers.CharField(allow_null=True, help_text="E-mail address of the agent at the extension.")


class MayTellCalls(BasePermission):
    """A telephone system, or the token of an account that logs contacts or administers."""

    message = _("You do not have the right to record calls.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        if isinstance(request.auth, TelephoneSystem):
            return True
        agent = request.user
        return isinstance(agent, Agent) and (has_right(agent, LOG) or has_right(agent, ADMINISTER))


class CallEvents(APIView):
    authentication_classes = (SignedByTelephoneSystem, TokenAuthentication)
    permission_classes = (MayTellCalls,)

    @extend_schema(
        operation_id="calls_tell",
        tags=["calls"],
        parameters=[
            OpenApiParameter(SYSTEM, str, OpenApiParameter.HEADER, description="Code of the telephone system."),
            OpenApiParameter(TIMESTAMP, str, OpenApiParameter.HEADER, description="Seconds since 1970."),
        ],
        request=CallInput,
        responses={200: CallShape, 201: CallShape, 400: RefusalShape, 401: RefusalShape, 403: RefusalShape},
        examples=[
            OpenApiExample(
                "A call rings",
                request_only=True,
                value={
                    "call_id": "1795342800.42",
                    "event": "ringing",
                    "from": "0639981234",
                    "to": "0261910000",
                    "extension": "204",
                    "at": "2026-11-22T09:12:03+01:00",
                },
            ),
        ],
        summary="Tell what happens to a call",
        description=(
            "201 for a call not heard of before, 200 for the others. Events may be sent again, late and in any order: "
            "a late `ringing` does not make a call ring again. The agent who sits at the extension sees who calls."
        ),
    )
    def post(self, request: Request) -> Response:
        given = CallInput(data=request.data)
        given.is_valid(raise_exception=True)
        wanted, now = given.validated_data, timezone.now()
        told = Told(
            call_id=wanted["call_id"],
            event=wanted["event"],
            at=min(wanted.get("at") or now, now),
            caller=wanted.get("from") or "",
            called=wanted.get("to") or "",
            extension=wanted.get("extension") or "",
        )
        if isinstance(request.auth, TelephoneSystem):
            source = request.auth.code
            system_heard(system=request.auth, now=now)
        else:
            source = f"api-{request.user.pk}"
        if is_internal(told):
            return Response({"call_id": told.call_id, "state": "ignored", "number": "", "agent": None})
        call, is_new = call_tell(source=source, told=told)
        body = {
            "call_id": told.call_id,
            "state": call.state,
            "number": call.number,
            "agent": call.agent.email if call.agent else None,
        }
        return Response(body, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)
