"""The life of a ticket as agents and citizens notice it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from core.errors import Conflict, Invalid, NotAllowed
from directory.actions.citizens import Requester
from directory.models import ContactPoint
from notifications.models import OutboundMessage
from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tests.support.search import tickets_matching
from tickets.actions.clocks.quiet import tickets_close_quiet
from tickets.actions.messages import Incoming, message_receive, note_add, reply_send
from tickets.actions.processing import (
    ticket_assign,
    ticket_classify,
    ticket_close,
    ticket_reopen,
    ticket_transfer,
    ticket_wait,
)
from tickets.actions.routing.route import ticket_route
from tickets.models import Deadline, Ticket, TicketEvent

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-23T09:00:00+01:00")  # a Monday


@pytest.fixture
def voirie():
    service = make_service("voirie", "Voirie")
    make_type("eclairage", service, name="Éclairage public", keywords=["lampadaire", "éclairage public"], target=3)
    return service


def kinds(ticket: Ticket) -> list[str]:
    return list(ticket.events.values_list("kind", flat=True))


def live(ticket: Ticket) -> dict[str, Deadline]:
    return {clock.kind: clock for clock in ticket.deadlines.filter(state__in=["running", "paused"])}


def test_words_route_a_ticket_and_its_requester_is_told_who_and_until_when(voirie):
    ticket = make_ticket(now=NOW)
    assert ticket.service == voirie
    assert ticket.request_type.code == "eclairage"
    assert ticket.answer_due_at == NOW + timedelta(hours=72)
    assert kinds(ticket) == ["opened", "routed", "acknowledged"]
    mail = OutboundMessage.objects.get()
    assert mail.kind == "acknowledgement"
    assert ticket.reference in mail.subject
    assert "Voirie" in mail.body
    assert "jeudi 26 novembre 2026 à 09h00" in mail.body


def test_a_mail_to_a_person_without_a_name_carries_no_name(voirie, agent):
    ticket = make_ticket(now=NOW, requester=Requester(email="sans.nom@example.org"))
    reply_send(ticket=ticket, actor=agent, body="Réparé.", now=NOW)
    assert set(OutboundMessage.objects.values_list("to_name", "to_address")) == {("", "sans.nom@example.org")}


def test_routing_twice_changes_nothing(voirie):
    ticket = make_ticket()
    assert ticket_route(ticket_id=ticket.pk, now=timezone.now()) is None
    assert kinds(ticket).count("routed") == 1
    assert OutboundMessage.objects.count() == 1


def test_a_ticket_nobody_recognises_stays_with_the_pilot_service(voirie):
    ticket = make_ticket(subject="Bonjour", body="Il y a un problème dans ma rue.")
    assert ticket.service.is_pilot
    assert ticket.request_type is None


def test_an_automatic_mail_is_never_acknowledged(voirie):
    make_ticket(channel="email", is_automatic=True)
    assert not OutboundMessage.objects.exists()


def test_the_law_counts_from_the_local_day_of_reception():
    ccas = make_service("ccas")
    sva = make_type("buvette", ccas, regime="SVA", delay_months=2)
    late_evening = datetime.fromisoformat("2026-12-30T23:30:00+00:00")  # already the 31st in Paris
    ticket = make_ticket(request_type=sva, received_at=late_evening, now=late_evening)
    assert str(ticket.legal_due_on) == "2027-02-28"
    assert str(ticket.legal_effective_on) == "2027-03-01"
    assert "réputée acceptée" in OutboundMessage.objects.get().body


def test_a_reply_is_signed_stops_the_clocks_and_is_threaded(voirie, agent):
    ticket = make_ticket(now=NOW, email_message_id="<first@example.org>", channel="email")
    message = reply_send(ticket=ticket, actor=agent, body="C’est réparé.", now=NOW + timedelta(hours=5))
    ticket.refresh_from_db()
    assert (ticket.status, ticket.answer_kept, ticket.next_due_at) == ("answered", True, None)
    assert ticket.assignee == agent
    mail = message.outbound
    assert mail.in_reply_to == "<first@example.org>"
    assert ticket.reference in mail.subject
    for mention in (agent.full_name, agent.title, voirie.name, voirie.postal_address, voirie.phone, voirie.email):
        assert mention in mail.body
    assert not live(ticket)


def test_a_late_reply_does_not_keep_the_commitment(voirie, agent):
    ticket = make_ticket(now=NOW)
    reply_send(ticket=ticket, actor=agent, body="Enfin.", now=NOW + timedelta(hours=72, seconds=1))
    ticket.refresh_from_db()
    assert ticket.answer_kept is False


def test_nobody_is_answered_twice(voirie, agent):
    ticket = make_ticket()
    seen = ticket.messages.latest("pk").pk
    colleague = make_agent(("back_office", voirie))
    reply_send(ticket=ticket, actor=colleague, body="Première réponse.", now=timezone.now(), seen_message_id=seen)
    with pytest.raises(Conflict, match=colleague.full_name):
        reply_send(ticket=ticket, actor=agent, body="Seconde.", now=timezone.now(), seen_message_id=seen)
    assert OutboundMessage.objects.filter(kind="reply").count() == 1


def test_without_an_address_the_agent_is_told_instead_of_writing_to_nobody(voirie, agent):
    ticket = make_ticket(channel="phone", requester=Requester(name="Anonyme", phone="06 39 98 11 22"))
    with pytest.raises(Invalid, match=r"adresse|address"):
        reply_send(ticket=ticket, actor=agent, body="Bonjour", now=timezone.now())


def test_waiting_for_the_citizen_pauses_the_commitments_and_not_the_law(agent, voirie):
    kind = make_type("permission", voirie, regime="SVR", delay_months=2, target=48, target_unit="hours")
    ticket = make_ticket(request_type=kind, now=NOW)
    legal = live(ticket)["legal"].due_at
    ticket_wait(ticket=ticket, actor=agent, now=NOW + timedelta(hours=10), waiting=True)
    ticket.refresh_from_db()
    assert ticket.next_due_at is None
    message_receive(
        ticket=ticket, incoming=Incoming(channel="email", body="Voici la pièce."), now=NOW + timedelta(hours=40)
    )
    ticket.refresh_from_db()
    clocks = live(ticket)
    assert ticket.status == "open"
    assert clocks["target"].due_at == NOW + timedelta(hours=48 + 30)
    assert clocks["answer"].due_at == NOW + timedelta(hours=72 + 30) == ticket.answer_due_at
    assert clocks["legal"].due_at == legal


def test_writing_back_reopens_with_a_new_answer_clock(voirie, agent):
    ticket = make_ticket(now=NOW)
    reply_send(ticket=ticket, actor=agent, body="Réparé.", now=NOW + timedelta(hours=1), then="closed")
    back = NOW + timedelta(days=9)
    message_receive(ticket=ticket, incoming=Incoming(channel="email", body="Toujours éteint !"), now=back)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.closed_at, ticket.reopen_count) == ("open", None, 1)
    assert ticket.next_due_at == back + timedelta(hours=72)
    assert ticket.answer_kept is True  # the first answer was in time, and stays so


def test_an_out_of_office_answer_does_not_reopen(voirie, agent):
    ticket = make_ticket()
    reply_send(ticket=ticket, actor=agent, body="Réparé.", now=timezone.now())
    message_receive(
        ticket=ticket,
        incoming=Incoming(channel="email", body="Je suis absent.", is_automatic=True),
        now=timezone.now(),
    )
    ticket.refresh_from_db()
    assert ticket.status == "answered"


def test_transfer_wants_a_reason_and_keeps_the_clock(voirie, agent):
    other = make_service("proprete")
    ticket = make_ticket(now=NOW)
    ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=NOW)
    with pytest.raises(Invalid):
        ticket_transfer(ticket=ticket, service=other, reason="  ", actor=agent, now=NOW)
    ticket_transfer(ticket=ticket, service=other, reason="Dépôt sauvage en fait", actor=agent, now=NOW)
    ticket.refresh_from_db()
    assert (ticket.service, ticket.assignee) == (other, None)
    assert ticket.answer_due_at == NOW + timedelta(hours=72)
    with pytest.raises(NotAllowed):  # it is no longer the former service's
        note_add(ticket=ticket, actor=agent, body="Encore moi", now=NOW)


def test_correcting_the_type_recounts_from_reception(voirie, agent):
    svr = make_type("terrasse", voirie, regime="SVR", delay_months=2)
    ticket = make_ticket(now=NOW)
    ticket_classify(ticket=ticket, request_type=svr, actor=agent, now=NOW + timedelta(days=20))
    ticket.refresh_from_db()
    assert str(ticket.legal_due_on) == "2027-01-23"
    assert set(live(ticket)) >= {"answer", "legal", "target"}
    ticket_classify(ticket=ticket, request_type=None, actor=agent, now=NOW + timedelta(days=21))
    ticket.refresh_from_db()
    assert ticket.legal_due_on is None
    assert sorted(live(ticket)) == ["answer"]


def test_closed_tickets_reopen_but_merged_ones_do_not(voirie, agent):
    ticket = make_ticket()
    ticket_close(ticket=ticket, actor=agent, now=timezone.now(), reason="Répondu par téléphone")
    ticket_reopen(ticket=ticket, actor=agent, now=timezone.now())
    ticket.refresh_from_db()
    assert ticket.status == "open"
    target = make_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(status="merged", merged_into=target)
    with pytest.raises(Conflict):
        ticket_reopen(ticket=ticket, actor=agent, now=timezone.now())


def test_one_does_not_take_what_a_colleague_just_took(voirie, agent):
    ticket = make_ticket()
    stale = Ticket.objects.get(pk=ticket.pk)
    colleague = make_agent(("back_office", voirie))
    ticket_assign(ticket=ticket, assignee=colleague, actor=colleague, now=timezone.now())
    with pytest.raises(Conflict, match=colleague.full_name):
        ticket_assign(ticket=stale, assignee=agent, actor=agent, now=timezone.now())


def test_only_those_who_may_assign_give_tickets_to_others_and_only_to_those_who_see_them(voirie):
    ticket = make_ticket()
    agent = make_agent(("back_office", voirie))
    colleague = make_agent(("back_office", voirie))
    stranger = make_agent(("back_office", make_service("finances")))
    referent = make_agent(("referent", voirie))
    with pytest.raises(NotAllowed):
        ticket_assign(ticket=ticket, assignee=colleague, actor=agent, now=timezone.now())
    with pytest.raises(NotAllowed, match=stranger.full_name):
        ticket_assign(ticket=ticket, assignee=stranger, actor=referent, now=timezone.now())
    ticket_assign(ticket=ticket, assignee=colleague, actor=referent, now=timezone.now())
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status) == (colleague, "open")


def test_the_timeline_is_append_only(voirie):
    ticket = make_ticket()
    for change in (
        lambda: ticket.events.update(kind="closed"),
        lambda: TicketEvent.objects.filter(ticket=ticket).delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_search_forgives_accents_plurals_and_half_typed_words(voirie):
    wanted = make_ticket(subject="Lampadaires cassés près de l’école", body="Ils ont été réparés puis cassés.")
    make_ticket(subject="Bac jaune", body="Pas ramassé mardi.")
    for typed in ("lampadaire casse", "ecole", "réparée", "lampad", "CASSÉS école", wanted.reference.lower()):
        assert list(tickets_matching(Ticket.objects.all(), typed)) == [wanted], typed
    assert not tickets_matching(Ticket.objects.all(), "piscine")
    assert not tickets_matching(Ticket.objects.all(), "!!!")


def test_search_finds_a_person_by_number_or_address(voirie):
    ticket = make_ticket(requester=Requester(name="Luc Besson-Martin", email="Luc@Example.org", phone="0639981122"))
    make_ticket()
    for typed in ("06 39 98 11 22", "+33639981122", "luc@example.ORG", "besson martin"):
        assert list(tickets_matching(Ticket.objects.all(), typed)) == [ticket], typed
    assert ContactPoint.objects.filter(citizen=ticket.requester).count() == 2


def test_tickets_answered_and_left_quiet_are_closed(voirie, agent):
    ticket, recent = make_ticket(), make_ticket()
    now = timezone.now()
    reply_send(ticket=ticket, actor=agent, body="Réparé.", now=now - timedelta(days=16))
    reply_send(ticket=recent, actor=agent, body="Réparé.", now=now - timedelta(days=2))
    assert tickets_close_quiet(now=now) == 1
    ticket.refresh_from_db()
    recent.refresh_from_db()
    assert (ticket.status, recent.status) == ("closed", "answered")


def test_an_empty_request_is_refused_and_a_future_reception_too():
    make_town()
    with pytest.raises(Invalid):
        make_ticket(subject=" ", body="\x00 ")
    with pytest.raises(Invalid):
        make_ticket(received_at=timezone.now() + timedelta(days=1))


def test_the_answer_goes_to_the_address_last_used_if_it_is_the_requesters_own(voirie, agent):
    work = Requester(name="Claire Vasseur", email="Claire@Work.example.org", phone="06 39 98 22 33")
    for said_at_the_desk in (replace(work, email="claire@home.example.org"), work):
        make_ticket(channel="counter", requester=said_at_the_desk)
    ticket = make_ticket(requester=work)
    assert OutboundMessage.objects.latest("id").to_address == "claire@work.example.org"
    for address, answered_at in (
        ("claire@home.example.org", "claire@home.example.org"),
        ("neighbour@example.net", "claire@home.example.org"),
    ):
        message_receive(
            ticket=ticket, incoming=Incoming(channel="email", body="Alors ?", author_email=address), now=timezone.now()
        )
        reply_send(ticket=ticket, actor=agent, body="Voilà.", now=timezone.now())
        assert OutboundMessage.objects.latest("id").to_address == answered_at


def test_knowing_somebodys_number_does_not_lead_their_answers_elsewhere(voirie):
    """Nobody checked who fills the form: the writer’s own address is not added to the card of the number’s owner."""
    hers = make_ticket(channel="phone", requester=Requester(name="Claire Vasseur", phone="06 39 98 12 34"))
    thief = Requester(name="Claire Vasseur", email="thief@example.net", phone="06 39 98 12 34")
    other = make_ticket(channel="web", requester=thief)
    assert other.requester != hers.requester
    assert not ContactPoint.objects.filter(citizen=hers.requester, kind="email").exists()
    told_at_the_desk = make_ticket(channel="counter", requester=replace(thief, email="claire@example.org"))
    assert told_at_the_desk.requester == hers.requester
