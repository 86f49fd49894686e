"""Links either way, and agents who follow a ticket."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from core.errors import Invalid, NotAllowed
from directory.models import Agent, Service
from notifications.models import Notice
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket
from tickets.actions.messages import Incoming, message_receive, reply_send
from tickets.actions.processing import ticket_close, ticket_transfer, ticket_wait
from tickets.actions.teamwork.links import ticket_link, ticket_unlink
from tickets.actions.teamwork.watching import ticket_watch
from tickets.models import Ticket, TicketLink, Watcher
from tickets.selectors.collaboration import links_seen_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(voirie: Service) -> tuple[Ticket, Ticket]:
    return make_ticket(service=voirie), make_ticket(service=voirie)


def test_a_link_reads_from_both_ends(pair: Any, agent: Agent) -> None:
    one, other = pair
    link = ticket_link(ticket=one, target=other, kind="duplicate", actor=agent, now=timezone.now())
    assert [str(each.words) for each in links_seen_by(one, agent)] == ["Doublon de"]
    assert [str(each.words) for each in links_seen_by(other, agent)] == ["A pour doublon"]
    again = ticket_link(ticket=other, target=one, kind="related", actor=agent, now=timezone.now())
    assert list(TicketLink.objects.all()) == [again]
    ticket_unlink(link=again, actor=agent, now=timezone.now())
    assert not TicketLink.objects.exists()
    assert link.pk != again.pk
    assert [event.kind for event in other.events.order_by("id")][-3:] == ["linked", "linked", "unlinked"]


def test_the_other_end_out_of_sight_does_not_exist(pair: Any, agent: Agent, client_of: Any) -> None:
    one, other = pair
    ticket_link(ticket=one, target=other, kind="related", actor=agent, now=timezone.now())
    Ticket.objects.filter(pk=other.pk).update(service=make_service("ecoles"))
    assert not links_seen_by(one, agent)
    aside = client_of(agent).get(reverse("tickets:aside", args=[one.reference])).content.decode()
    assert other.subject not in aside
    assert reverse("tickets:detail", args=[other.reference]) not in aside
    link = TicketLink.objects.get()
    client_of(agent).post(reverse("tickets:unlink", args=[one.reference]), {"link": link.pk})
    assert TicketLink.objects.exists()


@pytest.mark.parametrize("kind", ["related", "unknown"])
def test_what_cannot_be_linked(kind: str, pair: Any, agent: Agent) -> None:
    one, other = pair
    with pytest.raises(Invalid):
        ticket_link(ticket=one, target=one if kind == "related" else other, kind=kind, actor=agent, now=timezone.now())


def test_linking_needs_to_see_the_other_ticket(pair: Any, voirie: Service) -> None:
    one, other = pair
    Ticket.objects.filter(pk=other.pk).update(service=make_service("ecoles"))
    with pytest.raises(NotAllowed):
        ticket_link(
            ticket=one, target=other, kind="related", actor=make_agent(("referent", voirie)), now=timezone.now()
        )


def test_a_duplicate_proposes_the_merge(pair: Any, agent: Agent, client_of: Any) -> None:
    one, other = pair
    client = client_of(agent)
    form = {"reference": other.reference, "kind": "duplicate"}
    assert_status(client.post(reverse("tickets:link", args=[one.reference]), form), 302)
    aside = client.get(reverse("tickets:aside", args=[one.reference])).content.decode()
    assert f"{reverse('tickets:merge', args=[one.reference])}?reference={other.reference}" in aside


def acts(ticket: Ticket, agent: Agent) -> list[Any]:
    now = timezone.now()
    return [
        lambda: message_receive(ticket=ticket, incoming=Incoming(channel="email", body="Alors ?"), now=now),
        lambda: ticket_wait(ticket=ticket, actor=agent, now=now, waiting=True),
        lambda: ticket_close(ticket=ticket, actor=agent, now=now, reason="Vu"),
    ]


def test_who_follows_hears_of_what_others_do(pair: Any, agent: Agent, voirie: Service) -> None:
    ticket, _other = pair
    follower = make_agent(("back_office", voirie))
    for each in (agent, follower):
        ticket_watch(ticket=ticket, agent=each, now=timezone.now())
        ticket_watch(ticket=ticket, agent=each, now=timezone.now())
    for act in acts(ticket, agent):
        act()
    titles = list(Notice.objects.filter(agent=follower).order_by("id").values_list("title", flat=True))
    assert [title.split(" : ")[1] for title in titles] == ["l’usager a écrit", "En attente de l’usager", "Clôturée"]
    assert Notice.objects.filter(agent=agent).count() == 1  # the citizen's message: not one's own acts
    ticket_watch(ticket=ticket, agent=follower, now=timezone.now(), watching=False)
    assert not Watcher.objects.filter(agent=follower).exists()


def test_who_no_longer_sees_the_ticket_hears_nothing(pair: Any, agent: Agent) -> None:
    ticket, _other = pair
    ticket_watch(ticket=ticket, agent=agent, now=timezone.now())
    ticket_transfer(ticket=ticket, service=make_service("ecoles"), reason="École", actor=agent, now=timezone.now())
    Notice.objects.all().delete()
    message_receive(ticket=ticket, incoming=Incoming(channel="email", body="Alors ?"), now=timezone.now())
    assert not Notice.objects.exists()
    with pytest.raises(NotAllowed):
        ticket_watch(ticket=Ticket.objects.get(pk=ticket.pk), agent=agent, now=timezone.now())


def test_a_sensitive_ticket_s_alert_names_its_reference_only(pair: Any, agent: Agent) -> None:
    ticket, _other = pair
    Ticket.objects.filter(pk=ticket.pk).update(is_sensitive=True)
    ticket.refresh_from_db()
    ticket_watch(ticket=ticket, agent=agent, now=timezone.now())
    message_receive(ticket=ticket, incoming=Incoming(channel="email", body="Alors ?"), now=timezone.now())
    notice = Notice.objects.get(agent=agent)
    assert ticket.subject not in notice.title + notice.body


def test_following_from_the_page(pair: Any, agent: Agent, client_of: Any) -> None:
    ticket, _other = pair
    client = client_of(agent)
    client.post(reverse("tickets:watch", args=[ticket.reference]))
    assert "Camille DURAND" in client.get(reverse("tickets:aside", args=[ticket.reference])).content.decode()
    client.post(reverse("tickets:unwatch", args=[ticket.reference]))
    assert not Watcher.objects.exists()


def test_a_reply_is_told_to_who_follows(pair: Any, agent: Agent, voirie: Service) -> None:
    ticket, _other = pair
    follower = make_agent(("back_office", voirie))
    ticket_watch(ticket=ticket, agent=follower, now=timezone.now())
    reply_send(ticket=ticket, actor=agent, body="Réparé.", now=timezone.now())
    assert "Camille DURAND a répondu" in Notice.objects.get(agent=follower).title
