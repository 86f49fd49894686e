"""« Déjà demandé » in the citizens' form: the browser that asked is told; nobody else learns anything."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from directory.actions.citizens import Requester
from tests.portal.steps import CONTACT, DETAILS, fill, reference_of, send, tracked_client
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_citizen, make_service, make_ticket, make_town
from tickets.actions.people.requester import ticket_requester_set

TOLD = "Vous avez déjà fait une demande à ce sujet"
pytestmark = pytest.mark.django_db


def check(client: Any) -> str:
    fill(client)
    text: str = assert_status(client.get(reverse("portal:request_check")), 200).content.decode()
    return text


def test_somebody_elses_address_tells_nothing() -> None:
    make_ticket(requester=Requester(name="Claire Vasseur", email=CONTACT["email"]), subject=DETAILS["subject"])
    page = check(Client())
    assert TOLD not in page
    assert "G-" not in page


def test_the_browser_that_sent_it_is_told() -> None:
    make_town()
    client = Client()
    reference = reference_of(send(client, fill(client)))
    page = check(client)
    assert TOLD in page
    assert reference in page
    assert reverse("portal:track") in page


def test_the_browser_that_follows_it_may_add_to_it() -> None:
    ticket = make_ticket(subject=DETAILS["subject"])
    page = check(tracked_client(ticket))
    assert reverse("portal:ticket", args=[ticket.reference]) in page


def test_another_subject_is_another_request() -> None:
    assert TOLD not in check(tracked_client(make_ticket(subject="Inscription à la cantine")))


def test_a_session_opened_before_the_requester_was_corrected_reads_no_more() -> None:
    voirie = make_service("voirie")
    ticket = make_ticket(service=voirie)
    client: Any = tracked_client(ticket)
    url = reverse("portal:ticket", args=[ticket.reference])
    assert_status(client.get(url), 200)
    other, agent = make_citizen("Paul Martin"), make_agent(("back_office", voirie))
    ticket_requester_set(ticket=ticket, citizen=other, actor=agent, now=timezone.now())
    assert_status(client.get(url), 404)
