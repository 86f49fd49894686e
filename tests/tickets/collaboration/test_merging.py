"""Two tickets of one person become one, and two again: whatever they held, both come back as they were."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from core.errors import Conflict, Invalid, NotAllowed
from directory.actions.citizens import Requester, citizen_identify
from directory.models import Agent, Service
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_policy, make_service, make_ticket, make_type
from tests.support.states import LIVE, state_of
from tests.tickets.collaboration.conftest import WHO
from tickets.actions.attachments import Upload
from tickets.actions.locking import tickets_lock
from tickets.actions.messages import Incoming, message_receive, note_add, reply_send
from tickets.actions.priority import ticket_prioritise
from tickets.actions.processing import ticket_assign, ticket_close, ticket_wait
from tickets.actions.tags import ticket_tag
from tickets.actions.teamwork.merging import kept_first, ticket_merge, ticket_unmerge
from tickets.actions.teamwork.tasks import task_add
from tickets.actions.teamwork.watching import ticket_watch
from tickets.actions.tracking import link_request
from tickets.enums import Priority
from tickets.models import Deadline, Emergency, Message, Ticket, TicketLink, TicketMerge, TicketText

pytestmark = pytest.mark.django_db
OTHER = Requester(name="Paul Roche", email="paul@example.org")


def nothing(source: Ticket, target: Ticket, agent: Agent) -> None:
    pass


def rich(source: Ticket, target: Ticket, agent: Agent) -> None:
    """Notes that name, files, tasks, watchers and assignees on both."""
    now = timezone.now()
    colleague = make_agent(("back_office", source.service), first_name="Inès", last_name="Caron")
    for ticket in (source, target):
        note_add(ticket=ticket, actor=agent, body="Vu avec @Inès Caron", now=now)
        ticket_watch(ticket=ticket, agent=agent, now=now)
        uploads = [Upload("photo.png", "image/png", b"\x89PNG\r\n\x1a\n")]
        message_receive(ticket=ticket, incoming=Incoming(channel="email", body="Une photo", uploads=uploads), now=now)
        task_add(
            ticket=ticket,
            title="Passer voir",
            service=source.service,
            due_at=now + timedelta(days=2),
            actor=agent,
            now=now,
        )
    ticket_watch(ticket=source, agent=colleague, now=now)
    ticket_assign(ticket=source, assignee=colleague, actor=agent, now=now)


def waiting(source: Ticket, target: Ticket, agent: Agent) -> None:
    ticket_wait(ticket=source, actor=agent, now=timezone.now(), waiting=True)


def answered(source: Ticket, target: Ticket, agent: Agent) -> None:
    reply_send(ticket=source, actor=agent, body="Nous passons demain.", now=timezone.now())


def half_answered(source: Ticket, target: Ticket, agent: Agent) -> None:
    """The kept ticket owes no first answer any more, the other one still does."""
    reply_send(ticket=target, actor=agent, body="Nous regardons.", then="open", now=timezone.now())


def lawful(source: Ticket, target: Ticket, agent: Agent) -> None:
    from tickets.actions.processing import ticket_classify

    kind = make_type("benne", source.service, regime="SVR", delay_months=2)
    for ticket in (source, target):
        ticket_classify(ticket=ticket, request_type=kind, actor=agent, now=timezone.now())


def alarming(source: Ticket, target: Ticket, agent: Agent) -> None:
    """The second mail tells of gas and is sensitive; what is urgent is promised sooner, and something more."""
    make_policy("Urgent", {"answer": "3 hours", "target": "30 hours"}, priority=Priority.URGENT)
    gas = Emergency.objects.create(name="Gaz", words=["gaz"], instruction="Appeler le 0 800 47 33 33")
    for ticket, tags in ((source, ["gaz", "orage"]), (target, ["orage", "nord"])):
        ticket_tag(ticket=ticket, add=tags, actor=agent, now=timezone.now())
    counter = make_agent(("counter", source.service))
    ticket_assign(ticket=target, assignee=counter, actor=agent, now=timezone.now())
    Ticket.objects.filter(pk=source.pk).update(emergency=gas, is_sensitive=True)
    ticket_prioritise(ticket=source, priority=Priority.URGENT, actor=agent, now=timezone.now())


STORIES = [nothing, rich, waiting, answered, half_answered, lawful, alarming]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_undoing_a_merge_gives_both_back_as_they_were(story: Any, pair: Any, agent: Agent) -> None:
    source, target = pair
    story(source, target, agent)
    before = state_of(source), state_of(target)
    merge = ticket_merge(source=source, target=target, actor=agent, now=timezone.now())
    assert (state_of(source), state_of(target)) != before
    ticket_unmerge(merge=merge, actor=agent, now=timezone.now())
    assert (state_of(source), state_of(target)) == before


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_merge_brings_everything_and_stops_the_clocks_of_the_source(story: Any, pair: Any, agent: Agent) -> None:
    source, target = pair
    story(source, target, agent)
    said = [each for ticket in (source, target) for each in state_of(ticket)["messages"]]
    legal_due = Ticket.objects.get(pk=target.pk).legal_due_on
    ticket_merge(source=source, target=target, actor=agent, now=timezone.now())
    source, target = Ticket.objects.get(pk=source.pk), Ticket.objects.get(pk=target.pk)
    assert (source.status, source.merged_into) == ("merged", target)
    assert sorted(state_of(target)["messages"]) == sorted(said)
    assert not state_of(source)["messages"]
    assert not Deadline.objects.filter(ticket=source, state__in=LIVE).exists()
    assert not source.legal_running
    assert source.next_due_at is None
    assert target.legal_due_on == legal_due
    assert "Encore ce lampadaire" in TicketText.objects.get(ticket=target).body


def test_nothing_that_warned_is_lost(pair: Any, agent: Agent) -> None:
    source, target = pair
    alarming(source, target, agent)
    due = Deadline.objects.get(ticket=target, kind="answer").due_at
    ticket_merge(source=source, target=target, actor=agent, now=timezone.now())
    kept = Ticket.objects.get(pk=target.pk)
    assert (kept.priority, kept.emergency.name, kept.is_sensitive) == (Priority.URGENT, "Gaz", True)  # type: ignore[union-attr]
    assert kept.tags == ["orage", "nord", "gaz"]
    assert kept.assignee is None  # who had it may not open sensitive requests
    clocks = {clock.kind: clock for clock in Deadline.objects.filter(ticket=target)}
    assert clocks["answer"].due_at < due
    assert clocks["target"].state == "running"
    assert kept.next_due_at == min(clocks["answer"].due_at, clocks["target"].due_at)


def test_what_was_chosen_since_stays_when_a_merge_is_undone(pair: Any, agent: Agent) -> None:
    source, target = pair
    alarming(source, target, agent)
    merge = ticket_merge(source=source, target=target, actor=agent, now=timezone.now())
    ticket_prioritise(ticket=target, priority=Priority.HIGH, actor=agent, now=timezone.now())
    ticket_tag(ticket=target, add=["vu"], remove=["nord"], actor=agent, now=timezone.now())
    message_receive(ticket=target, incoming=Incoming(channel="email", body="Ça sent encore"), now=timezone.now())
    ticket_unmerge(merge=merge, actor=agent, now=timezone.now())
    kept = Ticket.objects.get(pk=target.pk)
    assert (kept.priority, kept.emergency_id is None, kept.is_sensitive) == (Priority.HIGH, False, True)
    assert kept.tags == ["orage", "vu"]
    answer = Deadline.objects.get(ticket=target, kind="answer", state="running")
    assert answer.amount != 3  # counted as the priority of today says


def test_an_answer_owed_stays_owed_from_the_same_moment(pair: Any, agent: Agent) -> None:
    source, target = pair
    half_answered(source, target, agent)
    owed = Deadline.objects.get(ticket=source, kind="answer", state="running")
    ticket_merge(source=source, target=target, actor=agent, now=timezone.now())
    kept = Deadline.objects.get(ticket=target, kind="answer", state="running")
    assert kept.due_at == owed.due_at
    next_due_at = Ticket.objects.get(pk=target.pk).next_due_at
    assert next_due_at is not None
    assert next_due_at <= owed.due_at


def test_the_law_s_delay_is_the_first_one(pair: Any, agent: Agent) -> None:
    source, target = pair
    lawful(source, target, agent)
    last = Ticket.objects.get(pk=target.pk).legal_due_on
    later = Ticket.objects.get(pk=source.pk).legal_due_on
    assert last is not None
    assert later is not None
    assert last < later
    ticket_merge(source=source, target=target, actor=agent, now=timezone.now())
    kept = Ticket.objects.get(pk=target.pk)
    assert (kept.legal_due_on, kept.legal_running) == (last, True)


def test_the_one_received_first_is_kept(pair: Any, agent: Agent) -> None:
    source, target = pair
    assert kept_first(target, source) == kept_first(source, target) == (source, target)
    with pytest.raises(Invalid, match="reçue la première"):
        ticket_merge(source=target, target=source, actor=agent, now=timezone.now())


def test_merging_needs_the_right_to_work_on_both(pair: Any, voirie: Service) -> None:
    source, target = pair
    ecole = make_service("ecoles", "Écoles")
    Ticket.objects.filter(pk=target.pk).update(service=ecole)
    with pytest.raises(NotAllowed):
        ticket_merge(source=source, target=target, actor=make_agent(("referent", voirie)), now=timezone.now())


def test_a_reply_since_then_keeps_them_together(pair: Any, agent: Agent) -> None:
    source, target = pair
    merge = ticket_merge(source=source, target=target, actor=agent, now=timezone.now())
    reply_send(ticket=target, actor=agent, body="Réparé.", then="open", now=timezone.now())
    with pytest.raises(Conflict, match="réponse est partie"):
        ticket_unmerge(merge=merge, actor=agent, now=timezone.now())


def test_what_the_citizen_writes_since_stays_on_the_kept_ticket(pair: Any, agent: Agent) -> None:
    source, target = pair
    merge = ticket_merge(source=source, target=target, actor=agent, now=timezone.now())
    said = message_receive(
        ticket=source, incoming=Incoming(channel="email", body="Toujours rien"), now=timezone.now()
    )  # the caller still holds the ticket as it was
    assert said.ticket_id == target.pk
    ticket_unmerge(merge=merge, actor=agent, now=timezone.now())
    assert Message.objects.get(pk=said.pk).ticket_id == target.pk
    assert Ticket.objects.get(pk=source.pk).messages.count() == 1


def test_nothing_is_written_on_a_merged_ticket(pair: Any, agent: Agent) -> None:
    source, target = pair
    ticket_merge(source=source, target=target, actor=agent, now=timezone.now())
    with pytest.raises(Conflict):
        note_add(ticket=source, actor=agent, body="Vu", now=timezone.now())
    with pytest.raises(Conflict):
        reply_send(ticket=source, actor=agent, body="Réparé.", now=timezone.now())
    assert not source.messages.exists()


def test_merges_one_after_the_other_are_undone_in_reverse(voirie: Service, agent: Agent) -> None:
    now = timezone.now()
    first, second, third = (
        make_ticket(service=voirie, requester=WHO, now=now - timedelta(hours=hours)) for hours in (3, 2, 1)
    )
    before = [state_of(ticket) for ticket in (first, second, third)]
    inner = ticket_merge(source=third, target=second, actor=agent, now=now)
    outer = ticket_merge(source=second, target=first, actor=agent, now=now)
    assert Ticket.objects.get(pk=third.pk).merged_into_id == first.pk
    with pytest.raises(Conflict, match="défaites d’abord"):
        ticket_unmerge(merge=inner, actor=agent, now=now)
    ticket_unmerge(merge=outer, actor=agent, now=now)
    ticket_unmerge(merge=inner, actor=agent, now=now)
    assert [state_of(ticket) for ticket in (first, second, third)] == before
    with pytest.raises(Conflict, match="déjà défaite"):
        ticket_unmerge(merge=inner, actor=agent, now=now)


def test_the_citizen_s_link_leads_to_the_kept_ticket_while_it_is_merged(
    pair: Any, agent: Agent, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = pair
    merge = ticket_merge(source=source, target=target, actor=agent, now=timezone.now())
    tokens = iter(["jeton-un"])
    monkeypatch.setattr("tickets.actions.tracking.secrets.token_urlsafe", lambda _n: next(tokens))
    link_request(reference=source.reference, email=WHO.email, now=timezone.now())
    client.post(reverse("portal:track_open", args=["jeton-un"]))
    source_page = reverse("portal:ticket", args=[source.reference])
    target_page = reverse("portal:ticket", args=[target.reference])
    assert client.get(source_page).headers["Location"] == target_page
    page = assert_status(client.get(target_page), 200).content.decode()
    assert "a été jointe à celle-ci" in page
    ticket_unmerge(merge=merge, actor=agent, now=timezone.now())
    assert_status(client.get(source_page), 200)
    assert_status(client.get(target_page), 404)


def test_a_link_never_leads_to_another_person_s_ticket(pair: Any, agent: Agent, client: Any) -> None:
    """The requester of the kept ticket was corrected since: the other person's link stays at its own ticket."""
    source, target = pair
    ticket_merge(source=source, target=target, actor=agent, now=timezone.now())
    Ticket.objects.filter(pk=target.pk).update(requester=citizen_identify(OTHER))
    session = client.session
    session["tracked"] = {source.reference: (timezone.now() + timedelta(hours=1)).isoformat()}
    session.save()
    page = assert_status(client.get(reverse("portal:ticket", args=[source.reference])), 200)
    assert "Le lampadaire devant chez moi" not in page.content.decode()
    assert_status(client.get(reverse("portal:ticket", args=[target.reference])), 404)


