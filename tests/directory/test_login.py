"""Agents log in by e-mail: no account is revealed, guessing is slowed, and ``next`` stays on this site."""

import pytest
from django.test import Client
from django.urls import reverse

from directory.forms import ATTEMPTS
from tests.support.asserts import assert_status
from tests.support.factories import PASSWORD, make_agent, make_service

pytestmark = pytest.mark.django_db
LOGIN = "/compte/connexion/"


@pytest.fixture
def agent():
    return make_agent(("back_office", make_service("voirie")), email="nadia.ferrand@rives-sur-orme.example")


def log_in(client, email, password=PASSWORD, **fields):
    return client.post(LOGIN, {"username": email, "password": password, **fields})


def test_an_agent_logs_in_whatever_the_case_of_the_address(client, agent):
    response = log_in(client, "Nadia.FERRAND@rives-sur-orme.example")
    assert assert_status(response, 302)["Location"] == reverse("tickets:start")
    assert client.session["_auth_user_id"] == str(agent.pk)


def test_wrong_password_unknown_address_and_inactive_account_say_the_same(client, agent):
    gone = make_agent(email="parti@rives-sur-orme.example", is_active=False)
    pages = [
        log_in(client, agent.email, "wrong-password"),
        log_in(client, "nobody@rives-sur-orme.example", "wrong-password"),
        log_in(client, gone.email),
    ]
    for page in pages:
        assert "Cette adresse et ce mot de passe ne correspondent pas." in assert_status(page, 422).content.decode()
    assert "_auth_user_id" not in client.session


def test_guessing_is_slowed_for_one_account_and_not_for_the_others(client, agent):
    for _ in range(ATTEMPTS):
        assert_status(log_in(client, agent.email, "wrong-password"), 422)
    page = assert_status(log_in(client, agent.email), 429).content.decode()
    assert "Trop d’essais." in page
    assert agent.email in page
    other = make_agent(email="autre@rives-sur-orme.example")
    assert_status(log_in(client, other.email), 302)


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/agents/recherche/?q=x", "/agents/recherche/?q=x"),
        ("https://example.org/", None),
        ("//example.org/", None),
        ("javascript:alert(1)", None),
    ],
)
def test_next_is_followed_on_this_site_only(client, agent, wanted, reached):
    page = client.get(LOGIN, {"next": wanted}).content.decode()
    assert ('value="/agents/recherche/?q=x"' in page) is (reached is not None)
    response = log_in(client, agent.email, next=wanted)
    assert assert_status(response, 302)["Location"] == (reached or reverse("tickets:start"))


def test_logging_out_is_a_post(client, agent):
    client.force_login(agent, backend="django.contrib.auth.backends.ModelBackend")
    assert_status(client.get("/compte/deconnexion/"), 405)
    assert "_auth_user_id" in client.session
    assert_status(client.post("/compte/deconnexion/"), 302)
    assert "_auth_user_id" not in client.session


def test_an_agent_changes_their_password(client, agent):
    client.force_login(agent, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("directory:password_change")
    data = {"old_password": PASSWORD, "new_password1": "court", "new_password2": "court"}
    assert_status(client.post(address, data), 422)
    fresh = "une-phrase-de-passe-nouvelle"
    assert_status(client.post(address, data | {"new_password1": fresh, "new_password2": fresh}), 302)
    agent.refresh_from_db()
    assert agent.check_password(fresh)


def test_the_password_page_needs_a_login(client):
    response = assert_status(client.get(reverse("directory:password_change")), 302)
    assert response["Location"].startswith(LOGIN)


def test_the_language_is_the_readers_choice(client, agent):
    assert "Se connecter" in client.get(LOGIN).content.decode()
    client.post(reverse("directory:language"), {"language": "en", "next": LOGIN})
    assert "Log in" in client.get(LOGIN).content.decode()


def test_a_form_that_had_expired_says_so_and_what_to_do(agent):
    """Logged in or out in another tab: nothing is recorded, and the page is one of ours."""
    strict = Client(enforce_csrf_checks=True)
    page = assert_status(log_in(strict, agent.email), 403).content.decode()
    assert "Cette page avait expiré" in page
    assert "Retour à l’accueil" in page
    assert "<style" not in page
    strict.force_login(agent, backend="django.contrib.auth.backends.ModelBackend")
    assert "Cette page avait expiré" in log_in(strict, agent.email).content.decode()
