"""One shape for every refusal of the API: ``{"detail": "…", "code": "…", "field"?: "…", "errors"?: {…}}``."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_handler

from core.errors import DomainError, Invalid


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, DomainError):
        body: dict[str, Any] = {"detail": error.message, "code": error.code}
        if isinstance(error, Invalid) and error.field:
            body["field"] = error.field
        return Response(body, status=error.status)
    response = drf_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ValidationError):
        field, detail = _first(response.data)
        response.data = {"detail": detail, "code": "invalid", "field": field, "errors": response.data}
    elif isinstance(error, Http404):
        # the reference does not exist, or may not be seen: both look the same
        response.data = {"detail": _("There is nothing at this address."), "code": "not_found"}
    elif isinstance(error, APIException) and isinstance(response.data, dict):
        response.data["code"] = error.get_codes()
    return response


def _first(errors: Any, path: str = "") -> tuple[str, str]:
    """(dotted name of the first refused field, its message)."""
    if isinstance(errors, dict):
        name, value = next(iter(errors.items()))
        # what concerns no field in particular is said of the whole
        return _first(value, path if name == "non_field_errors" else f"{path}.{name}".lstrip("."))
    if isinstance(errors, list):
        return _first(errors[0], path)
    return path, str(errors)
