from typing import Any

from django.http import HttpRequest


def workspace(request: HttpRequest) -> dict[str, Any]:
    """Navigation of the workspace, lazily: only templates that show it pay for it."""
    return {}
