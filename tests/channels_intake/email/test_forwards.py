"""Forwards by agents, in the styles their programs write: whose request it is, and what the agent added."""

import pytest
from django.utils import timezone

from channels_intake.email.forwards import forwarded_in, looks_forwarded
from channels_intake.email.parser import parse_mail
from channels_intake.models import InboundMail
from notifications.models import OutboundMessage
from tests.channels_intake.email.corpus import mail, multipart, part
from tests.channels_intake.email.test_processing import arrive
from tests.support.factories import make_agent, make_town
from tickets.enums import MessageKind

GMAIL = """Pour vous, merci.

---------- Forwarded message ---------
De : Claire Vasseur <claire@example.org>
Date: lun. 2 nov. 2026 à 10:12
Subject: Lampadaire éteint
To: Paul Agent <paul@rives-sur-orme.example>


Bonjour, le lampadaire est éteint."""
OUTLOOK = """Pour vous, merci.

________________________________
De : Claire Vasseur <claire@example.org>
Envoyé : lundi 2 novembre 2026 10:12
À : Paul Agent
Objet : Lampadaire éteint

Bonjour, le lampadaire est éteint."""
OLD_OUTLOOK = """Pour vous, merci.

-----Message d'origine-----
De\u00a0: Claire Vasseur [mailto:claire@example.org]
Envoyé\u00a0: lundi 2 novembre 2026 10:12
À\u00a0: Paul Agent
Objet\u00a0: Lampadaire éteint

Bonjour, le lampadaire est éteint."""
THUNDERBIRD = """Pour vous, merci.

-------- Message transféré --------
Sujet : \tLampadaire éteint
Date : \tMon, 2 Nov 2026 10:12:00 +0100
De : \tClaire Vasseur <claire@example.org>
Pour : \tpaul@rives-sur-orme.example

Bonjour, le lampadaire est éteint."""
APPLE = """Pour vous, merci.

Début du message transféré :

> De: Claire Vasseur <claire@example.org>
> Objet: Lampadaire éteint
> Date: 2 novembre 2026 à 10:12:00 UTC+1
> À: paul@rives-sur-orme.example
>
> Bonjour, le lampadaire est éteint."""
ENGLISH = """Pour vous, merci.

-----Original Message-----
From: Claire Vasseur
<claire@example.org>
Sent: Monday, 2 November 2026 10:12
To: Paul
Subject: Lampadaire éteint

Bonjour, le lampadaire est éteint."""
STYLES = {
    "gmail": GMAIL,
    "outlook": OUTLOOK,
    "old outlook": OLD_OUTLOOK,
    "thunderbird": THUNDERBIRD,
    "apple": APPLE,
    "english": ENGLISH,
}
PAUL = "Paul Agent <paul@rives-sur-orme.example>"
_TEXT = "Content-Type: text/plain; charset=utf-8"


def forward(text: str, subject: str = "TR: Lampadaire éteint", sender: str = PAUL, number: int = 1) -> bytes:
    head = (
        f"From: {sender}\r\nMessage-ID: <f{number}@rives-sur-orme.example>\r\nReferences: <c@example.org>\r\n".encode()
    )
    return mail(b"Subject: " + subject.encode(), _TEXT, head=head, body=text.encode())


@pytest.mark.parametrize("style", STYLES)
def test_the_copied_message_is_read(style: str) -> None:
    parsed = parse_mail(forward(STYLES[style]))
    assert looks_forwarded(parsed)
    [found] = forwarded_in(parsed)
    assert (found.address, found.name, found.subject) == ("claire@example.org", "Claire Vasseur", "Lampadaire éteint")
    assert (found.body, found.written) == ("Bonjour, le lampadaire est éteint.", "Pour vous, merci.")
    assert found.is_sure


@pytest.mark.django_db
def test_a_block_without_any_other_sign_is_left_to_a_person(paul: None) -> None:
    raw = forward(OUTLOOK.replace("_" * 32, ""), subject="Lampadaire éteint")
    assert not forwarded_in(parse_mail(raw))[0].is_sure
    [row] = arrive(raw)
    assert str(ticket_of(row).requester) == "Paul Agent"
    assert "vérifiez que la demande vient bien de claire@example.org" in ticket_of(row).flag
    assert not looks_forwarded(parse_mail(forward(OUTLOOK, subject="Re: Lampadaire éteint")))


