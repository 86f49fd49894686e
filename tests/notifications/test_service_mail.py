"""What a service that works by e-mail receives, and what it must not."""

import email
import email.policy
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from channels_intake.models import Mailbox
from core.errors import NotAllowed
from directory.actions.citizens import Requester
from notifications.drivers.building import email_build
from notifications.models import OutboundKind, OutboundMessage, OutboundStatus
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tickets.actions.attachments import Upload
from tickets.actions.by_email.service_mail import FILES_MAX_BYTES
from tickets.actions.messages import Incoming, message_receive, reply_send
from tickets.actions.processing import ticket_close, ticket_transfer
from tickets.actions.replies.send_failures import send_failures_note
from tickets.actions.routing.route import ticket_route
from tickets.enums import EventKind
from tickets.models import Attachment, Ticket
from tickets.signed_addresses import Signed, service_address, signed_in

pytestmark = pytest.mark.django_db

TOWN = "mairie@rives-sur-orme.example"
CLAIRE = Requester(name="Claire Vasseur", email="claire@example.org", phone="06 39 98 00 01")


@pytest.fixture
def parks() -> Any:
    return make_service("espaces-verts", "Espaces verts", works_by_email=True)


def sent() -> list[OutboundMessage]:
    return list(OutboundMessage.objects.filter(kind=OutboundKind.SERVICE).order_by("id"))


def test_a_routed_ticket_leaves_with_all_that_is_needed(parks: Any) -> None:
    kind = make_type("arbre", parks, name="Arbre dangereux")
    photo = Upload("photo.jpg", "image/jpeg", b"\xff\xd8jpeg")
    ticket = make_ticket(
        request_type=kind,
        subject="Branche de Mme Vasseur",
        body="Une branche menace.",
        location="3 rue des Tilleuls",
        requester=CLAIRE,
        uploads=[photo],
    )
    [row] = sent()
    assert (row.to_address, row.from_address, row.is_automatic) == (parks.email, TOWN, True)
    assert row.ticket_reference == ticket.reference
    for told in (
        *("Une branche menace.", "Claire Vasseur", "claire@example.org", "06 39 98 00 01", "3 rue des Tilleuls"),
        *("Arbre dangereux", ticket.reference, "Branche de Mme Vasseur", f"/demandes/{ticket.reference}/"),
    ):
        assert told in row.body.replace("\u00a0", " "), told
    assert "Échéances" in row.body
    assert str(timezone.localtime(ticket.answer_due_at).year) in row.body
    assert signed_in(row.reply_to) == Signed(parks.pk, ticket.reference)
    message: Any = email.message_from_bytes(email_build(row).message().as_bytes(), policy=email.policy.default)
    [file] = message.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("photo.jpg", photo.content)
    assert message["Auto-Submitted"] == "auto-generated"
    headers = " ".join(f"{name}: {value}" for name, value in message.items())
    for private in ("Vasseur", "claire", "0639", "Branche", "Tilleuls"):
        assert private not in headers
    event = ticket.events.get(kind=EventKind.SERVICE_ASKED)
    assert event.data == {"service": "Espaces verts", "to": parks.email}


def test_a_sensitive_ticket_tells_its_reference_and_where_to_read_it(parks: Any) -> None:
    kind = make_type("aide", parks, name="Aide sociale", is_sensitive=True)
    ticket = make_ticket(
        request_type=kind,
        subject="Dettes",
        body="Je ne paie plus.",
        requester=CLAIRE,
        uploads=[Upload("avis.pdf", "application/pdf", b"%PDF")],
    )
    message_receive(ticket=ticket, incoming=Incoming(channel="web", body="Encore un avis."), now=timezone.now())
    first, second = sent()
    for row in (first, second):
        assert row.attachments.count() == 0
        assert ticket.reference in row.subject
        assert f"/demandes/{ticket.reference}/" in row.body
        for private in ("Dettes", "paie", "avis", "Vasseur", "claire@", "Aide sociale", "Échéances"):
            assert private not in row.body + row.subject, private


def test_only_such_services_and_only_open_routed_tickets(parks: Any) -> None:
    make_ticket(request_type=make_type("voirie", make_service("voirie")))
    kind = make_type("arbre", parks)
    make_ticket(request_type=kind, routed=False)
    mute = make_ticket(request_type=kind, routed=False)
    ticket_route(ticket_id=mute.pk, now=timezone.now(), acknowledge=False)
    assert sent() == []


