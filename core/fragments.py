"""A page and its htmx fragment share one partial."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def render_page(
    request: HttpRequest,
    page: str,
    context: dict[str, Any],
    *,
    partials: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render ``page``, or the partial whose key is the id of the htmx target (``{"results": "x/_results.html"}``)."""
    htmx = getattr(request, "htmx", None)
    template = page
    if htmx and not htmx.boosted:
        template = (partials or {}).get(htmx.target or "", page)
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
