"""What a program sends to open a ticket."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from channels_intake.api.attachments import AttachmentInput, uploads_of
from directory.actions.citizens import Requester
from directory.contacts import normalise_email, normalise_phone
from directory.models import RequestType
from directory.questions import QuestionError, answers_clean, questions_read
from tickets.actions.attachments import Upload
from tickets.enums import Channel


class RequesterInput(serializers.Serializer[Any]):
    """Who asks; an empty name means an anonymous person."""

    name = serializers.CharField(max_length=200, allow_blank=True)
    email = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=254)
    phone = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=30)

    def validate_email(self, value: str | None) -> str:
        if value and normalise_email(value) is None:
            raise serializers.ValidationError(_("This is not an e-mail address."))
        return value or ""

    def validate_phone(self, value: str | None) -> str:
        if value and normalise_phone(value) is None:
            raise serializers.ValidationError(_("This is not a telephone number."))
        return value or ""


class TicketInput(serializers.Serializer[Any]):
    subject = serializers.CharField(max_length=250)
    body = serializers.CharField(max_length=100_000)
    channel = serializers.ChoiceField(choices=Channel.choices, help_text="How the citizen reached the town hall.")
    request_type = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=60, help_text="Code of the catalogue."
    )
    external_id = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=200,
        help_text="Your own key: sent again by the same account, it answers with the same ticket.",
    )
    location = serializers.CharField(required=False, allow_blank=True, max_length=250, help_text="Street, landmark.")
    latitude = serializers.DecimalField(
        required=False, allow_null=True, max_digits=9, decimal_places=6, min_value=-90, max_value=90
    )
    longitude = serializers.DecimalField(
        required=False, allow_null=True, max_digits=9, decimal_places=6, min_value=-180, max_value=180
    )
    language = serializers.RegexField(
        r"^[a-z]{2}\Z", required=False, allow_blank=True, help_text="Of the requester, ISO 639-1."
    )
    answers = serializers.DictField(
        required=False,
        help_text="Answers to the questions of the request type: code of the question → text, number, true or false.",
    )
    requester = RequesterInput()
    attachments = AttachmentInput(
        many=True,
        required=False,
        help_text="Checked by their content: pictures, PDF, office documents without macros, texts. As base64 in JSON; "
        "in multipart/form-data, one part `attachments` per file beside a part `request` with the JSON.",
    )

    def validate_attachments(self, given: list[dict[str, Any]]) -> list[Upload]:
        return uploads_of(given)

    def validate_request_type(self, code: str | None) -> RequestType | None:
        if not code:
            return None
        found = RequestType.objects.select_related("service").filter(code=code, is_active=True).first()
        if found is None:
            raise serializers.ValidationError(_("No request type has this code."))
        return found

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """``answers`` become those of the ticket; both coordinates or neither."""
        kind = attrs.get("request_type")
        questions = questions_read(kind.questions) if kind else []
        try:
            attrs["answers"] = answers_clean(questions, attrs.get("answers") or {}, all_owed=False)
        except QuestionError as error:
            raise serializers.ValidationError({"answers": [error.message]}) from error
        if (attrs.get("latitude") is None) != (attrs.get("longitude") is None):
            raise serializers.ValidationError({"latitude": [_("Give the latitude and the longitude, or neither.")]})
        return attrs

    def validate_requester(self, given: dict[str, Any]) -> Requester:
        return Requester(**given)
