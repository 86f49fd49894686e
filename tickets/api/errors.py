"""One shape for every refusal of the API: ``{"detail": "…", "code": "…", "field"?: "…"}``."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_handler

from core.errors import DomainError, Invalid


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, DomainError):
        body = {"detail": error.message, "code": error.code}
        if isinstance(error, Invalid) and error.field:
            body["field"] = error.field
        return Response(body, status=error.status)
    return drf_handler(error, context)
