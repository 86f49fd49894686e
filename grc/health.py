"""Probes for a supervisor or a load balancer. They say nothing about the data."""

from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from core.antivirus import antivirus_state


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when the database, the cache and the broker answer, 503 with the name of what does not.

    The antivirus is told where there is one, and never makes it 503: without it files are kept, to be checked later.
    """
    checks = {"database": _database, "cache": _cache, "broker": _broker}
    states = {}
    for name, check in checks.items():
        try:
            check()
            states[name] = "ok"
        except Exception:  # whatever the client library raises, the answer is the same
            states[name] = "unreachable"
    ready = all(state == "ok" for state in states.values())
    if antivirus := antivirus_state():
        states["antivirus"] = antivirus
    return JsonResponse({"status": "ok" if ready else "not ready", "checks": states}, status=200 if ready else 503)


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache() -> None:
    cache.get("readyz")


def _broker() -> None:
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=2)


@require_safe
def favicon(_request: HttpRequest) -> HttpResponse:
    """Where browsers look for an icon on the pages that name none (the administration, the API's page)."""
    return redirect(static("img/favicon.svg"))
