"""The pages of grouped actions: what is asked for which tickets, and how far it is."""

from typing import Any
from urllib.parse import unquote, urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from directory.actions.citizens import Requester
from directory.models import Absence, Agent, Service
from knowledge.models import ReplyTemplate
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tests.tickets.lists.test_bulk import run, start
from tickets.models import BulkJob, Ticket

pytestmark = pytest.mark.django_db


def ask(kind: str, tickets: list[Ticket], **more: Any) -> str:
    return f"{reverse('tickets:bulk_new')}?" + urlencode(
        {"kind": kind, "selected": [ticket.pk for ticket in tickets], **more}, doseq=True
    )


@pytest.mark.parametrize("kind", ["assign", "transfer", "reply", "close", "tag"])
def test_each_kind_has_its_page(kind: str, voirie: Service, agent: Agent, client_of: Any) -> None:
    tickets = [make_ticket(service=voirie) for _ in range(7)]
    page = assert_status(client_of(agent).get(ask(kind, tickets)), 200)
    assert page.context["count"] == 7
    assert page.context["others"] == 2


def test_it_says_who_is_away(voirie: Service, agent: Agent, client_of: Any) -> None:
    hand, today = make_agent(("back_office", voirie)), timezone.localdate()
    Absence.objects.create(agent=hand, starts_on=today, ends_on=today)
    page = client_of(agent).get(ask("assign", [make_ticket(service=voirie)])).content.decode()
    assert f"{hand.full_name} — en absence jusqu’au" in page


def test_the_whole_list_is_what_its_filters_give(
    voirie: Service, agent: Agent, client_of: Any, told: Any, django_capture_on_commit_callbacks: Any
) -> None:
    tickets = [make_ticket(service=voirie, channel="phone") for _ in range(30)]
    make_ticket(service=voirie)
    make_ticket(service=make_service("finances"), channel="phone")
    client = client_of(agent)
    query = {"kind": "tag", "all": "1", "scope": "all", "channel": "phone"}
    page = client.get(reverse("tickets:bulk_new"), query)
    assert page.context["count"] == 30
    assert client.get(reverse("tickets:bulk_count"), query).content == b"(30)"
    make_ticket(service=voirie, channel="phone")  # came in after what was shown
    data = {"kind": "tag", "ids": page.context["ids"], "tags": "Orage, été"}
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse("tickets:bulk_new"), data)
    job = BulkJob.objects.get()
    progress, back = response["Location"].split("?back=")
    assert progress == reverse("tickets:bulk", args=[job.pk])
    assert f'href="{unquote(back)}"' in client.get(response["Location"]).content.decode()
    assert 'href="//evil' not in client.get(f"{progress}?back=//evil.example").content.decode()
    assert ("tickets.bulk", (job.pk,)) in told
    run(job)
    tagged = Ticket.objects.filter(tags=["orage", "été"])
    assert set(tagged.values_list("pk", flat=True)) == {ticket.pk for ticket in tickets}


def test_tickets_out_of_sight_cannot_be_asked_for(voirie: Service, agent: Agent, client_of: Any) -> None:
    hidden = make_ticket(service=make_service("finances"))
    client = client_of(agent)
    assert client.get(ask("tag", [hidden]))["Location"] == reverse("tickets:queue")
    page = client.post(reverse("tickets:bulk_new"), {"kind": "tag", "ids": str(hidden.pk), "tags": "x"})
    assert_status(page, 422)
    assert not BulkJob.objects.exists()


@pytest.mark.parametrize(
    ("query", "status"),
    [({"kind": "explode"}, 404), ({"kind": "tag"}, 302), ({"kind": "tag", "all": 1, "status": "x"}, 302)],
)
def test_a_wrong_selection_comes_back(query: dict[str, str], status: int, agent: Agent, client_of: Any) -> None:
    assert_status(client_of(agent).get(reverse("tickets:bulk_new"), query), status)


def test_a_refused_form_comes_back_filled(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie)
    data = {"kind": "reply", "ids": str(ticket.pk), "body": "{{ inconnue }}", "then": "answered"}
    page = assert_status(client_of(agent).post(reverse("tickets:bulk_new"), data), 422)
    assert "inconnue" in page.content.decode()


def test_a_reply_is_previewed_as_the_first_would_read_it(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie, requester=Requester(name="Claire Vasseur", email="claire@example.org"))
    ReplyTemplate.objects.create(title="Réparé", body="{{ nom du demandeur }}, c’est réparé {{ lieu }}.")
    client = client_of(agent)
    page = client.get(ask("reply", [ticket]))
    template = page.context["templates"][0]
    body = client.get(ask("reply", [ticket], template=template.pk)).context["form"]["body"].value()
    data = {"kind": "reply", "ids": str(ticket.pk), "body": body, "then": "answered", "preview": "1"}
    page = assert_status(client.post(reverse("tickets:bulk_new"), data), 200)
    assert "Claire Vasseur, c’est réparé" in page.context["preview"].mail.text
    assert page.context["preview"].lacks
    assert not BulkJob.objects.exists()


def test_a_job_is_seen_by_who_asked_only(voirie: Service, agent: Agent, client_of: Any) -> None:
    job = start(agent, "tag", [make_ticket(service=voirie)], tags=["x"])
    colleague = client_of(make_agent(("referent", voirie)))
    for name in ("bulk", "bulk_undo", "bulk_stop"):
        url = reverse(f"tickets:{name}", args=[job.pk])
        assert_status(colleague.get(url) if name == "bulk" else colleague.post(url), 404)
    client = client_of(agent)
    part = client.get(reverse("tickets:bulk", args=[job.pk]), headers={"hx-request": "true", "hx-target": "progress"})
    assert "<html" not in part.content.decode()
    assert "X-Over" not in part
    run(job)
    part = client.get(reverse("tickets:bulk", args=[job.pk]), headers={"hx-request": "true", "hx-target": "progress"})
    assert part["X-Over"] == "1"
    page = assert_status(client.get(reverse("tickets:jobs")), 200)
    assert [row.job for row in page.context["actions"]] == [job]
    client.post(reverse("tickets:bulk_undo", args=[job.pk]))
    job.refresh_from_db()
    assert job.undo_asked_at


def test_a_refusal_names_the_ticket_only_to_who_sees_it(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(
        service=voirie, subject="Un secret", request_type=make_type("benne", voirie, regime="SVR", delay_months=2)
    )
    job = run(start(agent, "close", [ticket], reason="Fait"))
    client = client_of(agent)
    url = reverse("tickets:bulk", args=[job.pk])
    assert "Un secret" in client.get(url).content.decode()
    Ticket.objects.filter(pk=ticket.pk).update(service=make_service("finances"))
    assert "Un secret" not in client.get(url).content.decode()
