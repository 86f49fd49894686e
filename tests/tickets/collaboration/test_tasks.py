"""Tasks asked of services: who sees what of them, who ends them, and that lateness is told once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from core.errors import Conflict, Invalid, NotAllowed
from directory.models import Agent, Service
from notifications.models import Notice
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket
from tickets.actions.teamwork.tasks import task_add, task_cancel, task_done, tasks_late_tell
from tickets.models import Ticket, TicketTask
from tickets.selectors.collaboration import tasks_counter, tasks_for
from tickets.selectors.sidebar import sidebar_read

pytestmark = pytest.mark.django_db


@pytest.fixture
def ecoles() -> Service:
    return make_service("ecoles", "Écoles")


@pytest.fixture
def asker(voirie: Service) -> Agent:
    return make_agent(("referent", voirie), first_name="Camille", last_name="Durand")


@pytest.fixture
def doer(ecoles: Service) -> Agent:
    return make_agent(("back_office", ecoles), first_name="Yanis", last_name="Morel")


@pytest.fixture
def ticket(voirie: Service) -> Ticket:
    return make_ticket(service=voirie, subject="Secret de Claire", body="Mon fils Jules est malade")


def ask(ticket: Ticket, service: Service, actor: Agent, **more: Any) -> TicketTask:
    now = timezone.now()
    wanted: dict[str, Any] = {"title": "Vérifier le portail", "due_at": now + timedelta(days=2), "now": now}
    return task_add(ticket=ticket, service=service, actor=actor, **(wanted | more))


def test_who_is_asked_sees_the_task_and_nothing_of_the_ticket(
    ticket: Ticket, ecoles: Service, asker: Agent, doer: Agent, client_of: Any
) -> None:
    ask(ticket, ecoles, asker, details="Le portail nord", assignee=doer)
    client = client_of(doer)
    page = assert_status(client.get(reverse("tickets:tasks")), 200).content.decode()
    assert "Vérifier le portail" in page
    assert "Le portail nord" in page
    assert "Secret de Claire" not in page
    assert ticket.reference not in page
    assert_status(client.get(reverse("tickets:detail", args=[ticket.reference])), 404)
    notice = Notice.objects.get(agent=doer)
    assert "Vérifier le portail" in notice.title
    assert "Secret" not in notice.title + notice.body
    assert ticket.reference not in notice.title + notice.ticket_reference + notice.path


def test_who_sees_the_ticket_finds_it_from_the_task(
    ticket: Ticket, voirie: Service, asker: Agent, client_of: Any
) -> None:
    ask(ticket, voirie, asker)
    page = client_of(asker).get(reverse("tickets:tasks")).content.decode()
    assert ticket.reference in page
    aside = client_of(asker).get(reverse("tickets:aside", args=[ticket.reference])).content.decode()
    assert "Vérifier le portail" in aside


def test_done_says_what_came_of_it_and_tells_who_asked(
    ticket: Ticket, ecoles: Service, asker: Agent, doer: Agent, client_of: Any
) -> None:
    task = ask(ticket, ecoles, asker)
    url = reverse("tickets:task_done", args=[task.pk])
    assert_status(client_of(doer).post(url, {"result": "Serrure changée"}), 302)
    task.refresh_from_db()
    assert (task.done_by, task.result) == (doer, "Serrure changée")
    assert "est faite" in Notice.objects.get(agent=asker).title
    assert ticket.events.filter(kind="task_done", actor=doer).exists()
    with pytest.raises(Conflict):
        task_done(task=task, actor=doer, now=timezone.now())


@pytest.mark.parametrize(
    ("role", "place", "may_end", "may_give_up"),
    [
        ("back_office", "ecoles", True, False),
        ("referent", "voirie", True, True),
        ("back_office", "urbanisme", False, False),
        ("elected", "ecoles", False, False),
    ],
)
def test_who_ends_a_task(
    role: str,
    place: str,
    may_end: bool,
    may_give_up: bool,
    ticket: Ticket,
    ecoles: Service,
    asker: Agent,
    client_of: Any,
) -> None:
    agent = make_agent((role, make_service(place)))
    first, second = ask(ticket, ecoles, asker), ask(ticket, ecoles, asker)
    client = client_of(agent)
    assert_status(client.post(reverse("tickets:task_done", args=[first.pk])), 302 if may_end else 404)
    assert_status(client.post(reverse("tickets:task_cancel", args=[second.pk])), 302 if may_give_up else 404)
    assert bool(TicketTask.objects.get(pk=first.pk).done_at) == may_end
    assert bool(TicketTask.objects.get(pk=second.pk).cancelled_at) == may_give_up


def test_a_sensitive_ticket_s_task_stays_a_task(ecoles: Service, voirie: Service, doer: Agent, client_of: Any) -> None:
    """The manager of the service works there and does not open its sensitive tickets."""
    manager = make_agent(("manager", ecoles))
    ticket = make_ticket(service=ecoles, subject="Secret de Claire")
    Ticket.objects.filter(pk=ticket.pk).update(is_sensitive=True)
    ask(ticket, ecoles, doer)
    assert "Secret" not in client_of(manager).get(reverse("tickets:tasks")).content.decode()
    assert "Secret" in client_of(doer).get(reverse("tickets:tasks")).content.decode()


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("title", {"title": "  "}),
        ("due_at", {"due_at": datetime(2020, 1, 1, tzinfo=timezone.get_default_timezone())}),
    ],
)
def test_what_cannot_be_asked(field: str, more: dict[str, Any], ticket: Ticket, ecoles: Service, asker: Agent) -> None:
    with pytest.raises(Invalid) as refusal:
        ask(ticket, ecoles, asker, **more)
    assert refusal.value.field == field


def test_a_task_is_given_only_to_who_works_there(ticket: Ticket, ecoles: Service, asker: Agent) -> None:
    with pytest.raises(Invalid):
        ask(ticket, ecoles, asker, assignee=asker)
    with pytest.raises(NotAllowed):
        ask(ticket, ecoles, make_agent(("elected", ecoles)))


def test_lateness_is_told_once(ticket: Ticket, ecoles: Service, asker: Agent, doer: Agent) -> None:
    late, ended, given_up = (ask(ticket, ecoles, asker) for _ in range(3))
    task_done(task=ended, actor=doer, now=timezone.now())
    task_cancel(task=given_up, actor=asker, now=timezone.now())
    Notice.objects.all().delete()
    after = timezone.now() + timedelta(days=3)
    assert tasks_late_tell(now=timezone.now()) == 0
    assert tasks_late_tell(now=after) == 1
    assert tasks_late_tell(now=after) == 0
    assert set(Notice.objects.values_list("agent", flat=True)) == {asker.pk, doer.pk}
    assert TicketTask.objects.get(pk=late.pk).late_told_at == after


def menu_counter(agent: Agent) -> tuple[str, str]:
    return tasks_counter(sidebar_read(agent, timezone.now()).others["tickets:tasks"])


def test_the_counter_turns_red_when_one_is_late(ticket: Ticket, ecoles: Service, asker: Agent, doer: Agent) -> None:
    assert menu_counter(doer) == ("0", "")
    task = ask(ticket, ecoles, asker)
    assert menu_counter(doer) == ("1", "")
    TicketTask.objects.filter(pk=task.pk).update(due_at=timezone.now() - timedelta(hours=1))
    assert menu_counter(doer) == ("1", "late")
    assert menu_counter(asker) == ("0", "")


def test_the_page_costs_the_same_however_many_tasks(
    ticket: Ticket, ecoles: Service, asker: Agent, doer: Agent, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    client = client_of(doer)
    for _ in range(30):
        ask(ticket, ecoles, asker, assignee=doer)
    client.get(reverse("tickets:tasks"))
    with django_assert_max_num_queries(15):
        page = client.get(reverse("tickets:tasks")).content.decode()
    assert "cursor=" in page
    assert tasks_for(doer).count() == 30
    for show in ("mine", "over", "nonsense"):
        assert_status(client.get(reverse("tickets:tasks"), {"show": show}), 200)


def test_closing_with_a_task_to_do_asks_first(ticket: Ticket, ecoles: Service, asker: Agent, client_of: Any) -> None:
    ask(ticket, ecoles, asker)
    client, url = client_of(asker), reverse("tickets:close", args=[ticket.reference])
    assert "1 tâche" in client.get(url).content.decode()
    assert_status(client.post(url, {"reason": "Vu au téléphone"}), 422)
    assert_status(client.post(url, {"reason": "Vu au téléphone", "remains_known": "on"}), 302)
    assert Ticket.objects.get(pk=ticket.pk).status == "closed"


def test_the_form_offers_the_agents_of_the_service_chosen_and_marks_those_who_do_not_see(
    ticket: Ticket, ecoles: Service, asker: Agent, doer: Agent, client_of: Any
) -> None:
    client, url = client_of(asker), reverse("tickets:task", args=[ticket.reference])
    page = assert_status(client.get(url), 200).content.decode()
    assert asker.full_name in page
    assert doer.full_name not in page
    part = client.get(url, {"service": ecoles.pk}, headers={"hx-request": "true", "hx-target": "panel-assignee"})
    assert "<html" not in part.content.decode()
    options = part.content.decode().split('id="panel-assignee"')[1].split("</select>")[0]
    assert f"{doer.full_name} — ne voit pas cette demande" in options
    assert asker.full_name not in options
    assert_status(client.get(url, {"service": "x"}), 200)
    sent = {
        "title": "Le portail",
        "service": ecoles.pk,
        "due_at": f"{timezone.now() + timedelta(days=2):%Y-%m-%dT%H:%M}",
    }
    looked = assert_status(client.post(url, sent | {"look": "1"}), 422).content.decode()
    assert doer.full_name in looked, "without script"
    wrong = assert_status(client.post(url, sent | {"assignee": asker.pk}), 422).content.decode()
    assert "ne fait pas partie de ce service" in wrong
    assert_status(client.post(url, sent | {"assignee": doer.pk}), 302)
    assert TicketTask.objects.get(ticket=ticket).assignee == doer
