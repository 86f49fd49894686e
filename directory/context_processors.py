from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from directory.selectors import town_get


def town(request: HttpRequest) -> dict[str, Any]:
    """``town`` in every template: the town's identity, one query a page at the most (it is lazy)."""
    return {
        "town": SimpleLazyObject(town_get),
        "demo": settings.DEMO,
        "accessibility_status": settings.ACCESSIBILITY_STATUS,
    }
