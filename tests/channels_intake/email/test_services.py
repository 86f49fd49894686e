"""A service answers by e-mail: its signed address, its known senders, and nobody else."""

import re
import smtplib
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels_intake.email.report import inbound_report
from channels_intake.models import InboundMail, InboundOutcome, InboundStatus, Mailbox
from channels_intake.tasks import process_mail
from directory.actions.citizens import Requester
from directory.models import Service
from notifications.actions.delivery import outbox_deliver
from notifications.drivers.building import email_build
from notifications.models import Notice, OutboundKind, OutboundMessage
from tests.channels_intake.email.test_processing import TOWN, arrive, box, letter
from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tests.support.mail import receiver, sink
from tickets.actions.messages import reply_send
from tickets.actions.processing import ticket_assign
from tickets.enums import EventKind, MessageKind
from tickets.models import Ticket

PARKS = "espaces-verts@rives-sur-orme.example"
TEXT = "L’élagage est prévu lundi."


def ask(**kind: Any) -> tuple[Ticket, OutboundMessage]:
    """A ticket of a service that works by e-mail, and what left to it."""
    parks = make_service("espaces-verts", "Espaces verts", works_by_email=True)
    claire = Requester(name="Claire Vasseur", email="claire@example.org")
    ticket = make_ticket(request_type=make_type("arbre", parks, **kind), requester=claire, body="Une branche menace.")
    return ticket, OutboundMessage.objects.get(kind=OutboundKind.SERVICE)


def answer(asked: OutboundMessage, text: str = TEXT, **headers: str) -> bytes:
    own = {"From": f"Les jardiniers <{PARKS}>", "To": asked.reply_to, "Subject": f"Re: {asked.subject}"}
    return letter(text, **(own | {"In_Reply_To": asked.message_id} | headers))


def notes(ticket: Ticket) -> list[Any]:
    return list(ticket.messages.filter(kind=MessageKind.NOTE).order_by("id"))


@pytest.mark.django_db
def test_the_answer_lands_on_the_ticket_as_theirs() -> None:
    ticket, asked = ask()
    agent = make_agent(("referent", ticket.service))
    ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=timezone.now())
    queued = OutboundMessage.objects.count()
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = PARKS.upper(), asked.reply_to.upper(), "<devis@x.example>"
    message["In-Reply-To"] = asked.message_id
    message.set_content(f"{TEXT}\n\nLe 2 nov. 2026 à 10:00, Rives-sur-Orme a écrit :\n> Une branche menace.\n")
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="devis.pdf")
    [row] = arrive(message.as_bytes(), sender=PARKS)
    assert (row.status, row.outcome, row.ticket) == (InboundStatus.DONE, InboundOutcome.SERVICE, ticket)
    [note] = notes(ticket)
    assert row.message == note
    assert (note.body, note.service, note.author, note.author_name) == (TEXT, ticket.service, None, "Espaces verts")
    assert "Une branche menace." in note.quoted
    assert note.email_message_id == ""
    assert [file.name for file in note.attachments.all()] == ["devis.pdf"]
    assert ticket.events.get(kind=EventKind.SERVICE_ANSWERED).data == {"service": "Espaces verts"}
    notice = Notice.objects.get(dedupe_key__startswith="service_answer:")
    assert notice.agent == agent
    assert ticket.reference in notice.title
    assert notice.path.endswith(f"#message-{note.pk}")
    assert Ticket.objects.count() == 1
    assert OutboundMessage.objects.count() == queued  # nothing leaves by itself
    assert inbound_report()["became"]["service"] == 1
    process_mail(row.pk)
    assert len(notes(ticket)) == 1


@pytest.mark.django_db
def test_an_agent_of_the_service_answers_in_their_name_another_agent_does_not() -> None:
    ticket, asked = ask()
    gardener = make_agent(("back_office", ticket.service))
    librarian = make_agent(("back_office", make_service("culture")))
    [known] = arrive(answer(asked, From=gardener.email), sender=gardener.email)
    assert known.outcome == InboundOutcome.SERVICE
    [note] = notes(ticket)
    assert (note.author, note.service) == (gardener, ticket.service)
    [other] = arrive(answer(asked, From=librarian.email), sender=librarian.email)
    assert other.outcome == InboundOutcome.TICKET
    assert len(notes(ticket)) == 1