def test_from_either_page_the_panel_keeps_the_first_one(pair: Any, agent: Agent, client_of: Any) -> None:
    source, target = pair
    client = client_of(agent)
    address = reverse("tickets:merge", args=[target.reference])
    assert source.reference in client.get(address, {"reference": source.reference}).content.decode()
    response = client.post(address, {"reference": source.reference})
    assert response.headers["Location"] == reverse("tickets:detail", args=[target.reference])
    page = client.get(reverse("tickets:detail", args=[source.reference])).content.decode()
    assert "Cette demande a été fusionnée" in page
    assert "ticket-actions" not in page
    aside = client.get(reverse("tickets:aside", args=[target.reference])).content.decode()
    assert "Annuler la fusion" in aside
    merge = TicketMerge.objects.get()
    client.post(reverse("tickets:unmerge", args=[target.reference]), {"merge": merge.pk})
    assert Ticket.objects.get(pk=source.pk).status == "new"


def test_the_other_requests_of_the_person_are_proposed(pair: Any, agent: Agent, client_of: Any) -> None:
    source, target = pair
    over, elsewhere = (make_ticket(service=each, requester=WHO) for each in (target.service, make_service("eau")))
    ticket_close(ticket=over, actor=agent, now=timezone.now(), reason="Vu")
    client = client_of(agent)
    link, merge = (reverse(f"tickets:{name}", args=[target.reference]) for name in ("link", "merge"))
    pages = [client.get(url, headers={"HX-Request": "true", "HX-Target": "panel"}) for url in (link, merge)]
    proposed = [re.findall(r'name="pick" value="([^"]+)"', page.content.decode()) for page in pages]
    assert proposed == [[source.reference, over.reference], [source.reference]]
    assert elsewhere.reference not in pages[0].content.decode()
    client.post(link, {"pick": over.reference, "reference": "", "kind": "part"})
    assert TicketLink.objects.get(ticket=target, kind="part").target == over
    client.post(merge, {"pick": source.reference, "reference": ""})
    assert TicketMerge.objects.get().source == source


