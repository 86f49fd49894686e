"""The HTML twin of what people receive."""

import email
import email.policy
from typing import Any

import pytest

from directory.models import Town
from notifications.drivers.building import email_build
from notifications.drivers.html import html_of
from notifications.models import OutboundKind, OutboundMessage
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tickets.actions.messages import reply_send

TOWN = Town(pk=1, name="Rives <sur> Orme", email="mairie@rives-sur-orme.example", accent="#0f5c6e")


def page(text: str, **fields: Any) -> str:
    options: dict[str, Any] = {"text": text, "subject": "Sujet", "town": TOWN}
    return html_of(**(options | fields))


def test_paragraphs_lines_and_signature() -> None:
    facts = "  Objet : a\n  Référence : b"
    html = page(f"Bonjour,\n\n{facts}\n\n \nUne ligne\n  et sa suite\n\nFin.\n--\nJeanne Martin\nTél. 02")
    assert (
        '<p>Bonjour,</p>\n<p class="facts">Objet : a<br>\nRéférence : b</p>\n<p>Une ligne<br>\net sa suite</p>' in html
    )
    assert "<p>Fin.</p>\n</main>" in html
    assert '<div class="signature">\n<p>Jeanne Martin<br>\nTél. 02</p>\n</div>' in html
    assert '<html lang="fr"' in html
    assert "#0f5c6e" in html


def test_nothing_of_the_text_is_trusted() -> None:
    nasty = '<script>alert(1)</script> & "x" <img src=https://evil.example/p.png> javascript:alert(1)'
    html = page(nasty, subject="</title><script>", town=TOWN)
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;" in html
    assert "Rives &lt;sur&gt; Orme" in html
    assert 'href="javascript' not in html
    hostile = Town(pk=1, name="V", email="v@v.example", accent="red;}</style>")
    assert "</style>" not in page("x", town=hostile).partition("</style>")[2]
    assert "red;" not in page("x", town=hostile)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("Voir https://ville.example/suivi/lien/abc_-9/.", "https://ville.example/suivi/lien/abc_-9/"),
        ("(https://ville.example/a?b=1&c=2)", "https://ville.example/a?b=1&amp;c=2"),
        ("« https://ville.example »", "https://ville.example"),
        ('https://ville.example/"onclick="x', "https://ville.example/"),
    ],
)
def test_addresses_are_links(text: str, url: str) -> None:
    assert f'<a href="{url}">{url}</a>' in page(text)
    assert page(text).count("<a ") == 1


@pytest.mark.django_db
def test_a_reply_leaves_as_text_and_html_and_an_alert_as_text_only() -> None:
    service = make_service("voirie")
    agent = make_agent(("back_office", service))
    ticket = make_ticket(request_type=make_type("lampadaire", service))
    text = "Bonjour,\n\nc’est <b>réparé</b>."
    reply_send(ticket=ticket, actor=agent, body=text, now=ticket.created_at)
    row = OutboundMessage.objects.get(kind=OutboundKind.REPLY)
    message: Any = email.message_from_bytes(email_build(row).message().as_bytes(), policy=email.policy.default)
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain.get_content().strip() == row.body.strip()
    assert "<p>c’est &lt;b&gt;réparé&lt;/b&gt;.</p>" in html.get_content()
    assert agent.public_name in html.get_content()
    row.kind = OutboundKind.NOTICE
    assert email_build(row).message().get_content_type() == "text/plain"
