"""How many requests one account may make: a brake on a program gone wrong, far above normal use."""

import time
from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.guards import client_address

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module while it is loaded

MINUTE = 60


class AccountThrottle(BaseThrottle):
    """At most ``API_REQUESTS_PER_MINUTE`` on one web process for an account, or for the address of who has none.

    Counted in the process's memory: a shared counter would cost each request more than it protects from.
    """

    _minute = 0
    _counts: dict[str, int] = {}

    def allow_request(self, request: Request, view: "APIView") -> bool:
        minute = int(time.time() // MINUTE)
        if minute != AccountThrottle._minute:
            AccountThrottle._minute, AccountThrottle._counts = minute, {}
        who = f"agent:{request.user.pk}" if request.user else f"address:{client_address(request._request)}"
        count = AccountThrottle._counts[who] = AccountThrottle._counts.get(who, 0) + 1
        return count <= settings.API_REQUESTS_PER_MINUTE

    def wait(self) -> float:
        return MINUTE - time.time() % MINUTE