@pytest.mark.django_db
def test_an_unknown_sender_never_speaks_for_the_service() -> None:
    ticket, asked = ask()
    [row] = arrive(answer(asked, From="x@evil.example"), sender="x@evil.example")
    assert row.outcome == InboundOutcome.TICKET
    assert row.ticket is not None
    assert row.ticket != ticket
    assert ticket.reference in row.ticket.flag
    assert "Espaces verts" in row.ticket.flag
    assert notes(ticket) == []
    assert not ticket.events.filter(kind=EventKind.SERVICE_ANSWERED).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "forge",
    [
        lambda address: re.sub(r"-[a-z2-7]{16}@", "-aaaaaaaaaaaaaaaa@", address),
        lambda address: re.sub(r"\+s\d+-", "+s999-", address),
        lambda _address: TOWN,
    ],
)
def test_a_known_sender_without_the_signature_is_ordinary_mail(forge: Callable[[str], str]) -> None:
    ticket, asked = ask()
    [row] = arrive(answer(asked, To=forge(asked.reply_to), In_Reply_To="<x@x.example>"), sender=PARKS)
    assert row.outcome == InboundOutcome.TICKET
    assert row.ticket != ticket
    assert notes(ticket) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [{"Auto_Submitted": "auto-replied"}, {"Subject": "Absence du bureau"}, {"From": "absent@autre.example"}],
)
def test_automatic_answers_are_ignored_whoever_sends_them(headers: dict[str, str]) -> None:
    ticket, asked = ask()
    queued, tickets = OutboundMessage.objects.count(), Ticket.objects.count()
    [row] = arrive(answer(asked, **({"Precedence": "auto_reply"} | headers)), sender="")
    assert (row.status, row.outcome, row.ticket) == (InboundStatus.IGNORED, InboundOutcome.IGNORED, ticket)
    assert notes(ticket) == []
    assert (OutboundMessage.objects.count(), Ticket.objects.count()) == (queued, tickets)


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["Cc", "Delivered_To", "X_Original_To"])
def test_the_signed_address_counts_in_every_header_a_mailbox_keeps(header: str) -> None:
    """Fetched by IMAP, a mail says nowhere else to which plus-address it came."""
    ticket, asked = ask()
    raw = answer(asked, To=f"La mairie <{TOWN}>", **{header: asked.reply_to})
    [row] = arrive(b"\r\n\r\n" + raw, sender=PARKS)  # some programs begin with empty lines
    assert (row.outcome, row.ticket) == (InboundOutcome.SERVICE, ticket)


@pytest.mark.django_db
def test_without_tag_the_message_that_is_answered_says_the_request(settings: Any) -> None:
    """Where the town's mail server takes no « + » in an address, answers come to the town's own."""
    settings.SERVICE_REPLY_TAG = False
    ticket, asked = ask()
    assert asked.reply_to == ""
    [row] = arrive(answer(asked, To=TOWN), sender=PARKS)
    assert (row.outcome, row.ticket, [note.body for note in notes(ticket)]) == ("service", ticket, [TEXT])
    [away] = arrive(answer(asked, To=TOWN, Auto_Submitted="auto-replied"), sender=PARKS)
    assert (away.outcome, away.ticket) == ("ignored", ticket)
    [stranger] = arrive(answer(asked, To=TOWN, From="x@evil.example"), sender="x@evil.example")
    assert stranger.outcome == "ticket"
    assert stranger.ticket is not None
    assert "Espaces verts" in stranger.ticket.flag
    [citizen] = arrive(answer(asked, "Merci !", To=TOWN, From="claire@example.org"))  # in copy of their answer
    assert (citizen.outcome, citizen.ticket) == ("reply", ticket)
    assert len(notes(ticket)) == 1


@pytest.mark.django_db
def test_a_copy_to_another_mailbox_is_told_once() -> None:
    ticket, asked = ask()
    voirie = box("voirie@rives-sur-orme.example")
    rows = arrive(answer(asked, Cc=voirie.address), box(), voirie, sender=PARKS)
    assert sorted(row.outcome for row in rows) == [InboundOutcome.SERVICE, InboundOutcome.TWIN]
    assert len(notes(ticket)) == 1


