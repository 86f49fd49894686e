"""A new town receives its first request without a line of SQL."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from directory.models import Agent, Service, Town
from directory.selectors import NotConfigured, pilot_service
from knowledge.models import ReplyTemplate
from tests.support.asserts import assert_status
from tests.support.factories import make_ticket, make_town

pytestmark = pytest.mark.django_db
GIVEN = {
    "name": "Bourg-Neuf",
    "email": "Mairie@bourg-neuf.example",
    "admin_email": "dsi@bourg-neuf.example",
    "admin_name": "Camille Roux",
}


@pytest.fixture(autouse=True)
def _password(monkeypatch):
    monkeypatch.setenv("ADMIN_PASSWORD", "un mot de passe assez long")


def test_the_first_administrator_configures_and_the_first_request_is_received(client_of):
    call_command("init_town", **GIVEN, stdout=StringIO())
    assert Town.objects.get().email == "mairie@bourg-neuf.example"
    client = client_of(Agent.objects.get())
    for name in ("admin:index", "admin:directory_service_changelist", "admin:channels_intake_mailbox_changelist"):
        assert_status(client.get(reverse(name)), 200)
    ticket = make_ticket()
    assert ticket.service.is_pilot
    assert_status(client.get(reverse("tickets:detail", args=[ticket.reference])), 200)
    assert make_ticket(body="Il y a le feu dans mon immeuble").emergency.name == "Feu, incendie"
    assert ReplyTemplate.objects.filter(title="Rendez-vous proposé", is_active=True).exists()


def test_it_is_done_once():
    make_town()
    with pytest.raises(CommandError, match="déjà"):
        call_command("init_town", **GIVEN)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"email": "mairie"}, "boîte"), ({"admin_email": "@"}, "administrateur"), ({"name": " "}, "nom")],
)
def test_a_mistake_is_one_clear_line_and_writes_nothing(change, message):
    with pytest.raises(CommandError, match=message):
        call_command("init_town", **(GIVEN | change))
    assert not Town.objects.exists()
    assert not Service.objects.exists()


def test_a_weak_password_is_refused(monkeypatch):
    monkeypatch.setenv("ADMIN_PASSWORD", "mairie")
    with pytest.raises(CommandError, match="court"):
        call_command("init_town", **GIVEN)
    assert not Agent.objects.exists()


def test_before_that_a_request_is_refused_in_words(client):
    with pytest.raises(NotConfigured, match="pilote"):
        pilot_service()
