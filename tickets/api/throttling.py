"""How many requests one account may make: a brake on a program gone wrong, far above normal use."""

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.guards import client_address, rate_limit_hit

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module while it is loaded

MINUTE = 60


class AccountThrottle(BaseThrottle):
    """At most ``API_REQUESTS_PER_MINUTE`` for an account, or for an address when nobody is authenticated."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        who = f"agent:{request.user.pk}" if request.user else f"address:{client_address(request._request)}"
        return not rate_limit_hit("api", who, limit=settings.API_REQUESTS_PER_MINUTE, seconds=MINUTE)

    def wait(self) -> float:
        return MINUTE