@pytest.mark.django_db
def test_a_service_that_is_closed_speaks_no_more_and_one_on_the_tool_now_still_does() -> None:
    ticket, asked = ask()
    Service.objects.filter(pk=ticket.service_id).update(works_by_email=False)
    arrive(answer(asked), sender=PARKS)
    assert len(notes(ticket)) == 1
    Service.objects.filter(pk=ticket.service_id).update(is_active=False)
    arrive(answer(asked), sender=PARKS)
    assert len(notes(ticket)) == 1


@pytest.mark.django_db
def test_an_alert_about_a_sensitive_ticket_names_nothing_to_who_may_not_see_it() -> None:
    ticket, asked = ask(is_sensitive=True)
    pilot = make_agent(("pilot", Service.objects.get(is_pilot=True)))
    Service.objects.filter(is_pilot=True).update(referent=pilot)
    Service.objects.filter(pk=ticket.service_id).update(referent=pilot)
    arrive(answer(asked), sender=PARKS)
    notice = Notice.objects.get(dedupe_key__startswith="service_answer:")
    assert (notice.agent, notice.path, notice.body) == (pilot, "", "")


@pytest.mark.django_db
def test_the_ticket_page_offers_to_send_the_answer_on(client_of: Callable[[Any], Client]) -> None:
    ticket, asked = ask()
    arrive(answer(asked), sender=PARKS)
    [note] = notes(ticket)
    other = make_ticket(request_type=ticket.request_type)
    client = client_of(make_agent(("back_office", ticket.service)))
    page = client.get(reverse("tickets:detail", args=[ticket.reference])).content.decode()
    assert "Envoyer cette réponse à l’usager" in page
    assert "Réponse du service (par courriel)" in page
    history = client.get(reverse("tickets:aside", args=[ticket.reference])).content.decode()
    assert "Espaces verts a répondu par courriel" in history

    def composed(reference: str) -> str:
        shown = client.get(reverse("tickets:detail", args=[reference]), {"answer": note.pk}).content.decode()
        found = re.search(r'<textarea[^>]*name="body" id="reply-body"[^>]*>(.*?)</textarea>', shown, re.DOTALL)
        assert found is not None
        return found[1]

    assert composed(ticket.reference) == TEXT
    assert composed(other.reference) == ""
    elected = client_of(make_agent(("elected", ticket.service)))
    assert elected.get(reverse("tickets:detail", args=[ticket.reference])).status_code in {403, 404}


@pytest.mark.django_db
def test_the_files_of_the_answer_leave_with_the_reply_when_the_agent_says_so(
    client_of: Callable[[Any], Client],
) -> None:
    ticket, asked = ask()
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = PARKS, asked.reply_to, "<plan@x.example>"
    message.set_content(TEXT)
    for name in ("plan.pdf", "interne.pdf"):
        message.add_attachment(b"%PDF-1.4 " + name.encode(), maintype="application", subtype="pdf", filename=name)
    arrive(message.as_bytes(), sender=PARKS)
    [note] = notes(ticket)
    plan, internal = note.attachments.order_by("-name")
    client = client_of(make_agent(("back_office", ticket.service)))
    page = client.get(reverse("tickets:detail", args=[ticket.reference]), {"answer": note.pk}).content.decode()
    assert [" checked" in box for box in re.findall(r'<input[^>]*name="enclosed"[^>]*>', page)] == [True, True]
    elsewhere = make_ticket(request_type=ticket.request_type)
    foreign = client.post(
        reverse("tickets:reply", args=[elsewhere.reference]),
        {"body": "Voici.", "then": "answered", "enclosed": plan.pk},
    )
    assert foreign.status_code == 422
    assert not OutboundMessage.objects.filter(kind=OutboundKind.REPLY).exists()
    sent = client.post(
        reverse("tickets:reply", args=[ticket.reference]),
        {"body": "Voici.", "then": "answered", "enclosed": [plan.pk, "x", "9" * 30]},
    )
    assert sent.status_code == 302
    reply = ticket.messages.get(kind=MessageKind.REPLY)
    assert reply.outbound is not None
    assert [file.name for file in reply.attachments.all()] == ["plan.pdf"]
    built: Any = message_from_bytes(email_build(reply.outbound).message().as_bytes(), policy=policy.default)
    assert [(one.get_filename(), one.get_content()) for one in built.iter_attachments()] == [
        ("plan.pdf", b"%PDF-1.4 plan.pdf")
    ]
    assert internal.message == note


