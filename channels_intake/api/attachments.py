"""Files that a program joins to a request: the same rules as for the citizens' form."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from channels_intake.web_form.pending import total_limit
from core.antivirus import file_check, infected_sentence
from core.files import name_for, sniff
from core.text import one_line
from core.uploads import content_problem, size_words, too_big
from tickets.actions.attachments import Upload


@extend_schema_field(OpenApiTypes.BYTE)
class ContentField(serializers.Field):
    """Base64 in JSON, the bytes themselves in a multipart body."""

    def to_internal_value(self, data: Any) -> bytes:
        if isinstance(data, bytes):
            return data
        try:
            return base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError, TypeError) as error:
            raise serializers.ValidationError(_("This is not base64.")) from error

    def to_representation(self, value: bytes) -> str:
        return base64.b64encode(value).decode()


class AttachmentInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200)
    content = ContentField()


def uploads_of(given: Sequence[dict[str, Any]]) -> list[Upload]:
    """The files as an action takes them. Raises ValidationError with a sentence that names the refused one."""
    if len(given) > settings.ATTACHMENT_MAX_COUNT:
        told = _("%(count)s files at the most.") % {"count": settings.ATTACHMENT_MAX_COUNT}
        raise serializers.ValidationError(told)
    if sum(len(file["content"]) for file in given) > total_limit():
        told = _("The files are over %(size)s together.") % {"size": size_words(total_limit())}
        raise serializers.ValidationError(told)
    return [_upload(one_line(file["name"], 150) or "document", file["content"]) for file in given]


def _upload(name: str, content: bytes) -> Upload:
    problem = too_big(name) if len(content) > settings.ATTACHMENT_MAX_BYTES else content_problem(name, content)
    if problem:
        raise serializers.ValidationError(problem)
    verdict = file_check(content)
    if verdict.is_infected:
        raise serializers.ValidationError(infected_sentence(name))
    kind = sniff(content, name)
    return Upload(name_for(name, kind), kind.content_type, content, verdict)
