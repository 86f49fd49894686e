"""Small view decorators, stacked above a function view."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.translation import gettext_lazy as _

from core.errors import TooMany

View = Callable[..., HttpResponse]


def agent_required(view: View) -> View:
    """Only a logged-in, active agent; others are sent to the login page and come back after it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and request.user.is_active:
            return view(request, *args, **kwargs)
        if getattr(request, "htmx", False):
            response = HttpResponse(status=401)
            response["HX-Redirect"] = resolve_url(settings.LOGIN_URL)
            return response
        return redirect_to_login(request.get_full_path())

    return guarded


def client_address(request: HttpRequest) -> str:
    """The client's IP address: the last hop our own proxy wrote, or the peer's."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if forwarded and settings.SECURE_PROXY_SSL_HEADER:
        return str(forwarded.rsplit(",", 1)[-1].strip())
    return str(request.META.get("REMOTE_ADDR", ""))


def rate_limit_hit(scope: str, key: str, *, limit: int, seconds: int) -> bool:
    """Count one hit on (scope, key) in a window of ``seconds``; true once the ``limit`` is passed.

    When the cache is out of reach nothing is limited: a request must not be lost because Redis is down.
    """
    name = f"limit:{scope}:{key}"
    try:
        cache.add(name, 0, timeout=seconds)
        return int(cache.incr(name)) > limit
    except Exception:  # any client error: the counter is a courtesy, the request is not
        return False


def quota_passed(scope: str, key: str, amount: int, *, limit: int, seconds: int) -> bool:
    """Add ``amount`` (bytes) to what (scope, key) used in a window of ``seconds``; true when that would pass ``limit``,
    and nothing is added then. Nothing is limited while the cache is out of reach."""
    name = f"quota:{scope}:{key}"
    try:
        cache.add(name, 0, timeout=seconds)
        if int(cache.incr(name, amount)) <= limit:
            return False
        cache.decr(name, amount)
    except Exception:  # as above: the counter is a courtesy
        return False
    return True


def rate_limited(scope: str, *, limit: int, seconds: int) -> Callable[[View], View]:
    """Refuse (429) a POST after ``limit`` of them from one address within ``seconds``."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST" and rate_limit_hit(
                scope, client_address(request), limit=limit, seconds=seconds
            ):
                raise TooMany(_("Too many attempts. Please wait a few minutes and try again."))
            return view(request, *args, **kwargs)

        return guarded

    return decorate
