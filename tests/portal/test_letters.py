"""Citizens take their letters from the tracking page, and nobody else does."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.portal.test_tracking import opened
from tests.support.asserts import assert_status
from tests.tickets.letters.town import clerk, request
from tickets.actions.letters.answers import answer_letter_write, letter_posted

pytestmark = pytest.mark.django_db
EMAIL = "claire.vasseur@example.org"


@pytest.fixture
def ticket():
    from directory.actions.citizens import Requester

    return request(requester=Requester(name="Claire Vasseur", email=EMAIL))


def url_of(letter):
    return reverse("portal:letter", args=[letter.ticket.reference, letter.pk])


def test_a_sent_letter_is_listed_and_downloaded(ticket, client):
    opened(client, ticket)
    letter = ticket.letters.get()
    page = client.get(reverse("portal:ticket", args=[ticket.reference])).content.decode()
    assert "Accusé de réception" in page
    assert url_of(letter) in page
    response = assert_status(client.get(url_of(letter)), 200)
    assert b"".join(response.streaming_content).startswith(b"%PDF-")
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_without_the_link_there_is_no_letter(ticket, client):
    assert_status(client.get(url_of(ticket.letters.get())), 404)


def test_the_letter_of_another_request_is_not_there(ticket, client):
    from tests.support.factories import make_ticket

    other = make_ticket(request_type=ticket.request_type)
    opened(client, ticket)
    assert_status(client.get(reverse("portal:letter", args=[ticket.reference, other.letters.get().pk])), 404)
    assert_status(client.get(url_of(other.letters.get())), 404)


def test_a_letter_still_on_the_desk_is_not_the_citizens_yet(ticket, client):
    opened(client, ticket)
    agent, now = clerk(ticket.service), timezone.now()
    letter = answer_letter_write(ticket=ticket, actor=agent, body="Voici.", by_email=False, now=now)
    track = reverse("portal:ticket", args=[ticket.reference])
    assert_status(client.get(url_of(letter)), 404)
    assert letter.reference not in client.get(track).content.decode()
    letter_posted(letter=letter, actor=agent, on=timezone.localdate(now), now=now)
    assert_status(client.get(url_of(letter)), 200)
    assert letter.reference in client.get(track).content.decode()
