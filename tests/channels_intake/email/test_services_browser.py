"""An agent sends on the answer of a service, in a real browser."""

from email.message import EmailMessage
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from notifications.models import OutboundKind, OutboundMessage
from tests.channels_intake.email.test_processing import arrive
from tests.channels_intake.email.test_services import PARKS, TEXT, ask
from tests.support.asserts import assert_accessible
from tests.support.factories import PASSWORD, make_agent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_answer_fills_the_reply_with_its_file(page: Any) -> None:
    ticket, asked = ask()
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = PARKS, asked.reply_to, "<plan@x.example>"
    message.set_content(TEXT)
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="plan-elagage.pdf")
    arrive(message.as_bytes(), sender=PARKS)
    agent = make_agent(("back_office", ticket.service))
    page.goto(reverse("tickets:detail", args=[ticket.reference]))
    page.locator("[name=username]").fill(agent.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()

    page.get_by_role("link", name="Envoyer cette réponse à l’usager").click()
    written = page.locator("#reply-body")
    expect(written).to_have_value(TEXT)
    expect(written).to_be_focused()
    enclosed = page.get_by_role("group", name="Joindre les pièces du service").get_by_label("plan-elagage.pdf")
    enclosed.check()
    assert_accessible(page)
    page.get_by_role("button", name="Envoyer la réponse").click()
    expect(page.get_by_text("Votre réponse part vers l’usager.")).to_be_visible()
    reply = OutboundMessage.objects.get(kind=OutboundKind.REPLY)
    assert TEXT in reply.body
    assert [one.name for one in reply.attachments.all()] == ["plan-elagage.pdf"]
