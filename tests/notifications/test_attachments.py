"""Files that leave with a message, through a real SMTP server; and the page that shows them."""

import email
import email.policy

import pytest
from django.urls import reverse

from notifications.actions.delivery import outbox_deliver
from notifications.models import OutboundMessage, OutboundStatus
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tests.support.mail import sink
from tests.tickets.letters.town import request
from tickets.actions.letters.files import pdf_ensure

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings):
    with sink() as kept:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", kept.port
        yield kept


def test_the_pdf_leaves_with_its_letter(server):
    ticket = request()
    assert outbox_deliver(limit=10) == (1, False)
    ((address, raw),) = server.received
    message = email.message_from_bytes(raw, policy=email.policy.default)
    (file,) = message.iter_attachments()
    letter = ticket.letters.get()
    assert address == ticket.requester.contact_points.get().value
    assert file.get_content_type() == "application/pdf"
    assert file.get_filename() == f"{letter.reference}.pdf"
    assert file.get_content() == letter.pdf.read()
    assert message.get_body(("plain",)).get_content().splitlines() == letter.text.splitlines()
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_file_that_cannot_be_read_holds_back_its_message_and_no_other(server):
    lost = request()
    pdf_ensure(lost.letters.get().pk).pdf.delete(save=False)
    make_ticket(request_type=make_type("autre", make_service("voirie")))
    assert outbox_deliver(limit=10)[0] == 2
    held, left = OutboundMessage.objects.order_by("id")
    assert (held.status, left.status) == (OutboundStatus.QUEUED, OutboundStatus.SENT)
    assert f"{lost.reference}-C1.pdf" in held.last_error
    assert len(server.received) == 1


def test_the_files_of_a_message_are_shown_to_those_who_may_read_it(client_of):
    root = make_town()
    ticket = request()
    message = OutboundMessage.objects.get()
    url = reverse("notifications:attachment", args=[message.pk, message.attachments.get().pk])
    watcher = client_of(make_agent(("admin", root)))
    page = watcher.get(reverse("notifications:detail", args=[message.pk])).content.decode()
    assert url in page
    assert f"{ticket.reference}-C1.pdf" in page
    response = assert_status(watcher.get(url), 200)
    assert b"".join(response.streaming_content).startswith(b"%PDF-")
    assert response["Content-Disposition"].startswith("attachment")
    assert_status(watcher.get(reverse("notifications:attachment", args=[message.pk, 0])), 404)
    stranger = client_of(make_agent(("admin", make_service("autre"))))
    assert_status(stranger.get(url), 403)
    assert_status(client_of(make_agent(("back_office", ticket.service))).get(url), 403)
    message.attachments.get().file.delete(save=False)
    assert_status(watcher.get(reverse("notifications:detail", args=[message.pk])), 200)
    assert_status(watcher.get(url), 404)