@pytest.mark.django_db
def test_the_citizen_never_sees_the_answer_of_the_service_nor_its_message_id() -> None:
    ticket, asked = ask()
    raw = answer(asked, Message_ID="<secret@interne.example>")
    arrive(raw, sender=PARKS)
    agent = make_agent(("back_office", ticket.service))
    reply_send(ticket=ticket, actor=agent, body="C’est prévu lundi.", now=timezone.now())
    reply = OutboundMessage.objects.get(kind=OutboundKind.REPLY)
    assert "secret@interne" not in reply.references + reply.in_reply_to
    assert TEXT not in reply.body


@pytest.mark.django_db
def test_the_form_of_a_service_wants_an_address_that_guichet_does_not_read(client_of: Callable[[Any], Client]) -> None:
    make_town()
    voirie, other = make_service("voirie"), make_service("culture")
    Mailbox.objects.create(address="route@rives-sur-orme.example", service=other)
    client = client_of(make_agent(is_staff=True, is_superuser=True))
    url = reverse("admin:directory_service_change", args=[voirie.pk])

    def save(email: str) -> str:
        data = {"name": "Voirie", "code": "voirie", "kind": "service", "parent": voirie.parent_id, "email": email}
        return client.post(url, data | {"works_by_email": "on", "assignment": "manual"}).content.decode()

    assert "doit avoir une adresse de courriel" in save("")
    assert "Guichet relève lui-même cette boîte" in save("route@rives-sur-orme.example")
    assert "Guichet relève lui-même cette boîte" in save(TOWN)
    voirie.refresh_from_db()
    assert not voirie.works_by_email
    save("ateliers@rives-sur-orme.example")
    voirie.refresh_from_db()
    assert (voirie.works_by_email, voirie.email) == (True, "ateliers@rives-sur-orme.example")
    added = client.post(reverse("admin:channels_intake_mailbox_add"), {"address": voirie.email, "is_active": "on"})
    assert "ne peut pas être aussi une boîte" in added.content.decode()
    assert not Mailbox.objects.filter(address=voirie.email).exists()


@pytest.mark.django_db(transaction=True)
def test_there_and_back_through_real_servers(settings: Any) -> None:
    """What leaves the outbox is answered as a mail program does, through the real receiver: both threads hold."""
    ticket, asked = ask()
    agent = make_agent(("back_office", ticket.service))
    mailbox = Mailbox.objects.create(address="jardins@rives-sur-orme.example", service=ticket.service)
    reply_send(ticket=ticket, actor=agent, body="Où est l’arbre ?", then="waiting", now=timezone.now())
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with sink() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 5
        outbox_deliver(limit=20)
    assert {recipient for recipient, _raw in server.received} == {PARKS, "claire@example.org"}
    with receiver() as (_process, port):
        client = smtplib.SMTP("127.0.0.1", port, timeout=60)
        for sender, text in ((PARKS, TEXT), ("claire@example.org", "Devant le 3.")):
            raw = next(raw for recipient, raw in reversed(server.received) if recipient == sender)
            headers = message_from_bytes(raw, policy=policy.default)
            to = str(headers["Reply-To"] or headers["From"])
            address = re.findall(r"[^\s<>]+@[^\s<>]+", to)[-1]
            refused = client.sendmail(
                sender, [address], letter(text, From=sender, To=to, In_Reply_To=str(headers["Message-ID"]).strip())
            )
            assert refused == {}
        client.quit()
    rows = list(InboundMail.objects.order_by("id"))
    for row in rows:
        process_mail(row.pk)
    service, citizen = InboundMail.objects.order_by("id")
    assert (service.outcome, service.ticket) == (InboundOutcome.SERVICE, ticket)
    assert service.mailbox.address == TOWN
    assert (citizen.outcome, citizen.ticket, citizen.mailbox) == (InboundOutcome.REPLY, ticket, mailbox)
    assert citizen.message is not None
    assert citizen.message.body == "Devant le 3."
    follow_up = OutboundMessage.objects.filter(kind=OutboundKind.SERVICE).latest("id")
    assert follow_up.in_reply_to == asked.message_id
    assert "Devant le 3." in follow_up.body
