"""Tracking: one-time links that reveal nothing, and a page that shows the citizen what is theirs and no more."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.errors import Invalid
from directory.actions.citizens import Requester
from notifications.models import OutboundMessage
from tests.portal.steps import PNG
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tickets.actions.messages import Incoming, message_receive, note_add, reply_send
from tickets.actions.opening import Upload
from tickets.actions.processing import ticket_assign, ticket_transfer, ticket_wait
from tickets.actions.tracking import LINKS_PER_HOUR, link_open, link_request
from tickets.models import Attachment, Message, TrackingLink

pytestmark = pytest.mark.django_db
EMAIL = "claire.vasseur@example.org"
SENTENCE = "Si cette demande existe"


@pytest.fixture
def voirie():
    service = make_service("voirie", "Voirie")
    make_type("eclairage", service, name="Éclairage public", keywords=["lampadaire"])
    return service


@pytest.fixture
def ticket(voirie):
    return make_ticket(requester=Requester(name="Claire Vasseur", email=EMAIL))


@pytest.fixture
def agent(voirie):
    return make_agent(("back_office", voirie), ("manager", voirie), first_name="Nadia", last_name="Ferrand")


def ask(client, ticket, email=EMAIL):
    return client.post(reverse("portal:track"), {"reference": ticket.reference, "email": email})


def mailed_path() -> str:
    """The path of the link in the last mail of the outbox."""
    body = OutboundMessage.objects.filter(kind="tracking_link").latest("pk").body
    found = re.search(r"https?://[^/\s]+(/suivi/lien/\S+)", body)
    assert found, body
    return found[1]


def opened(client, ticket):
    """``client``, with the ticket open in its session."""
    ask(client, ticket)
    assert_status(client.post(mailed_path()), 302)
    return client


def test_what_we_write_leads_to_the_page_with_its_reference_filled(client, ticket, agent):
    reply_send(ticket=ticket, actor=agent, body="C’est fait.", now=timezone.now())
    mails = OutboundMessage.objects.filter(kind__in=["acknowledgement", "reply"]).values_list("body", flat=True)
    assert len(mails) == 2
    for body in mails:
        found = re.search(r"https?://[^/\s]+(/suivi/\?\S+)", body)
        assert found, body
        page = assert_status(client.get(found[1]), 200)
        assert page.context["form"]["reference"].value() == ticket.reference
        assert EMAIL not in found[1]


def test_the_mailed_link_opens_the_ticket_once(client, ticket):
    assert SENTENCE in assert_status(ask(client, ticket), 200).content.decode()
    mail = OutboundMessage.objects.get(kind="tracking_link")
    assert mail.to_address == EMAIL
    assert ticket.reference in mail.subject
    path = mailed_path()
    token = path.rstrip("/").rpartition("/")[2]
    link = TrackingLink.objects.get()
    assert len(token) >= 43
    assert token not in link.token_hash

    for _ in range(2):  # mail scanners follow links: reading uses nothing
        assert_status(Client().get(path), 200)
    response = assert_status(client.post(path), 302)
    assert response["Location"] == reverse("portal:ticket", args=[ticket.reference])
    page = assert_status(client.get(response["Location"]), 200)
    assert ticket.subject in page.content.decode()
    assert "no-store" in page["Cache-Control"]

    assert_status(Client().post(path), 410)
    assert_status(Client().get(path), 410)


def test_the_answer_is_the_same_whatever_exists(client, ticket):
    known = ask(client, ticket)
    stranger = ask(client, ticket, email="someone.else@example.org")
    unknown = client.post(reverse("portal:track"), {"reference": "G-22222-22222", "email": EMAIL})

    def words(response):
        page = re.sub(r'(name="csrfmiddlewaretoken" value|X-CSRFToken": )\S+', "", response.content.decode())
        return page.replace("someone.else@example.org", EMAIL)

    assert words(known) == words(stranger) == words(unknown)
    assert OutboundMessage.objects.filter(kind="tracking_link").count() == 1


def test_a_mistyped_reference_says_so_without_asking_the_database(client, ticket):
    wrong = ticket.reference[:-1] + ("2" if ticket.reference[-1] != "2" else "3")
    page = assert_status(client.post(reverse("portal:track"), {"reference": wrong, "email": EMAIL}), 422)
    assert "comporte une erreur de saisie" in page.content.decode()
    assert wrong in page.content.decode()
    assert OutboundMessage.objects.filter(kind="tracking_link").count() == 0


def test_expired_used_and_forged_links_look_the_same(client, ticket):
    now = timezone.now()
    link_request(reference=ticket.reference, email=EMAIL, now=now - timedelta(hours=2))
    expired = client.get(mailed_path())
    forged = client.get(reverse("portal:track_open", args=["x" * 43]))
    assert_status(expired, 410)
    assert_status(forged, 410)
    for page in (expired.content.decode(), forged.content.decode()):
        assert "Ce lien n’est plus valable" in page
        assert reverse("portal:track") in page
        assert ticket.reference not in page
        assert ticket.subject not in page
    assert_status(client.post(reverse("portal:track_open", args=["x" * 43])), 410)


def test_links_are_limited_for_a_ticket_and_for_an_address(client, ticket):
    now = timezone.now()
    links = [link_request(reference=ticket.reference, email=EMAIL, now=now) for _ in range(LINKS_PER_HOUR + 1)]
    assert links[-1] is None
    assert all(links[:-1])
    statuses = [ask(client, ticket).status_code for _ in range(21)]
    assert statuses[:20] == [200] * 20
    assert statuses[20] == 429


def test_the_ticket_is_for_the_session_that_used_the_link(client, ticket):
    message_receive(
        ticket=ticket,
        incoming=Incoming(channel="web", body="Photo", uploads=[Upload("a.png", "image/png", PNG)]),
        now=timezone.now(),
    )
    file = Attachment.objects.get()
    page, download = (
        reverse("portal:ticket", args=[ticket.reference]),
        reverse("portal:attachment", args=[ticket.reference, file.pk]),
    )
    write = reverse("portal:message", args=[ticket.reference])
    for path in (page, download):
        assert_status(client.get(path), 404)
    assert_status(client.post(write, {"body": "x"}), 404)

    opened(client, ticket)
    response = assert_status(client.get(download), 200)
    assert response["Content-Disposition"].startswith("attachment")
    assert b"".join(response.streaming_content) == PNG
    for path in (page, download):
        assert_status(Client().get(path), 404)
    client.post(reverse("portal:leave", args=[ticket.reference]))
    assert_status(client.get(page), 404)


def test_another_ticket_of_the_session_does_not_open_this_ones_files(client, ticket):
    other = make_ticket(requester=Requester(name="Claire Vasseur", email=EMAIL), uploads=[Upload("b.png", "", PNG)])
    opened(client, ticket)
    file = Attachment.objects.get()
    assert_status(client.get(reverse("portal:attachment", args=[ticket.reference, file.pk])), 404)
    assert_status(client.get(reverse("portal:attachment", args=[other.reference, file.pk])), 404)


def test_access_ends_after_two_hours(client, ticket, monkeypatch):
    opened(client, ticket)
    later = timezone.now() + timedelta(hours=2, minutes=1)
    monkeypatch.setattr("portal.views.tracking.timezone.now", lambda: later)
    assert_status(client.get(reverse("portal:ticket", args=[ticket.reference])), 404)


def test_the_page_tells_the_story_and_hides_what_is_internal(client, ticket, agent, voirie):
    now = timezone.now()
    parks = make_service("espaces-verts", "Espaces verts")
    ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=now)
    note_add(ticket=ticket, actor=agent, body="Consigne interne à ne pas montrer", now=now)
    reply_send(ticket=ticket, actor=agent, body="De quel lampadaire parlez-vous ?", now=now, then="waiting")
    page = opened(client, ticket).get(reverse("portal:ticket", args=[ticket.reference])).content.decode()
    for words in (
        "Demande reçue",
        "Transmise au service Voirie",
        "Prise en charge par Nadia FERRAND",
        "La mairie vous pose une question",
        "De quel lampadaire parlez-vous",
        "Chargé de relation usagers",
        "La mairie attend votre réponse",
    ):
        assert words in page, words
    assert "Consigne interne" not in page
    assert "Note ajoutée" not in page
    ticket_transfer(ticket=ticket, service=parks, reason="Secret des services", actor=agent, now=now)
    page = client.get(reverse("portal:ticket", args=[ticket.reference])).content.decode()
    assert "Transmise au service Espaces verts" in page
    assert "Secret des services" not in page
    assert "FERRAND" not in page.split("Qui s’en occupe")[1].split("</section>")[0]


def test_an_agent_anonymous_for_safety_is_never_named(client, ticket, voirie):
    agent = make_agent(("back_office", voirie), last_name="Caché", is_anonymous_for_safety=True, title="Inspecteur")
    now = timezone.now()
    ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=now)
    reply_send(ticket=ticket, actor=agent, body="Réparé.", now=now)
    page = opened(client, ticket).get(reverse("portal:ticket", args=[ticket.reference])).content.decode()
    assert f"Agent nº\u00a0{agent.pk}" in page or f"Agent nº {agent.pk}" in page
    assert "CACHÉ" not in page
    assert "Inspecteur" not in page


def test_the_owner_of_a_sensitive_request_sees_it_like_any_other(client, voirie):
    make_type("aide", voirie, name="Aide sociale", is_sensitive=True, keywords=["secours"])
    ticket = make_ticket(
        subject="Demande de secours", body="secours", requester=Requester(name="Claire Vasseur", email=EMAIL)
    )
    assert ticket.is_sensitive
    page = opened(client, ticket).get(reverse("portal:ticket", args=[ticket.reference]))
    assert "Demande de secours" in assert_status(page, 200).content.decode()


def test_the_citizen_writes_again_with_a_file_once(client, ticket, agent):
    now = timezone.now()
    ticket_wait(ticket=ticket, actor=agent, now=now, waiting=True)
    opened(client, ticket)
    address = reverse("portal:message", args=[ticket.reference])
    data = {"body": "Celui du numéro 12.", "key": "one-click"}
    for _ in range(2):
        response = client.post(address, data | {"documents": [SimpleUploadedFile("photo.png", PNG)]})
        assert_status(response, 302)
    message = Message.objects.filter(ticket=ticket, body="Celui du numéro 12.").get()
    assert message.channel == "web"
    assert message.attachments.get().name == "photo.png"
    ticket.refresh_from_db()
    assert ticket.status == "open"
    page = client.get(reverse("portal:ticket", args=[ticket.reference])).content.decode()
    assert "Votre message est bien arrivé" in page
    assert "Votre message est ajouté" in page


def test_a_wrong_message_comes_back_filled_with_its_files(client, ticket):
    opened(client, ticket)
    address = reverse("portal:message", args=[ticket.reference])
    files = [SimpleUploadedFile("bonne.png", PNG), SimpleUploadedFile("fausse.png", b"MZ not a picture")]
    page = assert_status(client.post(address, {"body": "Voici la photo.", "documents": files}), 422).content.decode()
    assert "fausse.png" in page
    assert "Voici la photo." in page
    assert "bonne.png" in page
    assert_status(client.post(address, {"body": "Voici la photo.", "key": "k"}), 302)
    assert Attachment.objects.get().name == "bonne.png"
    assert "Écrivez votre message" in assert_status(client.post(address, {"body": " "}), 422).content.decode()


def test_a_long_conversation_costs_a_fixed_number_of_queries(client, ticket, agent, django_assert_max_num_queries):
    now = timezone.now()
    for number in range(15):
        uploads = [Upload(f"{number}.png", "image/png", PNG)]
        message_receive(ticket=ticket, incoming=Incoming(channel="web", body=f"{number}", uploads=uploads), now=now)
        reply_send(ticket=ticket, actor=agent, body=f"Réponse {number}", now=now)
    opened(client, ticket)
    with django_assert_max_num_queries(10):
        assert_status(client.get(reverse("portal:ticket", args=[ticket.reference])), 200)


def test_a_link_is_used_once(ticket):
    now = timezone.now()
    link_request(reference=ticket.reference, email=EMAIL, now=now)
    token = mailed_path().rstrip("/").rpartition("/")[2]
    assert link_open(token=token, now=now) == ticket
    with pytest.raises(Invalid):
        link_open(token=token, now=now)
