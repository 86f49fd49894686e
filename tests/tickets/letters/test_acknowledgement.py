"""The acknowledgement that leaves when a request is routed: the law's own where silence means something."""

import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from core.errors import Conflict, NotAllowed
from directory.models import Service, Town
from notifications.attachments import file_ensure
from notifications.drivers.building import email_build
from notifications.models import Notice, OutboundKind, OutboundMessage
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tests.tickets.letters.town import clerk, complete_town, request
from tickets.actions.letters.files import pdf_ensure
from tickets.actions.letters.letters import MentionsMissing
from tickets.actions.processing import ticket_classify
from tickets.actions.replies.acknowledgement import receipt_send, receipts_send
from tickets.enums import DeadlineKind, DeadlineState, EventKind, LetterKind
from tickets.letters import render
from tickets.models import Ticket
from tickets.selectors.letters import receipt_of, receipts_waiting
from tickets.tasks import send_receipts

pytestmark = pytest.mark.django_db
FRIDAY = datetime(2026, 9, 4, 8, 0, tzinfo=UTC)
SATURDAY_NIGHT = datetime(2026, 9, 5, 20, 40, tzinfo=UTC)  # 22:40 in Paris


def mails(ticket: Ticket) -> list[OutboundMessage]:
    return list(OutboundMessage.objects.filter(ticket_reference=ticket.reference).order_by("id"))


def clock(ticket: Ticket):
    return ticket.deadlines.filter(kind=DeadlineKind.RECEIPT).order_by("-cycle").first()


def without_phone() -> Service:
    make_service("voirie", "Voirie", phone="")
    return Service.objects.get(code="voirie")


@pytest.mark.parametrize("regime", ["SVA", "SVR"])
@pytest.mark.parametrize("channel", ["web", "email", "api"])
def test_an_electronic_request_gets_its_are_at_once(regime, channel):
    ticket = request(regime, channel=channel, now=FRIDAY)
    (mail,) = mails(ticket)
    letter = receipt_of(ticket)
    assert mail.kind == OutboundKind.ACKNOWLEDGEMENT
    assert mail.is_automatic
    assert letter is not None
    assert letter.outbound == mail
    assert letter.data["regime"] == regime
    assert "4 novembre 2026" in mail.body
    assert mail.body == letter.text
    (file,) = mail.attachments.all()
    assert file.name == f"{ticket.reference}-C1.pdf"
    assert not file.file, "the PDF is made when the mail leaves"
    assert file_ensure(file)
    assert file.file.read().startswith(b"%PDF-")
    assert clock(ticket) is None
    assert ticket.events.filter(kind=EventKind.ACKNOWLEDGED).count() == 1


@pytest.mark.parametrize("regime", ["none", "RGPD", "special"])
def test_the_others_keep_the_simple_acknowledgement(regime):
    complete_town()
    kind = make_type("autre", make_service("voirie"), regime=regime, delay_months=1 if regime == "RGPD" else None)
    ticket = make_ticket(request_type=kind)
    (mail,) = mails(ticket)
    assert mail.attachments.count() == 0
    assert "bien reçu" in mail.body
    assert not ticket.letters.exists()


@pytest.mark.parametrize("channel", ["phone", "counter", "post"])
def test_nothing_leaves_by_itself_for_the_other_channels(channel):
    ticket = request(channel=channel)
    assert mails(ticket) == []
    assert clock(ticket) is None


def test_an_automatic_mail_is_never_answered():
    complete_town()
    kind = make_type("permission", make_service("voirie"), regime="SVR", delay_months=2)
    ticket = make_ticket(request_type=kind, channel="email", is_automatic=True)
    assert mails(ticket) == []
    assert not ticket.letters.exists()
    assert clock(ticket) is None


def test_nobody_is_waited_for_who_gave_no_address():
    from directory.actions.citizens import Requester

    ticket = request(requester=Requester(name="Claire Vasseur", phone="0612345678"), channel="api")
    assert mails(ticket) == []
    assert clock(ticket) is None


def test_a_missing_mention_sends_the_registration_and_starts_ten_working_days():
    service = without_phone()
    referent = clerk(service)
    service.referent = referent
    service.save()
    ticket = request(now=SATURDAY_NIGHT)
    (mail,) = mails(ticket)
    assert ticket.letters.get().kind == LetterKind.REGISTRATION
    assert "18 septembre 2026" in mail.body, "domain §1: e-mail Sat 05/09/2026 22:40, ARE by 18/09"
    assert mail.attachments.count() == 1
    assert receipt_of(ticket) is None
    running = clock(ticket)
    assert running.state == DeadlineState.RUNNING
    assert timezone.localtime(running.due_at) == datetime(2026, 9, 19, tzinfo=timezone.get_default_timezone())
    notice = Notice.objects.get(agent=referent)
    assert "Voirie — téléphone du service" in notice.body
    assert ticket.reference in notice.title
    assert list(receipts_waiting()) == [ticket]


