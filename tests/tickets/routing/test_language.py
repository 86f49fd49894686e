"""The language of a request: told by its words or its script, French when in doubt."""

from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tests.support.factories import make_agent, make_service, make_ticket
from tickets.actions.language import ticket_language_set
from tickets.enums import EventKind
from tickets.filter_forms import LANGUAGES as OFFERED
from tickets.filter_forms import language_name
from tickets.routing.language import LANGUAGES, language_of

TOLD = [
    ("Bonjour, le lampadaire devant chez moi est éteint depuis trois semaines. Merci de faire le nécessaire.", ""),
    ("Ya un trou ENORME devant le 12 rue des Tilleuls, un scooter est tombé hier, vous attendez un mort ???", ""),
    ("Hello, the street light in front of my house has been off for three weeks. Could you please repair it?", "en"),
    ("Bonjour,\n\nI am sorry, I do not speak French. My dog is lost since yesterday.", "en"),
    ("Hola, la farola de mi calle no funciona desde hace tres semanas. ¿Pueden repararla? Gracias.", "es"),
    ("Olá, não tenho luz na minha rua há três semanas. Gostaria de saber quando será reparada. Obrigado.", "pt"),
    ("Guten Tag, die Straßenlampe vor meinem Haus ist seit drei Wochen kaputt. Können Sie mir bitte helfen?", "de"),
    ("Buongiorno, il lampione davanti a casa mia non funziona da tre settimane. Vorrei sapere quando. Grazie.", "it"),
    (
        "Merhaba, evimin önündeki sokak lambası üç haftadır yanmıyor. Lütfen bana yardım eder misiniz? Çok iyi olur",
        "tr",
    ),
    ("Dzień dobry, latarnia przed moim domem nie świeci od trzech tygodni. Proszę o naprawę. Dziękuję bardzo.", "pl"),
    ("Bună ziua, felinarul din fața casei mele nu mai funcționează de trei săptămâni. Vă rog să mă ajutați.", "ro"),
    ("مرحبا، مصباح الشارع أمام منزلي لا يعمل منذ ثلاثة أسابيع", "ar"),
    ("Здравствуйте, фонарь перед моим домом не работает уже три недели", "ru"),
    ("Добрий день, ліхтар перед моїм будинком не працює вже три тижні", "uk"),
    ("您好，我家门前的路灯已经三个星期不亮了", "zh"),
    # too short, or of no language known here: French, which is what most write
    ("ok", ""),
    ("Hello", ""),
    ("", ""),
    ("Carte identité passeport rendez-vous", ""),
    ("street lamp broken", ""),
    ("Acte de naissance 04/05/1987 Dupont", ""),
    ("Könnten", ""),
    ("Hyvää päivää, katulamppu taloni edessä on ollut pimeänä kolme viikkoa", ""),
    ("Μια λάμπα δεν λειτουργεί", ""),
    ("こんにちは、街灯が消えています", ""),
    # a signature or a disclaimer in another language
    (
        "Bonjour, mon bac jaune n'a pas été ramassé.\n\nThis message and any attachments are confidential and are for "
        "the use of the person to whom it is sent. If you are not that person please tell us.",
        "",
    ),
]


@pytest.mark.parametrize(("text", "code"), TOLD)
def test_the_language_of_a_text(text: str, code: str) -> None:
    assert language_of(text) == code


def test_every_language_has_its_name_also_one_that_no_filter_offers() -> None:
    assert [language_name(code) for code in ("", "ar", "nl", "xx")] == ["Français", "Arabe", "Néerlandais", "xx"]


def test_every_language_told_is_offered_by_filters_and_rules() -> None:
    assert {code for code, _label in OFFERED} >= LANGUAGES


@given(st.text(max_size=200))
def test_it_never_raises(text: str) -> None:
    assert language_of(text) in LANGUAGES | {""}


@pytest.mark.django_db
@pytest.mark.parametrize("channel", ["email", "web", "phone", "counter", "post"])
def test_every_channel_tells_it_unless_it_is_given(channel: str) -> None:
    english = "Hello, the street light in front of my house has been off for three weeks."
    assert make_ticket(channel=channel, subject="Lampadaire", body=english, routed=False).language == "en"
    assert make_ticket(channel=channel, body=english, language="fr", routed=False).language == ""
    assert make_ticket(channel=channel, body=english, language="de", routed=False).language == "de"
    assert make_ticket(channel=channel, routed=False).language == ""


@pytest.mark.django_db
def test_an_agent_corrects_it_and_the_timeline_says_so(client_of: Any) -> None:
    service = make_service("voirie")
    agent = make_agent(("counter", service))
    ticket = make_ticket(service=service)
    client, address = client_of(agent), reverse("tickets:classify", args=[ticket.reference])
    assert client.post(address, {"language": "ar"}).status_code == 302
    ticket.refresh_from_db()
    assert ticket.language == "ar"
    event = ticket.events.get(kind=EventKind.LANGUAGE)
    assert (event.actor, event.data) == (agent, {"former": "", "current": "ar"})
    page = client.get(reverse("tickets:detail", args=[ticket.reference])).content.decode()
    assert "Langue\u00a0: Arabe" in page
    assert client.post(address, {}).status_code == 302, "not asked: unchanged"
    ticket_language_set(ticket=ticket, language="FR", actor=agent, now=event.at)
    ticket.refresh_from_db()
    assert (ticket.language, ticket.events.filter(kind=EventKind.LANGUAGE).count()) == ("", 2)
