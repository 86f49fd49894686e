"""The ticket page: what is folded, the facts, the place on a map, the files, and what comes later."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from directory.actions.citizens import Requester
from directory.models import Agent, Service
from grc.settings.env import showing_images_of
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket
from tests.support.scans import packed
from tickets.actions.attachments import Upload
from tickets.actions.messages import Incoming, message_receive, note_add
from tickets.actions.processing import ticket_assign, ticket_close, ticket_wait
from tickets.models import AccessLog, Attachment, Ticket
from tickets.selectors.detail import events_of, messages_of
from tickets.views.stream import stream_of

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def page_of(client: Any, ticket: Ticket) -> str:
    page: str = assert_status(client.get(reverse("tickets:detail", args=[ticket.reference])), 200).content.decode()
    return page


def test_events_are_folded_between_the_messages_and_none_is_told_twice(voirie: Service, agent: Agent) -> None:
    start = timezone.now() - timedelta(days=2)
    ticket = make_ticket(service=voirie, now=start)
    ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=start + timedelta(hours=1))
    note_add(ticket=ticket, actor=agent, body="Vu", now=start + timedelta(hours=2))
    ticket_wait(ticket=ticket, actor=agent, now=start + timedelta(hours=3), waiting=True)
    later = start + timedelta(hours=4)
    message_receive(ticket=ticket, incoming=Incoming(channel="email", body="Alors ?", received_at=later), now=later)
    pieces = stream_of(list(messages_of(ticket)), list(events_of(ticket)))
    told = [piece.bubble["message"].kind if piece.bubble else [line.label for line in piece.lines] for piece in pieces]
    assert told[0] == "inbound"
    assert told[1][-1] == "Prise en charge par Camille DURAND"
    assert told[2] == "note"
    assert told[3] == ["En attente de l’usager"]
    assert told[4] == "inbound"
    assert told[5] == ["Reprise"]
    assert not any("a écrit" in label for piece in told if isinstance(piece, list) for label in piece)


def test_several_events_are_a_line_that_opens_and_one_is_itself(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie)
    ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=timezone.now())
    page = page_of(client_of(agent), ticket)
    assert "événements" in page.split('class="between"')[1]
    assert "<summary>" in page.split('class="between"')[1]


def test_facts_tell_the_form_the_language_and_the_place(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie)
    Ticket.objects.filter(pk=ticket.pk).update(
        answers=[["depuis", "Depuis quand ?", "Trois <semaines>"], ["vide", "Autre chose ?", ""]],
        language="pt",
        tags=["éclairage"],
        latitude="48.1123",
        longitude="-1.6789",
    )
    page = page_of(client_of(agent), ticket)
    assert "Depuis quand ?" in page
    assert "Trois &lt;semaines&gt;" in page
    assert "Autre chose ?" not in page
    assert "Portugais" in page
    assert "éclairage" in page
    assert "48.11230, -1.67890" in page
    assert "mlat=48.11230&amp;mlon=-1.67890" in page
    assert "leaflet" not in page


def test_with_tiles_the_map_is_drawn_and_the_policy_lets_them_in(
    voirie: Service, agent: Agent, client_of: Any, settings: Any
) -> None:
    settings.TILE_URL = "https://tuiles.rives-sur-orme.example/{z}/{x}/{y}.png"
    ticket = make_ticket(service=voirie)
    assert "leaflet" not in page_of(client_of(agent), ticket)
    Ticket.objects.filter(pk=ticket.pk).update(latitude="48.1123", longitude="-1.6789")
    page = page_of(client_of(agent), ticket)
    assert "js_lib_leaflet/leaflet.js" in page
    assert 'data-tiles="https://tuiles.rives-sur-orme.example/{z}/{x}/{y}.png"' in page


@pytest.mark.parametrize(
    ("url", "origins"),
    [
        ("", ["'self'"]),
        ("https://tuiles.example/{z}/{x}/{y}.png", ["'self'", "https://tuiles.example"]),
        ("https://{s}.tuiles.example/{z}/{x}/{y}.png", ["'self'", "https://*.tuiles.example"]),
    ],
)
def test_images_come_from_the_tiles_only_when_there_are_some(url: str, origins: list[str]) -> None:
    policy = {"DIRECTIVES": {"img-src": ["'self'"], "script-src": ["'self'"]}}
    assert showing_images_of(policy, url)["DIRECTIVES"] == {"img-src": origins, "script-src": ["'self'"]}
    assert policy["DIRECTIVES"]["img-src"] == ["'self'"]


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (PNG, "<img "),
        (b"%PDF-1.4", "<iframe "),
        (b"Rue des <Lilas>", "Rue des &lt;Lilas&gt;"),
        (b"<html><script>alert(1)</script></html>", "ne peut pas être affiché ici"),
        (b"MZ\x90\x00", "ne peut pas être affiché ici"),
    ],
)
def test_a_file_is_previewed_as_its_bytes_say(
    content: bytes, shown: str, voirie: Service, agent: Agent, client_of: Any
) -> None:
    make_ticket(service=voirie, uploads=[Upload("photo.png", "image/png", content)])
    url = reverse("tickets:preview", args=[Attachment.objects.get().pk])
    client = client_of(agent)
    page = assert_status(client.get(url), 200).content.decode()
    part = client.get(url, headers={"HX-Request": "true", "HX-Target": "preview-body"}).content.decode()
    assert "<html lang" in page
    assert "<html lang" not in part
    assert shown in page
    assert shown in part
    assert "<script>alert" not in page


def test_a_tiff_is_shown_page_by_page(voirie: Service, agent: Agent, client_of: Any) -> None:
    letter = packed([Image.new("1", (1, 1), 1)] * 2)
    ticket = make_ticket(service=voirie, uploads=[Upload("lettre.tif", "image/tiff", letter)])
    client, file = client_of(agent), Attachment.objects.get()
    url, second = (reverse("tickets:attachment_page", args=[file.pk, number]) for number in (1, 2))
    shown = client.get(reverse("tickets:preview", args=[file.pk])).content.decode()
    assert f'<img src="{url}" width="1" height="1" loading="lazy" alt="lettre.tif, page 1 sur 2">' in shown
    first = assert_status(client.get(url), 200)
    assert (first["Content-Type"], first["Cache-Control"]) == ("image/png", "private, max-age=300")
    Ticket.objects.filter(pk=ticket.pk).update(is_sensitive=True)
    assert client.get(url)["Cache-Control"] == "private, no-store"
    assert AccessLog.objects.get().kind == "file"
    assert_status(client.get(second), 200)
    assert AccessLog.objects.latest("pk").kind == "page", "asked for alone, it does not go unseen"
    assert_status(client_of(make_agent(("back_office", make_service("eau")))).get(url), 404)
    Attachment.objects.update(virus_check="infected", virus="Eicar")
    assert_status(client.get(url), 403)


def test_opening_a_sensitive_ticket_and_its_files_is_written_down(
    voirie: Service, agent: Agent, client_of: Any
) -> None:
    ticket = make_ticket(service=voirie, uploads=[Upload("photo.png", "image/png", PNG)])
    client, file = client_of(agent), Attachment.objects.get()
    page_of(client, ticket)
    client.get(reverse("tickets:attachment", args=[file.pk]))
    assert not AccessLog.objects.exists()
    Ticket.objects.filter(pk=ticket.pk).update(is_sensitive=True)
    page_of(client, ticket)
    client.get(reverse("tickets:attachment", args=[file.pk]))
    assert sorted(AccessLog.objects.values_list("agent", "kind")) == [(agent.pk, "file"), (agent.pk, "page")]


def test_the_second_part_is_asked_for_later_and_has_a_page_of_its_own(
    voirie: Service, agent: Agent, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    ticket = make_ticket(service=voirie)
    client, url = client_of(agent), reverse("tickets:aside", args=[ticket.reference])
    page = page_of(client, ticket)
    assert f'hx-get="{url}"' in page
    assert f'href="{url}"' in page
    assert "Historique" not in page.split('id="aside"')[1].split("</div>")[0].replace("historique", "")
    assert "Historique" in assert_status(client.get(url), 200).content.decode()
    with django_assert_max_num_queries(20):
        client.get(url, headers={"HX-Request": "true", "HX-Target": "aside"})


def test_one_s_open_requests_come_first_in_the_card(voirie: Service, agent: Agent, client_of: Any) -> None:
    who = Requester(name="Amélie Poulain", email="amelie@example.org")
    old = make_ticket(service=voirie, requester=who, subject="Vieille et ouverte", now=timezone.now())
    for number in range(6):
        over = make_ticket(service=voirie, requester=who, subject=f"Close {number}")
        ticket_close(ticket=over, actor=agent, now=timezone.now(), reason="Vu")
    ticket = make_ticket(service=voirie, requester=who, subject="Celle-ci")
    card = page_of(client_of(agent), ticket).split("tous canaux")[1].split("</ul>")[0]
    assert card.index(old.subject) < card.index("Close 5")
    assert "Close 0" not in card
    assert f"?reference={old.reference}" in card
