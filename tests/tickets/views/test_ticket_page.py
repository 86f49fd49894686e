"""What the ticket page shows, and what it costs."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from directory.actions.citizens import Requester
from directory.models import Agent, Service, Town
from notifications.models import OutboundMessage
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_article, make_service, make_ticket, make_type
from tickets.actions.attachments import Upload
from tickets.actions.clocks.enforcement import deadlines_enforce
from tickets.actions.messages import Incoming, message_receive, note_add, reply_send
from tickets.actions.processing import ticket_assign, ticket_classify, ticket_close, ticket_reopen, ticket_transfer
from tickets.models import Attachment, Ticket
from tickets.selectors.detail import events_of
from tickets.views.wording import lines_of

pytestmark = pytest.mark.django_db


def text_of(client: Any, ticket: Ticket) -> str:
    page: str = assert_status(client.get(reverse("tickets:detail", args=[ticket.reference])), 200).content.decode()
    return page


def aside_of(client: Any, ticket: Ticket) -> str:
    """What htmx asks for once the page is there."""
    asked = {"HX-Request": "true", "HX-Target": "aside"}
    response = client.get(reverse("tickets:aside", args=[ticket.reference]), headers=asked)
    part: str = assert_status(response, 200).content.decode()
    assert "<html" not in part
    return part


def test_the_conversation_is_told_in_order_and_never_as_html(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(
        service=voirie,
        channel="email",
        body="Bonjour <script>alert(1)</script>",
        body_html="<p onclick=x>Bonjour</p>",
        quoted="> ancien message",
        uploads=[Upload("plan<b>.png", "image/png", b"x" * 2048)],
    )
    note_add(ticket=ticket, actor=agent, body="À voir avec l’équipe", now=timezone.now())
    reply_send(ticket=ticket, actor=agent, body="Nous passons demain.", now=timezone.now())
    page = text_of(client_of(agent), ticket)
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "onclick" not in page
    assert "plan&lt;b&gt;.png" in page
    assert "2,0 Kio" in page.replace("\xa0", " ")
    assert "Texte cité" in page
    assert "&gt; ancien message" in page
    positions = [page.index(words) for words in ("alert(1)", "À voir avec l’équipe", "Nous passons demain.")]
    assert positions == sorted(positions)
    assert "bubble--note" in page
    assert "Note interne, invisible" in page


@pytest.mark.parametrize(
    ("status", "words"), [("queued", "En attente d’envoi"), ("sent", "Envoyée"), ("failed", "Non envoyée")]
)
def test_a_reply_says_whether_it_left(status: str, words: str, voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie)
    reply_send(ticket=ticket, actor=agent, body="Réparé.", now=timezone.now())
    OutboundMessage.objects.update(status=status, last_error="550 inconnu" if status == "failed" else "")
    page = text_of(client_of(agent), ticket)
    assert words in page
    assert ("550 inconnu" in page) == (status == "failed")


def test_the_signature_previewed_is_the_one_sent(voirie: Service, agent: Agent, client_of: Any) -> None:
    """CRPA L111-2: name, position, service, address and telephone."""
    ticket = make_ticket(service=voirie)
    page = text_of(client_of(agent), ticket)
    reply_send(ticket=ticket, actor=agent, body="Réparé.", now=timezone.now())
    signature = OutboundMessage.objects.get(kind="reply").body.split("--\n")[1].split("\n\nSuivre")[0]
    assert "Camille DURAND, Référente — Voirie" in signature
    assert signature in page


def test_deadlines_are_three_chips_and_the_law_s_is_its_own(voirie: Service, agent: Agent, client_of: Any) -> None:
    at = timezone.now() - timedelta(days=10)  # whatever the day, the service was open since
    kind = make_type("benne", voirie, regime="SVR", delay_months=2, target=1, target_unit="days")
    ticket = make_ticket(request_type=kind, received_at=at, now=at)
    deadlines_enforce(now=timezone.now())
    page = text_of(client_of(agent), Ticket.objects.get(pk=ticket.pk))
    head = page.split('class="ticket-head"')[1].split("</header>")[0]
    assert head.count('class="chip ') == 3
    assert head.count("chip--legal") == 1
    assert "Signalée, niveau" in head
    assert "Le silence vaut refus (article L231-4 du CRPA)" in page


def test_the_history_is_told_in_sentences(voirie: Service, agent: Agent, client_of: Any) -> None:
    now = timezone.now()
    urbanisme = make_service("urbanisme", "Urbanisme")
    agent = make_agent(("referent", voirie), ("referent", urbanisme), first_name="Camille", last_name="Durand")
    colleague = make_agent(("back_office", urbanisme), first_name="Yanis", last_name="Morel")
    kind = make_type("benne", voirie, name="Pose de benne", keywords=["benne"])
    ticket = make_ticket(
        subject="Poser une benne", body="Une benne devant chez moi", received_at=now - timedelta(days=10)
    )
    deadlines_enforce(now=now)
    ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=now)
    ticket_assign(ticket=ticket, assignee=None, actor=agent, now=now)
    ticket_classify(ticket=ticket, request_type=None, actor=agent, now=now)
    ticket_classify(ticket=ticket, request_type=kind, actor=agent, now=now)
    ticket_transfer(ticket=ticket, service=urbanisme, reason="C’est un permis", actor=agent, now=now)
    ticket_assign(ticket=ticket, assignee=colleague, actor=agent, now=now)
    note_add(ticket=ticket, actor=agent, body="Vu", now=now)
    reply_send(ticket=ticket, actor=agent, body="Quelle largeur ?", then="waiting", now=now)
    message_receive(ticket=ticket, incoming=Incoming(channel="email", body="2 m"), now=now)
    ticket_close(ticket=ticket, actor=agent, now=now, reason="Réglé au téléphone")
    ticket_reopen(ticket=ticket, actor=agent, now=now)
    ticket_close(ticket=ticket, actor=agent, now=now, cancel=True, reason="Doublon")
    page = aside_of(client_of(agent), ticket).replace("\xa0", " ")
    for sentence in (
        "Demande reçue : formulaire en ligne",
        "Transmise à Voirie",
        "Reconnue comme « Pose de benne » aux mots : benne",
        "Accusé de réception envoyé à l’usager",
        "Retard signalé à",
        "Prise en charge par Camille DURAND",
        "Remise parmi les demandes à prendre",
        "Type retiré",
        "Classée : Pose de benne",
        "Transférée de Voirie à Urbanisme",
        "C’est un permis",
        "Confiée à Yanis MOREL",
        "Note interne ajoutée",
        "Réponse donnée",
        "En attente de l’usager",
        "L’usager a écrit : courriel",
        "Reprise",
        "Clôturée",
        "Réglé au téléphone",
        "Rouverte",
        "Annulée",
        "Doublon",
        "Guichet, automatiquement",
    ):
        assert sentence in page, sentence


@pytest.mark.parametrize(
    ("then", "told"),
    [
        ("answered", [("Réponse donnée", "")]),
        ("waiting", [("Réponse donnée", "En attente de l’usager")]),
        ("closed", [("Réponse donnée", "Clôturée")]),
        ("open", [("Réponse donnée", "")]),
    ],
)
def test_a_reply_and_its_status_are_one_line(
    then: str, told: list[tuple[str, str]], voirie: Service, agent: Agent
) -> None:
    ticket = make_ticket(service=voirie)
    before = ticket.events.count()
    reply_send(ticket=ticket, actor=agent, body="Réparé.", then=then, now=timezone.now())
    assert [(line.label, line.detail) for line in lines_of(events_of(ticket)[before:])] == told


def test_the_citizen_card_links_contacts_and_visible_tickets_only(
    voirie: Service, agent: Agent, client_of: Any
) -> None:
    who = Requester(name="Amélie Poulain", email="amelie@example.org", phone="0639981234")
    ticket = make_ticket(service=voirie, requester=who)
    other = make_ticket(service=voirie, requester=who, subject="Une autre demande")
    hidden = make_ticket(service=make_service("urbanisme"), requester=who, subject="Un permis caché")
    page = text_of(client_of(agent), ticket)
    assert 'href="mailto:amelie@example.org"' in page
    assert 'href="tel:+33639981234"' in page
    assert "06 39 98 12 34" in page
    assert other.subject in page
    assert hidden.subject not in page


def test_matching_articles_can_be_put_into_the_reply(voirie: Service, agent: Agent, client_of: Any) -> None:
    article = make_article("Quand un lampadaire est-il réparé ?", "Sous trois jours ouvrés.", voirie)
    make_article("Comment obtenir un permis de construire ?", "Au service urbanisme.", voirie)
    ticket = make_ticket(service=voirie, subject="Lampadaire éteint")
    client = client_of(agent)
    page = aside_of(client, ticket)
    assert f'href="{reverse("tickets:detail", args=[ticket.reference])}?article={article.pk}#compose"' in page
    assert 'data-insert="Sous trois jours ouvrés."' in page
    assert "permis de construire" not in page
    filled = client.get(reverse("tickets:detail", args=[ticket.reference]), {"article": article.pk})
    assert filled.context["reply_form"]["body"].value() == "Sous trois jours ouvrés."


def test_without_an_address_the_page_says_what_to_do(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(
        service=voirie, channel="phone", requester=Requester(name="Jeanne Le Goff", phone="0639985544")
    )
    page = text_of(client_of(agent), ticket)
    assert "n’a pas d’adresse électronique" in page
    assert "appelez le 06 39 98 55 44" in page
    assert reverse("tickets:reply", args=[ticket.reference]) not in page
    assert reverse("tickets:note", args=[ticket.reference]) in page


def test_an_anonymous_request_has_a_page_too(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie, channel="phone", requester=Requester())
    assert "n’a pas dit qui elle est" in text_of(client_of(agent), ticket)


def test_the_page_costs_the_same_whatever_the_ticket_holds(
    voirie: Service, agent: Agent, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    who = Requester(name="Amélie Poulain", email="amelie@example.org", phone="0639981234")
    Town.objects.update(tribunal_name="Tribunal administratif d’Orme", tribunal_address="3 rue du Droit, Orme")
    kind = make_type("benne", voirie, regime="SVR", delay_months=2)
    ticket = make_ticket(request_type=kind, requester=who)
    client, url = client_of(agent), reverse("tickets:detail", args=[ticket.reference])
    client.get(url)
    with django_assert_max_num_queries(15):
        client.get(url)
    for number in range(8):
        make_ticket(service=voirie, requester=who)
        make_article(f"Une benne numéro {number} ?", "Oui.", voirie)
        note_add(ticket=ticket, actor=agent, body=f"Note {number}", now=timezone.now())
        uploads = [Upload("photo.png", "image/png", b"png")]
        incoming = Incoming(channel="email", body=f"Message {number}", uploads=uploads)
        message_receive(ticket=ticket, incoming=incoming, now=timezone.now())
        reply_send(ticket=ticket, actor=agent, body=f"Réponse {number}", then="open", now=timezone.now())
    with django_assert_max_num_queries(15):
        client.get(url)


PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.mark.parametrize(
    ("name", "risky"),
    [
        ("facture.exe", True),
        ("facture.pdf.EXE", True),
        ("facture.exe. ", True),
        ("plan.svg", True),
        ("budget.xlsm", True),
        ("photo.jpg", False),
        ("exe", False),
        ("lettre.pdf", False),
    ],
)
def test_a_file_that_may_run_something_is_marked(
    name: str, risky: bool, voirie: Service, agent: Agent, client_of: Any
) -> None:
    ticket = make_ticket(service=voirie, uploads=[Upload(name, "application/octet-stream", PNG)])
    assert ("À ouvrir avec prudence" in text_of(client_of(agent), ticket)) == risky


@pytest.mark.parametrize(
    ("name", "content", "inline", "served_as"),
    [
        ("photo.png", PNG, False, ""),
        ("photo.png", PNG, True, "image/png"),
        ("plan.pdf", b"%PDF-1.4", True, "application/pdf"),
        ("lisez-moi.txt", b"Bonjour", True, "text/plain; charset=utf-8"),
        ("photo.png", b"<html><script>alert(1)</script>", True, ""),  # its name and its type lie
        ("plan.pdf", b"<svg xmlns='http://www.w3.org/2000/svg'/>", True, ""),
        ("photo.exe", PNG, True, "image/png"),  # the bytes decide, and a browser runs no image
        ("\u00e9t\u00e9\r\nX-Evil: 1.png", PNG, False, ""),
    ],
)
def test_files_are_served_without_being_trusted(
    name: str,
    content: bytes,
    inline: bool,
    served_as: str,
    voirie: Service,
    agent: Agent,
    client_of: Any,
) -> None:
    make_ticket(service=voirie, uploads=[Upload(name, "image/png", content)])
    file = Attachment.objects.get()
    url = reverse("tickets:attachment", args=[file.pk])
    response = client_of(agent).get(url, {"inline": "1"} if inline else {})
    assert b"".join(response.streaming_content) == content
    assert response["Content-Disposition"].startswith("inline" if served_as else "attachment")
    assert response["Content-Type"] == (served_as or "application/octet-stream")
    assert response["X-Frame-Options"] == ("SAMEORIGIN" if served_as else "DENY")
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert ("sandbox" in response["Content-Security-Policy"]) == (served_as != "application/pdf")
    assert "X-Evil" not in response.headers
