from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import get_supported_language_variant

from core.errors import DomainError


class TownLocaleMiddleware(LocaleMiddleware):
    """French unless the reader chose another language: a town hall's default is not the browser's."""

    def process_request(self, request: HttpRequest) -> None:
        language = settings.LANGUAGE_CODE
        try:
            language = get_supported_language_variant(request.COOKIES[settings.LANGUAGE_COOKIE_NAME])
        except (KeyError, LookupError):
            pass
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()


class DomainErrorMiddleware:
    """Renders a `DomainError` that no view caught: a fragment for htmx, a page otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        if getattr(request, "htmx", False):
            messages.error(request, exception.message)
            response = render(request, "components/_messages.html", status=exception.status)
            response["HX-Retarget"] = "#messages"
            response["HX-Reswap"] = "innerHTML"
            return response
        return render(request, "refusal.html", {"error": exception}, status=exception.status)