@pytest.mark.parametrize(
    "text", ["Bonjour", "De : la gare\nDate : demain\n", "De :\nObjet :\n", "> " * 5000, "De : x\n" * 9000]
)
def test_what_is_no_forward(text: str) -> None:
    assert forwarded_in(parse_mail(forward(text))) == []


@pytest.fixture
def paul(db: None) -> None:
    make_town()
    make_agent(first_name="Paul", last_name="Agent", email="paul@rives-sur-orme.example")


def ticket_of(row: InboundMail):  # type: ignore[no-untyped-def]
    assert row.ticket is not None
    return row.ticket


@pytest.mark.django_db
@pytest.mark.parametrize("style", ["gmail", "thunderbird"])
def test_the_citizen_stays_the_requester(style: str, paul: None) -> None:
    [row] = arrive(forward(STYLES[style]), sender="paul@rives-sur-orme.example")
    ticket = ticket_of(row)
    assert str(ticket.requester) == "Claire Vasseur"
    assert (ticket.subject, ticket.flag) == ("Lampadaire éteint", "")
    said, note = ticket.messages.order_by("id")
    assert (said.body, said.author_email) == ("Bonjour, le lampadaire est éteint.", "claire@example.org")
    assert (note.kind, note.body, note.author_name) == (MessageKind.NOTE, "Pour vous, merci.", "Paul Agent")
    assert OutboundMessage.objects.get().to_address == "claire@example.org"


@pytest.mark.django_db
def test_an_attached_message_is_the_citizens_with_its_files(paul: None) -> None:
    inner = (
        multipart(
            "mixed",
            part(_TEXT, body=b"Voici la photo."),
            part("Content-Type: image/jpeg; name=photo.jpg", "Content-Disposition: attachment", body=b"x"),
        )
        .replace(b"<one@", b"<inner@")
        .replace(b'"b"', b'"i"')
        .replace(b"--b", b"--i")
    )
    raw = multipart("mixed", part(_TEXT, body=b"A traiter"), part("Content-Type: message/rfc822", body=inner)).replace(
        b"From: Claire Vasseur <claire@example.org>", f"From: {PAUL}".encode(), 1
    )
    [row] = arrive(raw, sender="paul@rives-sur-orme.example")
    ticket = ticket_of(row)
    assert str(ticket.requester) == "Claire Vasseur"
    said = ticket.messages.get(kind=MessageKind.INBOUND)
    assert (said.body, said.email_message_id) == ("Voici la photo.", "<inner@example.org>")
    assert [file.name for file in said.attachments.all()] == ["photo.jpg"]
    assert ticket.messages.get(kind=MessageKind.NOTE).body == "A traiter"


@pytest.mark.django_db
def test_from_hand_to_hand_the_first_who_is_not_of_the_town_asks_and_somebody_checks(paul: None) -> None:
    make_agent(first_name="Anne", last_name="Collègue", email="anne@rives-sur-orme.example")
    chain = (
        "Vu.\n\n-----Message d'origine-----\nDe : Anne <anne@rives-sur-orme.example>\nEnvoyé : mardi\nObjet : TR: x\n\n"
    )
    [row] = arrive(forward(chain + OUTLOOK), sender="paul@rives-sur-orme.example")
    ticket = ticket_of(row)
    assert str(ticket.requester) == "Claire Vasseur"
    assert "vérifiez que la demande vient bien de claire@example.org" in ticket.flag


@pytest.mark.django_db
def test_a_forward_that_names_nobody_is_flagged(paul: None) -> None:
    [row] = arrive(forward("Voir ci-dessous.\n\n-------- Message transféré --------\nSujet : x\n\nBonjour"))
    assert "n’a pas pu être reconnu" in ticket_of(row).flag


@pytest.mark.django_db
def test_a_citizen_who_forwards_stays_the_requester(paul: None) -> None:
    [row] = arrive(forward(GMAIL, sender="Jean Voisin <jean@example.net>"), sender="jean@example.net")
    ticket = ticket_of(row)
    assert str(ticket.requester) == "Jean Voisin"
    assert "Claire" in ticket.messages.get().body
    assert timezone.now() >= ticket.created_at
