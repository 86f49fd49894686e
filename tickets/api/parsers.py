"""Bodies of requests: bounded before they are read, and refused in the reader's language."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.utils import json as strict_json

from core.errors import DomainError

OVERHEAD = 1 << 20  # what surrounds the files: texts, names, boundaries


def body_limit() -> int:
    """Bytes of one body: the files of a message as base64, which is a third longer, and what surrounds them."""
    return int(settings.ATTACHMENT_MAX_TOTAL_BYTES) * 4 // 3 + OVERHEAD


class BoundedJSONParser(JSONParser):
    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        require_bounded(parser_context)
        return json_of(stream.read())


class RequestMultiPartParser(MultiPartParser):
    """``multipart/form-data``: a part ``request`` with the JSON, and parts ``attachments``, one per file.

    Gives the dictionary the JSON parser would give, its ``attachments`` being {name, content as bytes}.
    """

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        require_bounded(parser_context)
        parts = super().parse(stream, media_type, dict(parser_context or {}))
        told = json_of(parts.data.get("request", "").encode())
        if isinstance(told, dict):
            given = [{"name": file.name, "content": file.read()} for file in parts.files.getlist("attachments")]
            told = {**told, **({"attachments": given} if given else {})}
        return told


def require_bounded(parser_context: Mapping[str, Any] | None) -> None:
    """Raises a `DomainError` (413) for a body announced above the limit. One that is not announced is not read."""
    request = (parser_context or {}).get("request")
    length = str(request.META.get("CONTENT_LENGTH") or "") if request is not None else ""
    if length.isdecimal() and int(length) > body_limit():
        told = _("The request is too big: %(limit)s MB at the most.") % {"limit": body_limit() >> 20}
        raise DomainError(told, code="too_big", status=413)


def json_of(raw: bytes) -> Any:
    """Raises `ParseError` with a sentence that says where the JSON is wrong."""
    try:
        return strict_json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ParseError(_("The body is not UTF-8 text (byte %(at)d).") % {"at": error.start}) from error
    except json.JSONDecodeError as error:
        told = _("The body is not valid JSON: line %(line)d, column %(column)d.")
        raise ParseError(told % {"line": error.lineno, "column": error.colno}) from error
    except (ValueError, RecursionError) as error:  # NaN and Infinity, or too deep
        raise ParseError(_("The body is not valid JSON.")) from error
