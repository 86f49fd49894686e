"""Replies planned for later: sent once when their moment comes, refused and told when something changed."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from core.errors import Conflict, Invalid, NotAllowed
from directory.actions.memberships import membership_set
from directory.models import Absence, Agent, ContactPoint, Service
from notifications.models import Notice, OutboundMessage
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket
from tickets.actions.messages import Incoming, message_receive, reply_send
from tickets.actions.processing import ticket_close
from tickets.actions.replies.scheduled import reply_schedule, scheduled_cancel, scheduled_send, scheduled_sweep
from tickets.models import Message, ScheduledReply, Ticket, TicketEvent, WrittenDraft
from tickets.selectors.composing import usual_moments

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def plan(ticket: Ticket, agent: Agent, **fields: Any) -> ScheduledReply:
    now = timezone.now()
    given: dict[str, Any] = {
        "body": "Nous passons lundi.",
        "send_at": now + HOUR,
        "now": now,
        "seen_message_id": Message.objects.filter(ticket=ticket).latest("pk").pk,
    }
    given |= fields
    return reply_schedule(ticket=ticket, actor=agent, **given)


def sweep(after: timedelta = 2 * HOUR) -> int:
    return scheduled_sweep(now=timezone.now() + after)[0]


def test_it_leaves_when_its_moment_comes_and_once(voirie: Service, agent: Agent) -> None:
    ticket = make_ticket(service=voirie)
    row = plan(ticket, agent, then="closed")
    assert sweep(timedelta(0)) == 0
    assert not OutboundMessage.objects.filter(kind="reply").exists()
    assert sweep() == 1
    assert sweep() == 0
    sent = OutboundMessage.objects.get(kind="reply")
    assert "Nous passons lundi." in sent.body
    row.refresh_from_db()
    ticket.refresh_from_db()
    assert row.sent_at is not None
    assert ticket.status == "closed"
    with pytest.raises(Conflict):
        scheduled_send(scheduled_id=row.pk, actor=agent, now=timezone.now())
    with pytest.raises(Conflict):
        scheduled_cancel(scheduled_id=row.pk, actor=agent, now=timezone.now())


def _citizen_writes(ticket: Ticket, _agent: Agent) -> None:
    message_receive(ticket=ticket, incoming=Incoming(channel="email", body="Alors ?"), now=timezone.now())


def _colleague_replies(ticket: Ticket, _agent: Agent) -> None:
    colleague = make_agent(("back_office", ticket.service))
    reply_send(ticket=ticket, actor=colleague, body="Déjà fait.", now=timezone.now())


def _closes(ticket: Ticket, agent: Agent) -> None:
    ticket_close(ticket=ticket, actor=agent, now=timezone.now(), reason="Réglé")


def _loses_rights(ticket: Ticket, agent: Agent) -> None:
    membership_set(agent=agent, service=ticket.service, roles=[])


def _loses_address(ticket: Ticket, _agent: Agent) -> None:
    ContactPoint.objects.filter(citizen=ticket.requester).delete()


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        (_citizen_writes, "L’usager a écrit entre-temps"),
        (_colleague_replies, "vient de répondre"),
        (_closes, "terminé"),
        (_loses_rights, "droits"),
        (_loses_address, "adresse"),
    ],
)
def test_what_happens_meanwhile_keeps_it_and_tells_its_author(
    meanwhile: Any, why: str, voirie: Service, agent: Agent, client_of: Any
) -> None:
    ticket = make_ticket(service=voirie)
    row = plan(ticket, agent)
    meanwhile(ticket, agent)
    replies = OutboundMessage.objects.filter(kind="reply").count()
    assert sweep() == 1
    assert sweep() == 0
    row.refresh_from_db()
    assert why in row.refusal
    assert OutboundMessage.objects.filter(kind="reply").count() == replies
    notice = Notice.objects.get(agent=agent, dedupe_key=f"scheduled:{row.pk}")
    assert notice.body == row.refusal
    assert notice.is_urgent
    assert TicketEvent.objects.filter(ticket=ticket, kind="scheduled", data__step="refused").count() == 1


def test_an_automatic_message_changes_nothing(voirie: Service, agent: Agent) -> None:
    ticket = make_ticket(service=voirie)
    plan(ticket, agent)
    absent = Incoming(channel="email", body="Je suis absent.", is_automatic=True)
    message_receive(ticket=ticket, incoming=absent, now=timezone.now())
    sweep()
    assert OutboundMessage.objects.filter(kind="reply").count() == 1


def test_an_author_who_left_is_replaced(voirie: Service, agent: Agent) -> None:
    follower = make_agent(("referent", voirie))
    Service.objects.filter(pk=voirie.pk).update(referent=follower)
    row = plan(make_ticket(service=voirie), agent)
    Agent.objects.filter(pk=agent.pk).update(is_active=False)
    sweep()
    assert Notice.objects.get(dedupe_key=f"scheduled:{row.pk}").agent == follower


def test_colleagues_see_to_the_replies_of_who_is_away(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket, author = make_ticket(service=voirie), make_agent(("back_office", voirie))
    row = plan(ticket, author)
    page = reverse("tickets:detail", args=[ticket.reference])
    send = reverse("tickets:planned", args=[row.pk, "send"])
    client = client_of(agent)
    assert send not in client.get(page).content.decode()
    assert_status(client.post(send), 403)
    today = timezone.localdate()
    Absence.objects.create(agent=author, starts_on=today, ends_on=today)
    assert send in client.get(page).content.decode()
    assert_status(client.post(send), 302)
    assert Message.objects.get(ticket=ticket, kind="reply").author == agent


def test_one_that_breaks_does_not_keep_the_others(
    voirie: Service, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (plan(make_ticket(service=voirie), agent) for _ in range(2))
    real = reply_send

    def broken(**fields: Any) -> Message:
        if fields["ticket"].pk == first.ticket_id:
            raise RuntimeError("boom")
        return real(**fields)

    monkeypatch.setattr("tickets.actions.replies.scheduled.reply_send", broken)
    assert sweep() == 1
    monkeypatch.undo()
    assert ScheduledReply.objects.get(pk=second.pk).sent_at is not None
    assert sweep() == 1, "the next sweep tries again"


def test_what_cannot_be_planned(voirie: Service, agent: Agent) -> None:
    ticket = make_ticket(service=voirie)
    now = timezone.now()
    for moment in (now - HOUR, now + timedelta(days=91)):
        with pytest.raises(Invalid):
            plan(ticket, agent, send_at=moment)
    with pytest.raises(Invalid):
        plan(ticket, agent, body="Le {{ date }}")
    plan(ticket, agent)
    with pytest.raises(Conflict):
        plan(ticket, agent)
    with pytest.raises(NotAllowed):
        plan(make_ticket(service=make_service("scolaire")), agent)


def test_the_page_plans_shows_sends_takes_back_and_gives_up(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie)
    client = client_of(agent)
    detail = reverse("tickets:detail", args=[ticket.reference])
    seen = Message.objects.get(ticket=ticket).pk
    moment = timezone.localtime(timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    reply = reverse("tickets:reply", args=[ticket.reference])
    fields = {"body": "Nous passons lundi.", "then": "answered", "seen": seen}
    assert_status(client.post(reply, fields | {"do": "later", "send_on": ""}), 422)
    refused = assert_status(client.post(reply, fields | {"send_at": "2020-01-01T08:00"}), 422).content.decode()
    assert "Ce moment est passé" in refused
    assert "Nous passons lundi.</textarea>" in refused
    assert_status(client.post(reply, fields | {"do": "later", "send_on": moment}), 302)
    row = ScheduledReply.objects.get()
    page = client.get(detail).content.decode()
    assert f'id="planned-{row.pk}"' in page
    assert "Envoyer maintenant" in page
    other = make_agent(("back_office", voirie))
    assert "Envoyer maintenant" not in client_of(other).get(detail).content.decode()
    for do in ("send", "edit", "cancel"):
        assert_status(client_of(other).post(reverse("tickets:planned", args=[row.pk, do])), 403)
        assert_status(client_of(make_agent()).post(reverse("tickets:planned", args=[row.pk, do])), 404)
    client.post(reverse("tickets:planned", args=[row.pk, "edit"]))
    assert WrittenDraft.objects.get().body == "Nous passons lundi."
    assert f'id="planned-{row.pk}"' not in client.get(detail).content.decode()
    client.post(reply, fields | {"send_at": moment})
    again = ScheduledReply.objects.latest("pk")
    assert not WrittenDraft.objects.exists()
    client.post(reverse("tickets:planned", args=[again.pk, "cancel"]))
    client.post(reply, fields | {"send_at": moment})
    last = ScheduledReply.objects.latest("pk")
    client.post(reverse("tickets:planned", args=[last.pk, "send"]))
    assert OutboundMessage.objects.filter(kind="reply").count() == 1
    assert_status(client.post(reverse("tickets:planned", args=[last.pk, "burn"])), 404)


def test_a_text_taken_back_comes_above_what_is_being_written(voirie: Service, agent: Agent) -> None:
    ticket = make_ticket(service=voirie)
    row = plan(ticket, agent)
    WrittenDraft.objects.create(ticket=ticket, agent=agent, kind="reply", body="Autre chose")
    scheduled_cancel(scheduled_id=row.pk, actor=agent, to_draft=True, now=timezone.now())
    assert WrittenDraft.objects.get().body == "Nous passons lundi.\n\nAutre chose"


@pytest.mark.parametrize(
    ("now", "moments"),
    [
        ("2026-11-22T10:00", ["2026-11-23T08:00"]),  # Sunday: tomorrow is Monday
        ("2026-11-23T07:00", ["2026-11-24T08:00", "2026-11-30T08:00"]),
        ("2026-11-27T18:00", ["2026-11-28T08:00", "2026-11-30T08:00"]),
    ],
)
def test_the_usual_moments(now: str, moments: list[str]) -> None:
    local = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo("Europe/Paris"))
    assert [each.strftime("%Y-%m-%dT%H:%M") for each in usual_moments(local)] == moments