def test_a_transfer_tells_why_and_what_was_said(parks: Any) -> None:
    roads = make_service("voirie")
    agent = make_agent(("referent", roads))
    ticket = make_ticket(request_type=make_type("chaussee", roads), requester=CLAIRE, body="Un arbre.")
    reply_send(ticket=ticket, actor=agent, body="Où est-il ?", then="waiting", now=timezone.now())
    assert sent() == []
    stranger = make_agent(("back_office", make_service("culture")))
    with pytest.raises(NotAllowed):
        ticket_transfer(ticket=ticket, service=parks, reason="Arbre", actor=stranger, now=timezone.now())
    assert sent() == []
    ticket_transfer(ticket=ticket, service=parks, reason="C’est un arbre", actor=agent, now=timezone.now())
    [row] = sent()
    for told in ("Motif du transfert : C’est un arbre", "Un arbre.", "Où est-il ?"):
        assert told in row.body


def test_what_the_citizen_adds_follows_in_the_same_thread(parks: Any) -> None:
    ticket = make_ticket(request_type=make_type("arbre", parks), requester=CLAIRE, body="Une branche menace.")
    now = timezone.now()
    message_receive(ticket=ticket, incoming=Incoming(channel="email", body="Absente", is_automatic=True), now=now)
    assert len(sent()) == 1
    message_receive(ticket=ticket, incoming=Incoming(channel="web", body="Elle est tombée."), now=now)
    first, second = sent()
    assert "Elle est tombée." in second.body
    assert "Une branche menace." not in second.body
    assert (second.in_reply_to, second.references) == (first.message_id, first.message_id)
    assert second.reply_to == first.reply_to


def test_a_closed_ticket_written_on_again_is_sent_again(parks: Any) -> None:
    ticket = make_ticket(request_type=make_type("arbre", parks))
    ticket_close(ticket=ticket, actor=None, now=timezone.now())
    message_receive(ticket=ticket, incoming=Incoming(channel="web", body="Rien n’est fait."), now=timezone.now())
    assert "Rien n’est fait." in sent()[-1].body


def test_files_too_heavy_are_named_instead(parks: Any) -> None:
    ticket = make_ticket(request_type=make_type("arbre", parks), routed=False)
    message = ticket.messages.get()
    for name, size in (("lourd.tif", FILES_MAX_BYTES + 1), ("plan.pdf", 4)):
        file = Attachment(message=message, name=name, content_type="application/pdf", size=size, sha256="0" * 64)
        file.file.save(name, ContentFile(b"%PDF"))
    ticket_route(ticket_id=ticket.pk, now=timezone.now())
    [row] = sent()
    assert [one.name for one in row.attachments.all()] == ["plan.pdf"]
    assert "lourd.tif" in row.body


def test_a_mail_the_service_never_gets_flags_the_ticket(parks: Any) -> None:
    ticket = make_ticket(request_type=make_type("arbre", parks))
    OutboundMessage.objects.filter(kind=OutboundKind.SERVICE).update(
        status=OutboundStatus.FAILED, last_error="550 no such user"
    )
    send_failures_note(now=timezone.now() + timedelta(minutes=1))
    assert parks.email in Ticket.objects.get(pk=ticket.pk).flag


def test_a_signed_address_says_one_service_and_one_ticket() -> None:
    ticket = make_ticket()
    signed = Signed(12, ticket.reference)
    address = service_address("mairie+x@ville.example", signed)
    local, _, domain = address.partition("@")
    assert (local.partition("+")[0], domain) == ("mairie", "ville.example")
    assert len(local) <= 64
    assert signed_in(f"Guichet <{address.upper()}>") == signed
    assert signed_in(f"a@b.example, {address}") == signed
    assert signed_in(address.replace("+s12-", "+s13-")) is None
    other = make_ticket().reference
    assert signed_in(address.replace(ticket.reference.replace("-", "").lower(), other.replace("-", "").lower())) is None
    assert signed_in("mairie@ville.example") is None


def test_another_key_signs_otherwise(settings: Any) -> None:
    signed = Signed(3, make_ticket().reference)
    address = service_address(TOWN, signed)
    settings.SECRET_KEY = "another-" * 8
    assert signed_in(address) is None


def test_replies_come_from_the_mailbox_of_the_service_else_from_the_town() -> None:
    roads = make_service("voirie")
    agent = make_agent(("back_office", roads))
    kind = make_type("chaussee", roads)
    box = Mailbox.objects.create(address="route@rives-sur-orme.example", service=roads)
    reply_send(ticket=make_ticket(request_type=kind), actor=agent, body="Vu.", now=timezone.now())
    box.is_active = False
    box.save()
    reply_send(ticket=make_ticket(request_type=kind), actor=agent, body="Vu.", now=timezone.now())
    rows = OutboundMessage.objects.filter(kind=OutboundKind.REPLY).order_by("id")
    assert [row.from_address for row in rows] == ["route@rives-sur-orme.example", TOWN]
