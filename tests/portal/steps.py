"""The citizens' form filled by a test client, step by step."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.access import access_grant
from tickets.models import Ticket

DETAILS = {
    "subject": "Lampadaire éteint rue des Tilleuls",
    "body": "Le lampadaire du 12 est éteint depuis trois semaines.",
    "location": "12 rue des Tilleuls",
}
CONTACT = {"first_name": "Claire", "last_name": "Vasseur", "email": "Claire.Vasseur@example.org", "phone": ""}
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


def fill(
    client: Client, code: str = "autre", *, details: dict[str, Any] | None = None, contact: dict[str, Any] | None = None
) -> str:
    """Go through the first three steps; returns the key of the draft."""
    response = client.post(reverse("portal:request_type", args=[code]), DETAILS | (details or {}))
    assert response.status_code == 302, response.content.decode()[:2000]
    response = client.post(reverse("portal:request_contact"), CONTACT | (contact or {}))
    assert response.status_code == 302, response.content.decode()[:2000]
    return str(client.session["web_form"]["key"])


def send(client: Client, key: str) -> HttpResponse:
    return client.post(reverse("portal:request_check"), {"key": key})


def reference_of(response: HttpResponse) -> str:
    """The reference in the address of the receipt to which ``response`` redirects."""
    return str(response["Location"]).rstrip("/").rpartition("/")[2]


def tracked_client(ticket: Ticket) -> Client:
    """The browser of the requester, who has opened the mailed link of this ticket."""
    client = Client()
    session = client.session
    access_grant(session, ticket, now=timezone.now())
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client
