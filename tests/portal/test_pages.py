"""What anybody may read, and the words of a ticket's story."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from portal.timeline import TOLD, steps_of
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_article, make_service, make_ticket, make_type
from tickets.actions.clocks.enforcement import deadlines_enforce
from tickets.actions.messages import reply_send
from tickets.actions.processing import ticket_close, ticket_reopen
from tickets.selectors.tracking import events_for_citizen

pytestmark = pytest.mark.django_db


@pytest.fixture
def voirie():
    service = make_service("voirie", "Voirie")
    make_type("eclairage", service, name="Éclairage public", keywords=["lampadaire"])
    return service


def test_the_search_answers_without_javascript_from_public_articles_and_types(client, voirie):
    make_article("Que faire si un lampadaire est en panne ?", "Signalez-le.", voirie)
    make_article("Lampadaire : consigne interne", "Interne.", voirie, audience="internal")
    make_article("Lampadaire : brouillon", "Brouillon.", voirie, is_published=False)
    page = assert_status(client.get(reverse("portal:articles"), {"q": "lampadaires"}), 200).content.decode()
    assert "Que faire si un lampadaire est en panne" in page
    assert "Faire une demande" in page
    assert "Éclairage public" in page
    assert "interne" not in page
    assert "brouillon" not in page


def test_as_one_types_only_the_results_are_sent(client, voirie):
    make_article("Que faire si un lampadaire est en panne ?", "Signalez-le.", voirie)
    headers = {"HX-Request": "true", "HX-Target": "results"}
    part = client.get(reverse("portal:articles"), {"q": "lampadaire"}, headers=headers).content.decode()
    assert "Que faire si un lampadaire" in part
    assert "<html" not in part
    assert client.get(reverse("portal:articles"), {"q": ""}, headers=headers).content == b""


def test_what_is_typed_is_never_read_as_html(client, voirie):
    page = client.get(reverse("portal:articles"), {"q": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_an_internal_article_does_not_exist_for_citizens(client, voirie):
    hidden = make_article("Consigne", "Interne.", voirie, audience="internal")
    assert_status(client.get(reverse("portal:article", args=[hidden.pk])), 404)
    assert_status(client.post(reverse("portal:helped", args=[hidden.pk])), 404)


def test_an_answer_that_helped_is_counted_once_a_session(client, voirie):
    article = make_article("Que faire ?", "Ceci.", voirie)
    for _ in range(2):
        assert_status(client.post(reverse("portal:helped", args=[article.pk])), 302)
    article.refresh_from_db()
    assert article.answer_count == 1
    assert_status(client.get(reverse("portal:helped", args=[article.pk])), 405)


@pytest.mark.parametrize(
    ("status", "words"), [("none", "non conforme"), ("partial", "partiellement"), ("full", "totalement")]
)
def test_the_state_of_accessibility_is_said_on_every_page(client, voirie, settings, status, words):
    settings.ACCESSIBILITY_STATUS = status
    assert f"Accessibilité\u00a0: {words}" in client.get("/").content.decode()
    assert f"est {words}" in client.get(reverse("portal:accessibility")).content.decode()


def test_the_legal_notice_names_the_host_when_it_is_known(client, voirie, settings):
    settings.HOSTING_PROVIDER = "Syndicat numérique, 1 rue de l’Exemple"
    assert "Syndicat numérique" in client.get(reverse("portal:legal")).content.decode()


def story(ticket):
    ticket.refresh_from_db()
    with translation.override("fr"):
        return [str(step.label) for step in steps_of(ticket, events_for_citizen(ticket, TOLD))]


def test_the_story_of_a_late_ticket_tells_no_alert(voirie):
    ticket = make_ticket(now=timezone.now() - timedelta(days=12))
    deadlines_enforce(now=timezone.now())
    assert ticket.events.filter(kind="escalated").exists()
    assert story(ticket) == [
        "Demande reçue",
        "Transmise au service Voirie",
        "Accusé de réception envoyé par courriel",
        "Réponse en retard",
    ]


def test_the_story_of_an_answered_closed_and_reopened_ticket(voirie):
    agent, ticket = make_agent(("back_office", voirie)), make_ticket()
    now = timezone.now()
    reply_send(ticket=ticket, actor=agent, body="Réparé.", now=now)
    ticket_close(ticket=ticket, actor=agent, now=now)
    assert story(ticket)[-2:] == ["Réponse envoyée", "Demande terminée"]
    ticket_reopen(ticket=ticket, actor=agent, now=now)
    assert story(ticket)[-2:] == ["Demande rouverte", "Réponse attendue au plus tard"]


@pytest.mark.parametrize(("regime", "words"), [("SVA", "réputée acceptée"), ("SVR", "réputée refusée")])
def test_an_implicit_decision_is_told(voirie, regime, words):
    make_type("autorisation", voirie, keywords=["autorisation"], regime=regime, delay_months=2)
    ticket = make_ticket(subject="autorisation", body="autorisation", now=timezone.now() - timedelta(days=70))
    deadlines_enforce(now=timezone.now())
    assert any(words in label for label in story(ticket))
