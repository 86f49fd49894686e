"""Machines are never answered, and what comes from our own mailboxes never goes round."""

import pytest

from notifications.models import OutboundMessage
from tests.channels_intake.email.test_processing import TOWN, arrive, box, letter
from tests.support.factories import make_town
from tickets.enums import MessageKind
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _town() -> None:
    make_town()


@pytest.mark.parametrize(
    ("subject", "text", "is_machine"),
    [
        ("Absence", "De retour le 12.", True),
        ("Re: x", "Bonjour,\n\nJe suis absente jusqu'au 12. En cas d'urgence, appelez le 3939.", True),
        ("Re: x", "Je suis en congés. Je lirai votre message à mon retour.", True),
        ("Re: x", "Je suis en vacances jusqu'au 12 : passez après.", False),
        ("Re: x", "Je suis absente le mardi. Pouvez-vous contacter ma voisine ?", False),
        ("Re: x", "Le banc est cassé. " * 20 + "Je suis absente, voir votre message à mon retour.", False),
    ],
)
def test_an_absence_without_headers_counts_only_in_an_answer_to_us(subject: str, text: str, is_machine: bool) -> None:
    [row] = arrive(letter())
    ours = OutboundMessage.objects.get().message_id
    [answer] = arrive(letter(text, Subject=subject, In_Reply_To=ours))
    assert answer.message is not None
    assert answer.message.is_automatic == is_machine
    [alone] = arrive(letter(text, Subject=subject))
    assert alone.message is not None
    assert not alone.message.is_automatic
    assert row.ticket == answer.ticket


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-generated"},
        {"Precedence": "bulk"},
        {"List-Id": "<l.example>"},
        {"From": "noreply@shop.example"},
    ],
)
def test_automatic_mail_makes_a_ticket_and_is_never_answered(headers: dict[str, str]) -> None:
    [row] = arrive(letter(**headers))
    assert row.ticket is not None
    assert OutboundMessage.objects.count() == 0
    assert "sans accusé" in row.note


def test_the_form_of_another_website_writes_for_a_citizen() -> None:
    form = {"From": "Site <no-reply@forms.example>", "Reply-To": "Zoé Blé <zoe@example.org>"}
    [row] = arrive(letter(**form))
    assert row.ticket is not None
    assert row.ticket.requester is not None
    assert str(row.ticket.requester) == "Zoé Blé"
    assert row.ticket.requester.contact_points.get().value == "zoe@example.org"
    assert OutboundMessage.objects.count() == 0


def test_loops_are_cut() -> None:
    box("voirie@rives-sur-orme.example")
    [own] = arrive(letter(From=f"Mairie <{TOWN}>", Auto_Submitted="auto-generated"))
    [other] = arrive(letter(From="Voirie+s12@Rives-sur-Orme.example", Subject="Réponse automatique : absence"))
    arrive(letter())
    [back] = arrive(letter(From="forwarder@example.net", Message_ID=OutboundMessage.objects.get().message_id))
    assert [row.status for row in (own, other, back)] == ["ignored"] * 3
    assert all("boucle" in row.note for row in (own, other, back))
    assert Ticket.objects.count() == 1


def test_people_write_from_the_town_s_mailboxes_too() -> None:
    """A shared mailbox forwards a citizen's request; what else comes from it is looked at, not acknowledged."""
    box("etat-civil@rives-sur-orme.example")
    shared = "État civil <Etat-Civil@rives-sur-orme.example>"
    text = "Pour vous.\n\n---------- Message transféré ---------\nDe : Claire Vasseur <claire@example.org>\n"
    text += "Date : lun. 2 nov. 2026 à 10:12\nObjet : Acte de naissance\nÀ : etat-civil@x.example\n\nUn acte, merci."
    [forwarded] = arrive(letter(text, From=shared, Subject="TR: Acte de naissance"))
    assert forwarded.ticket is not None
    assert (str(forwarded.ticket.requester), forwarded.ticket.flag) == ("Claire Vasseur", "")
    assert forwarded.ticket.messages.get(kind=MessageKind.NOTE).body == "Pour vous."
    acknowledgement = OutboundMessage.objects.get()
    assert acknowledgement.to_address == "claire@example.org"
    [written] = arrive(letter("Voir le banc cassé.", From=shared, Subject=f"Re: {forwarded.ticket.reference}"))
    form = letter(
        "Formulaire du site.", From=f"Site <{TOWN}>", Reply_To="jean@example.org", Auto_Submitted="auto-generated"
    )
    [website] = arrive(form)
    for row in (written, website):
        assert row.ticket is not None
        assert row.ticket != forwarded.ticket
        assert "boîte de la ville" in row.ticket.flag
    assert written.ticket is not None
    assert written.ticket.requester is None
    assert website.ticket is not None
    assert website.ticket.requester is not None
    assert website.ticket.requester.contact_points.get().value == "jean@example.org"
    [answer] = arrive(letter("C'est fait.", From=shared, In_Reply_To=acknowledgement.message_id))
    assert (answer.ticket, answer.outcome) == (forwarded.ticket, "note")
    assert answer.message is not None
    assert (answer.message.kind, answer.message.author_name) == (MessageKind.NOTE, "État civil")
    assert OutboundMessage.objects.count() == 1