def test_a_refused_merge_says_why_beside_the_reference(pair: Any, agent: Agent, client_of: Any) -> None:
    source, target = pair
    Ticket.objects.filter(pk=source.pk).update(requester=citizen_identify(OTHER))
    response = client_of(agent).post(reverse("tickets:merge", args=[target.reference]), {"reference": source.reference})
    assert "Liez-les plutôt comme doublons" in assert_status(response, 422).content.decode()
    unknown = client_of(agent).post(reverse("tickets:merge", args=[target.reference]), {"reference": "G-22222-22222"})
    assert "Aucune demande que vous pouvez voir" in assert_status(unknown, 422).content.decode()


def test_two_merges_at_once_never_wait_for_each_other(pair: Any, django_assert_num_queries: Any) -> None:
    """Rows are locked by their numbers, whatever the order they are asked in."""
    source, target = pair
    for asked in ((source.pk, target.pk), (target.pk, source.pk)):
        with django_assert_num_queries(2) as captured:
            locked = tickets_lock(*asked)
        assert tuple(ticket.pk for ticket in locked) == asked
        first, second = (query["sql"] for query in captured)
        assert f'"tickets_ticket"."id" = {min(asked)} ' in first
        assert f'"tickets_ticket"."id" = {max(asked)} ' in second
