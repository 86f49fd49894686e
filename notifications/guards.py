"""The guard of the pages that watch mail, in and out."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from core.errors import NotAllowed
from core.guards import agent_required
from directory.models import Agent
from notifications.visibility import may_watch_mail

View = Callable[..., HttpResponse]


def mail_watcher_required(view: View) -> View:
    """Only an agent who may watch mail: others log in, or are refused (403)."""

    @agent_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not isinstance(request.user, Agent) or not may_watch_mail(request.user):
            raise NotAllowed(_("This page is for the administrators and the pilot of the guichet."))
        return view(request, *args, **kwargs)

    return guarded