def test_the_are_leaves_as_soon_as_the_mention_is_given():
    service = without_phone()
    ticket = request(now=FRIDAY)
    assert receipts_send(now=FRIDAY + timedelta(hours=1)) == 0
    Service.objects.filter(pk=service.pk).update(phone="02 61 91 00 09")
    send_receipts()
    letter = receipt_of(ticket)
    assert letter is not None
    assert "02 61 91 00 09" in letter.text
    assert [mail.subject.split(" [")[0] for mail in mails(ticket)] == ["Accusé d’enregistrement", "Accusé de réception"]
    assert clock(ticket).state in {DeadlineState.MET, DeadlineState.MISSED}
    assert not receipts_waiting().exists()
    assert receipts_send(now=timezone.now()) == 0
    assert len(mails(ticket)) == 2


def test_one_incomplete_service_does_not_hold_back_the_others():
    without_phone()
    stuck = request(now=FRIDAY)
    other = make_service("cimetiere", "Cimetière", phone="")
    free = make_ticket(request_type=make_type("pierre", other, regime="SVA", delay_months=2), now=FRIDAY)
    Service.objects.filter(pk=other.pk).update(phone="02 61 91 00 09")
    assert receipts_send(now=FRIDAY) == 1
    assert receipt_of(free) is not None
    assert receipt_of(stuck) is None


def test_an_agent_may_ask_again_and_is_told_what_lacks():
    service = without_phone()
    ticket = request(now=FRIDAY)
    with pytest.raises(NotAllowed):
        receipt_send(ticket=ticket, now=FRIDAY, actor=make_agent())
    with pytest.raises(MentionsMissing) as refusal:
        receipt_send(ticket=ticket, now=FRIDAY, actor=clerk(service))
    assert refusal.value.code == "mentions_missing"
    assert "Voirie — téléphone du service" in refusal.value.message
    Service.objects.filter(pk=service.pk).update(phone="02 61 91 00 09")
    assert receipt_send(ticket=ticket, now=FRIDAY, actor=clerk(service)) == receipt_of(ticket)
    with pytest.raises(Conflict):
        receipt_send(ticket=ticket, now=FRIDAY, actor=clerk(service))


def test_a_type_given_later_is_acknowledged_then():
    complete_town()
    service = make_service("voirie", "Voirie")
    ticket = make_ticket(subject="xyz", body="xyz", now=FRIDAY)
    assert not ticket.letters.exists()
    agent = make_agent(("admin", service.parent))
    kind = make_type("permission", service, regime="SVR", delay_months=2)
    ticket.service = service
    ticket.save()
    ticket = ticket_classify(ticket=ticket, request_type=kind, actor=agent, now=FRIDAY + timedelta(days=1))
    assert receipt_of(ticket).data["regime"] == "SVR"
    assert receipt_of(ticket).data["last_day"] == date(2026, 11, 4).isoformat()
    sva = make_type("pierre", service, regime="SVA", delay_months=2)
    ticket = ticket_classify(ticket=ticket, request_type=sva, actor=agent, now=FRIDAY + timedelta(days=2))
    assert receipt_of(ticket).data["regime"] == "SVA", "silence means something else now: it is said"
    assert ticket.letters.filter(kind=LetterKind.RECEIPT).count() == 2
    again = make_type("tombe", service, regime="SVA", delay_months=2)
    ticket = ticket_classify(ticket=ticket, request_type=again, actor=agent, now=FRIDAY + timedelta(days=2))
    assert ticket.letters.filter(kind=LetterKind.RECEIPT).count() == 2


def test_a_type_taken_away_cancels_the_wait():
    service = without_phone()
    ticket = request(now=FRIDAY)
    agent = clerk(service)
    ticket = ticket_classify(ticket=ticket, request_type=None, actor=agent, now=FRIDAY)
    assert clock(ticket).state == DeadlineState.CANCELLED


def test_a_receipt_that_cannot_be_printed_leaves_as_a_text(monkeypatch):
    def broken(_data):
        raise render.RenderError("no")

    monkeypatch.setattr(render, "pdf", broken)
    ticket = request(now=FRIDAY)
    (mail,) = mails(ticket)
    sent = email_build(mail)
    assert "réputée rejetée" in sent.body
    assert sent.attachments == []
    monkeypatch.undo()
    assert [name for name, _content, _type in email_build(mail).attachments] == [f"{ticket.reference}-C1.pdf"]


def test_the_pdf_is_made_once_whoever_asks_first():
    ticket = request(now=FRIDAY)
    letter = pdf_ensure(ticket.letters.get().pk)
    file = mails(ticket)[0].attachments.get()
    assert file.file.name == letter.pdf.name
    assert pdf_ensure(letter.pk).pdf.name == letter.pdf.name
    assert hashlib.sha256(letter.pdf.read()).hexdigest() == letter.sha256


def test_the_service_is_told_once_a_day():
    service = without_phone()
    service.referent = clerk(service)
    service.save()
    kind = request(now=FRIDAY).request_type
    for now in (FRIDAY, FRIDAY + timedelta(hours=2), FRIDAY + timedelta(days=1)):
        make_ticket(request_type=kind, now=now)
    assert Notice.objects.filter(agent=service.referent).count() == 2


def test_the_tribunal_is_a_mention_too():
    complete_town()
    Town.objects.update(tribunal_name="")
    service = make_service("voirie")
    ticket = make_ticket(request_type=make_type("permission", service, regime="SVR", delay_months=2))
    assert ticket.letters.get().kind == LetterKind.REGISTRATION
    accepted = make_ticket(request_type=make_type("pierre", service, regime="SVA", delay_months=2))
    assert accepted.letters.get().kind == LetterKind.RECEIPT
