"""Filters on every field, one by one and together; orders; columns."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.errors import Invalid
from core.pagination import keyset_page
from directory.actions.citizens import Requester
from directory.models import Agent, Citizen, Service
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tickets.actions.attachments import Upload
from tickets.actions.messages import Incoming, message_receive, reply_send
from tickets.actions.priority import ticket_prioritise
from tickets.actions.processing import ticket_assign, ticket_close, ticket_reopen
from tickets.actions.tags import ticket_tag
from tickets.actions.teamwork.tasks import task_add
from tickets.actions.teamwork.watching import ticket_watch
from tickets.enums import Priority
from tickets.filter_forms import Flag, Linked, TicketFilterForm
from tickets.listing import list_to_export, tickets_in
from tickets.models import Emergency, Ticket
from tickets.selectors import orders
from tickets.selectors.orders import arranged, orders_of
from tickets.views.columns import COLUMNS

pytestmark = pytest.mark.django_db


def queue(key: str = "all") -> str:
    return reverse("tickets:queue", args=[key])


def listed(client: Client, query: str, url: str = "") -> set[str]:
    response = assert_status(client.get(f"{url or queue()}?{query}"), 200)
    assert not response.context["problems"], response.context["problems"]
    return {row.ticket.subject for row in response.context["rows"]}


def town(voirie: Service, agent: Agent) -> None:
    """One ticket per field to filter on, each named by what makes it different."""
    now = timezone.now()
    make_ticket(service=voirie, subject="ordinaire")
    make_ticket(service=voirie, subject="téléphone", channel="phone", location="12 allée des Érables")
    asked = [{"code": "risque", "label": "Un danger ?", "kind": "yes_no"}]
    lamp = make_type("lampadaire", voirie, name="Lampadaire", questions=asked)
    make_ticket(request_type=lamp, subject="classée")
    make_ticket(service=make_service("proprete", parent=voirie), subject="sous-service")
    make_ticket(request_type=make_type("benne", voirie, regime="SVR", delay_months=2), subject="légale")
    mine = make_ticket(service=voirie, subject="à moi")
    ticket_assign(ticket=mine, assignee=agent, actor=agent, now=now)
    urgent = make_ticket(service=voirie, subject="urgente")
    ticket_prioritise(ticket=urgent, priority=Priority.URGENT, actor=agent, now=now)
    ticket_tag(ticket=make_ticket(service=voirie, subject="étiquetée"), add=["Pluie"], actor=agent, now=now)
    late = now - timedelta(days=10)
    make_ticket(service=voirie, subject="en retard", now=late, received_at=late)
    notary = make_ticket(service=voirie, subject="notaire", requester=Requester(name="Étude Dubreuil"))
    Citizen.objects.filter(pk=notary.requester_id).update(kind="notary")
    task_add(
        ticket=make_ticket(service=voirie, subject="à deux"),
        title="Passer voir",
        service=voirie,
        due_at=now + timedelta(days=2),
        actor=agent,
        now=now,
    )
    back = make_ticket(service=voirie, subject="rouverte")
    ticket_close(ticket=back, actor=agent, now=now, reason="Au guichet")
    ticket_reopen(ticket=back, actor=agent, now=now)
    gas = Emergency.objects.create(name="Gaz", words=["gaz"], instruction="Appeler le 0 800 47 33 33")
    for subject, fields in {
        "anglaise": {"language": "en", "mailbox": "mairie@rives.example"},
        "à vérifier": {"flag": "Un humain doit regarder."},
        "sensible": {"is_sensitive": True},
        "escaladée": {"escalation_level": 2},
        "transférée": {"transfer_count": 1},
        "au guichet": {"is_first_contact": True, "created_by": agent},
        "formulaire": {"answers": [["lampes", "Combien ?", "Une, deux"], ["risque", "Un danger ?", "Oui"]]},
        "danger": {"emergency": gas},
    }.items():
        Ticket.objects.filter(pk=make_ticket(service=voirie, subject=subject).pk).update(**fields)


def test_each_filter_keeps_its_own(voirie: Service, agent: Agent, client_of: Any) -> None:
    town(voirie, agent)
    today = timezone.localdate()
    expected: dict[str, set[str]] = {
        "channel=phone": {"téléphone"},
        "place=allee+erables": {"téléphone"},
        "place=rue+erables": set(),
        "service=proprete": {"sous-service"},
        "type=lampadaire": {"classée"},
        "type=lampadaire&type=benne": {"classée", "légale"},
        "type=lampadaire,benne": {"classée", "légale"},
        "assignee=me": {"à moi"},
        "priority=4": {"urgente"},
        "tag=pluie": {"étiquetée"},
        "requester=notary": {"notaire"},
        "legal=1": {"légale"},
        "regime=SVR&regime=SVA": {"légale"},
        "late=1": {"en retard"},
        "language=en": {"anglaise"},
        "flagged=1": {"à vérifier"},
        "sensitive=1": {"sensible"},
        "escalated=1": {"escaladée"},
        "emergency=1": {"danger"},
        "reopened=1": {"rouverte"},
        "moved=1": {"transférée"},
        "at_once=1": {"au guichet"},
        "author=me": {"au guichet"},
        f"author={agent.pk}": {"au guichet"},
        "task=1": {"à deux"},
        "answer=lampes:Une,+deux": {"formulaire"},
        "answer=lampes:Trois&answer=risque:Oui": {"formulaire"},
        "answer=risque:Non": set(),
        f"replied_since={today}&replied_until={today}": {"rouverte"},
        f"replied_until={today - timedelta(days=1)}": set(),
        "answered=yes": {"rouverte"},
        "answered=no": set(),
        "status=open": {"à moi", "rouverte"},
        "status=open&assignee=none": {"rouverte"},
        "status=open&status=&assignee=none&assignee=me": {"à moi", "rouverte"},
    }
    client = client_of(agent)
    assert {query: listed(client, query) for query in expected} == expected


def test_filters_on_what_others_hold(voirie: Service, agent: Agent, client_of: Any) -> None:
    """Requesters, organisations, mailboxes, closings, silences, followers, files, kinds of emergency; « is not »."""
    now = timezone.now()
    long_ago = now - timedelta(days=20)
    club = make_ticket(service=voirie, subject="club", requester=Requester(name="", organisation="Club nautique"))
    sailor = make_ticket(service=voirie, subject="marin", requester=Requester(name="Yann Le Goff"))
    Citizen.objects.filter(pk=sailor.requester_id).update(member_of=club.requester_id)
    mail = make_ticket(service=voirie, subject="courriel", now=long_ago, received_at=long_ago)
    reply_send(ticket=mail, actor=agent, body="Nous regardons.", then="open", now=long_ago + timedelta(days=1))
    Ticket.objects.filter(pk=mail.pk).update(mailbox="mairie@rives.example")
    ticket_watch(ticket=mail, agent=agent, now=now)
    old = make_ticket(service=voirie, subject="vieille", now=long_ago, received_at=long_ago)
    uploads = [Upload("photo.png", "image/png", b"\x89PNG\r\n\x1a\n")]
    message_receive(ticket=old, incoming=Incoming(channel="email", body="Une photo", uploads=uploads), now=now)
    gas, wire = (Emergency.objects.create(name=name, words=["x"], instruction="Appeler") for name in ("Gaz", "Fil"))
    Ticket.objects.filter(pk=old.pk).update(emergency=gas)
    benne = make_type("benne", make_service("proprete", parent=voirie), regime="SVR", delay_months=2)
    legal = make_ticket(request_type=benne, subject="légale")
    done = make_ticket(service=voirie, subject="close")
    ticket_close(ticket=done, actor=agent, now=now, reason="Au guichet")
    legal.refresh_from_db()
    assert legal.legal_due_on is not None
    today, client = timezone.localdate(now), client_of(agent)
    everything = {"club", "marin", "courriel", "vieille", "légale"}
    asked: dict[str, set[str]] = {
        f"person={club.requester_id}": {"club", "marin"},
        f"person={sailor.requester_id}": {"marin"},
        "who=nautique": {"club", "marin"},
        "who=goff+yann": {"marin"},
        "who=inconnu": set(),
        "mailbox=mairie@rives.example": {"courriel"},
        "not_status=new": {"courriel"},
        "not_service=proprete": everything - {"légale"},
        "not_type=benne": everything - {"légale"},
        "watched=1": {"courriel"},
        "wrote=1": everything - {"courriel"},
        "silent=15": {"courriel", "vieille"},
        "silent=30": set(),
        "attached=1": {"vieille"},
        f"alarm={gas.pk}": {"vieille"},
        f"alarm={gas.pk}&alarm={wire.pk}&attached=1": {"vieille"},
        f"legal_by={legal.legal_due_on}": {"légale"},
        f"legal_by={legal.legal_due_on - timedelta(days=1)}": set(),
    }
    for query, expected in asked.items():
        assert listed(client, query) == expected, query
    search = reverse("tickets:search")
    assert listed(client, f"closed_since={today}&closed_until={today}", search) == {"close"}
    assert listed(client, f"closed_since={today + timedelta(days=1)}", search) == set()
    page = client.get(search, {"closed_since": today.isoformat(), "sort": "closed"})
    assert not page.context["order"].bounded  # by the index of closings
    page = client.get(queue(), {"person": [club.requester_id], "alarm": [gas.pk], "edit": "mailbox"})
    assert [chip["label"] for chip in page.context["active"]] == [
        "Demandes de\u00a0: Club nautique",
        "Nature de l’urgence\u00a0: Gaz",
    ]
    assert [option.value for option in page.context["editor"].options] == ["mairie@rives.example"]
    assert (
        f"{search}?person={club.requester_id}"
        in client.get(reverse("tickets:person", args=[club.requester_id])).content.decode()
    )


def test_a_person_of_whom_one_sees_nothing_is_not_named(voirie: Service, agent: Agent, client_of: Any) -> None:
    theirs = make_ticket(service=make_service("ccas"), requester=Requester(name="Rose Quibracaille"))
    page = client_of(make_agent(("back_office", voirie))).get(queue(), {"person": theirs.requester_id})
    assert "Quibracaille" not in page.content.decode()


def test_a_search_that_would_read_too_much_says_what_to_do(
    voirie: Service, agent: Agent, client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.views.listing.SEARCH_PATIENCE_MS", 5)
    slow = Ticket.objects.extra(where=["pg_sleep(0.05) is not null"])
    make_ticket(service=voirie)
    monkeypatch.setattr("tickets.listing.tickets_visible_to", lambda _agent: slow)
    page = assert_status(client_of(agent).get(reverse("tickets:search"), {"channel": "web"}), 200)
    assert "ajoutez une période" in page.context["problems"][0]
    assert not page.context["rows"]


def test_a_service_takes_those_under_it(voirie: Service, agent: Agent, client_of: Any) -> None:
    town(voirie, agent)
    client = client_of(agent)
    assert listed(client, "service=voirie") == listed(client, "")
    assert "sous-service" not in listed(client, "service=accueil")


def test_days_are_included_and_local(voirie: Service, agent: Agent, client_of: Any) -> None:
    town(voirie, agent)
    client = client_of(agent)
    first = timezone.localdate(timezone.now() - timedelta(days=10)).isoformat()
    assert listed(client, f"until={first}") == {"en retard"}
    assert listed(client, f"since={first}") == listed(client, "")
    assert listed(client, f"due={timezone.localdate().isoformat()}") == {"en retard"}


def test_every_filter_has_its_form_and_every_choice_gives_a_page(voirie: Service, agent: Agent, client_of: Any) -> None:
    town(voirie, agent)
    client = client_of(agent)
    for name, field in TicketFilterForm.base_fields.items():
        page = assert_status(client.get(queue(), {"edit": name}), 200)
        assert (page.context["editor"] is None) == isinstance(field, Flag | Linked), name
        if page.context["editor"]:
            assert f'name="{name}"' in page.content.decode(), name
            for option in page.context["editor"].options:
                assert_status(client.get(queue(), {name: option.value}), 200)


def test_the_form_of_a_filter_keeps_the_other_ones(voirie: Service, agent: Agent, client_of: Any) -> None:
    client = client_of(agent)
    page = client.get(f"{queue()}?channel=phone&status=new&sort=newest&edit=status")
    editor = page.context["editor"]
    assert editor.kept == [("channel", "phone"), ("sort", "newest")]
    assert [option.value for option in editor.options if option.chosen] == ["new"]
    part = client.get(
        f"{queue()}?edit=status", headers={"hx-request": "true", "hx-target": "filter-editor"}
    ).content.decode()
    assert "filter-editor__title" in part
    assert "<html" not in part
    assert "<table" not in part


@pytest.mark.parametrize(
    "query",
    [
        "status=lost",
        "priority=9",
        "assignee=x",
        "since=yesterday",
        "answered=perhaps",
        "person=x",
        "author=none",
        "answer=x",
    ],
)
def test_a_wrong_value_is_told_kept_and_removable(query: str, voirie: Service, agent: Agent, client_of: Any) -> None:
    make_ticket(service=voirie)
    page = client_of(agent).get(f"{queue()}?{query}&channel=phone")
    assert page.context["problems"]
    wrong = [chip for chip in page.context["active"] if chip["wrong"]]
    assert [chip["url"] for chip in wrong] == [f"{queue()}?channel=phone"]
    assert query.split("=")[1] in wrong[0]["label"]


def test_a_chip_names_its_values(voirie: Service, agent: Agent, client_of: Any) -> None:
    asked = [{"code": "lampes", "label": "Combien ?", "kind": "choice", "choices": ["Une, deux", "Plus"]}]
    make_type("lampadaire", voirie, name="Lampadaire", questions=asked)
    page = client_of(agent).get(
        f"{queue()}?type=lampadaire&assignee=me&assignee={agent.pk}&status=new&status=open"
        "&answer=lampes:Une,+deux&answer=gone:Oui&edit=answer"
    )
    labels = [chip["label"] for chip in page.context["active"]]
    assert labels == [
        "État\u00a0: Nouvelle ou En cours",
        f"Agent chargé\u00a0: Moi ou {agent.full_name}",
        "Type de demande\u00a0: Lampadaire",
        "Réponse au formulaire\u00a0: Combien ? — Une, deux ou Oui",
    ]
    assert [(each.value, each.chosen) for each in page.context["editor"].options] == [
        ("lampes:Une, deux", True),
        ("lampes:Plus", False),
    ]


def test_filters_never_widen_what_one_sees(voirie: Service, agent: Agent, client_of: Any) -> None:
    elsewhere = make_service("finances")
    make_ticket(service=elsewhere, subject="ailleurs")
    client = client_of(agent)
    assert listed(client, "service=finances") == set()
    assert listed(client, "service=finances", reverse("tickets:search")) == set()


def test_every_order_offered_reads_the_whole_list_once(voirie: Service, agent: Agent, client_of: Any) -> None:
    now = timezone.now()
    benne = make_type("benne", voirie, regime="SVR", delay_months=2)
    for number in range(28):
        at = now - timedelta(days=50, hours=number % 7)
        ticket = make_ticket(request_type=benne, now=at, received_at=at)
        ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=now)
        Ticket.objects.filter(pk=ticket.pk).update(priority=1 + number % 4)
    for key in ("all", "mine", "legal", "search"):
        scope = "" if key == "search" else key
        for order in orders_of(scope):
            found = arranged(tickets_in(scope, agent, QueryDict(), now)[0], order)
            assert found is not None
            first = keyset_page(found, order=order.fields, cursor=None)
            assert first.next is not None
            assert b"vasseur" not in urlsafe_b64decode(first.next + "===").lower(), (key, order.key)
            second = keyset_page(found, order=order.fields, cursor=first.next)
            tickets = [*first.rows, *second.rows]
            assert len({ticket.pk for ticket in tickets}) == 28, (key, order.key)
            assert _is_sorted(tickets, order.fields), (key, order.key)
        page = client_of(agent).get(reverse("tickets:search") if key == "search" else queue(key), {"sort": "service"})
        assert (page.context["order"].key, page.context["problems"]) == ("service", []), key


@pytest.mark.parametrize(
    ("sort", "values"),
    [
        ("service", ["a", "2026-01-01T00:00:00Z", 1]),
        ("status", ["not a rank", "2026-01-01T00:00:00Z", 1]),
        ("newest", ["2026-01-01T00:00:00Z", "not a number"]),
    ],
)
def test_a_forged_place_in_a_list_is_refused(agent: Agent, client_of: Any, sort: str, values: list[Any]) -> None:
    cursor = urlsafe_b64encode(json.dumps([0, *values]).encode()).decode()
    for forged in (cursor, f"~{cursor}"):
        response = client_of(agent).get(queue("all"), {"sort": sort, "cursor": forged})
        assert_status(response, 400)


def _is_sorted(tickets: list[Ticket], fields: tuple[str, ...]) -> bool:
    """By each field in turn, upwards or downwards."""
    for before, after in pairwise(tickets):
        for field in fields:
            one, other = (getattr(ticket, field.lstrip("-")) for ticket in (before, after))
            if one != other:
                if (one > other) != field.startswith("-"):
                    return False
                break
    return True


def test_headers_sort_and_say_which_way(
    voirie: Service, agent: Agent, client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoe = make_agent(("back_office", voirie), first_name="Zoé", last_name="Abel")
    emile = make_agent(("back_office", voirie), first_name="Émile", last_name="Éluard")
    for subject, assignee in (("un", emile), ("deux", None), ("trois", zoe)):
        ticket = make_ticket(service=voirie, subject=subject)
        Ticket.objects.filter(pk=ticket.pk).update(assignee=assignee, closed_at=None)
    client = client_of(agent)

    def heads(page: Any) -> dict[str, Any]:
        return {str(head.label): head for head in page.context["headers"]}

    page = client.get(queue())
    assert [label for label, head in heads(page).items() if head.sort] == ["Échéance"]
    page = client.get(heads(page)["Agent chargé"].url)
    assert [row.ticket.subject for row in page.context["rows"]] == ["trois", "un", "deux"]
    assert '<th scope="col" class="col-name" aria-sort="ascending">' in page.content.decode()
    page = client.get(heads(page)["Agent chargé"].url)
    assert [row.ticket.subject for row in page.context["rows"]] == ["un", "trois", "deux"]  # nobody: last either way
    assert heads(page)["Agent chargé"].sort == "descending"
    monkeypatch.setattr(orders, "MOST", 2)
    page = client.get(queue(), {"sort": "assignee"})
    assert (page.context["order"].key, heads(page)["Agent chargé"].url) == ("due", "")
    assert "resserrez" in heads(page)["Agent chargé"].why
    assert page.context["problems"] == [heads(page)["Agent chargé"].why]
    with pytest.raises(Invalid):
        list_to_export(agent, "all", "sort=assignee", timezone.now())
    assert len(client.get(queue(), {"sort": "assignee", "assignee": zoe.pk}).context["rows"]) == 1


def test_an_order_not_offered_here_is_told(agent: Agent, client_of: Any) -> None:
    page = client_of(agent).get(reverse("tickets:search"), {"sort": "closed-lately"})
    assert page.context["order"].key == "newest"
    assert page.context["problems"]


def test_columns_are_chosen_remembered_and_given_back(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie, location="3 rue Haute")
    client = client_of(agent)
    url = reverse("tickets:columns")
    response = client.post(url, {"columns": ["place", "reference", "nonsense"], "next": queue()})
    assert response["Location"] == queue()
    page = client.get(queue())
    assert [column.key for column in page.context["columns"]] == ["reference", "place"]
    assert "3 rue Haute" in page.content.decode()
    assert page.content.decode().count(f'<span class="ref">{ticket.reference}</span>') == 1
    client.post(url, {"usual": "1", "next": "https://elsewhere.example/"})
    assert len(client.get(queue()).context["columns"]) == 4
    agent.refresh_from_db()
    assert agent.preferences == {}


def test_every_column_prints(voirie: Service, agent: Agent, client_of: Any) -> None:
    town(voirie, agent)
    late = Ticket.objects.get(subject="en retard")
    reply_send(ticket=late, actor=agent, body="Nous regardons.", then="open", now=timezone.now())
    client = client_of(agent)
    client.post(reverse("tickets:columns"), {"columns": list(COLUMNS)})
    page = client.get(queue())
    for told in ("mairie@rives.example", "Gaz", "Anglais", 'data-label="Notre dernier message" class="col-date"><span'):
        assert told in page.content.decode(), told
    assert all(f'data-label="{column.label}"' in page.context["rows"][0].html for column in COLUMNS.values())
    assert "Pluie".lower() in page.content.decode()


def test_a_subject_is_never_markup(voirie: Service, agent: Agent, client_of: Any) -> None:
    make_ticket(service=voirie, subject="<script>1</script>", location="<b>ici</b>")
    client = client_of(agent)
    client.post(reverse("tickets:columns"), {"columns": list(COLUMNS)})
    page = client.get(queue()).content.decode()
    assert "<script>1" not in page
    assert "<b>ici" not in page


def test_a_folded_group_of_the_menu_stays_folded(agent: Agent, client_of: Any) -> None:
    client = client_of(agent)
    assert_status(client.post(reverse("tickets:fold"), {"group": "reception", "folded": "1"}), 204)
    folded = {group["key"]: group["folded"] for group in client.get(queue()).context["nav"]}
    assert folded["reception"]
    assert not folded["queues"]
    client.post(reverse("tickets:fold"), {"group": "reception", "folded": "0"})
    assert not any(group["folded"] for group in client.get(queue()).context["nav"])
    assert_status(client.post(reverse("tickets:fold"), {"group": "../", "folded": "1"}), 400)


def test_what_comes_in_is_told_and_not_shown(voirie: Service, agent: Agent, client_of: Any) -> None:
    client, colleague = client_of(agent), make_agent(("referent", voirie))
    make_ticket(service=voirie)
    start = client.get(reverse("tickets:news"), {"scope": "mine"}).json()
    assert start["tickets"] == []
    ticket = make_ticket(service=voirie)
    asked = {"scope": "mine", "since": start["since"]}
    assert client.get(reverse("tickets:news"), asked).json()["tickets"] == []
    ticket_assign(ticket=ticket, assignee=agent, actor=colleague, now=timezone.now())
    assert client.get(reverse("tickets:news"), asked).json()["tickets"] == [ticket.pk]
    assert client.get(reverse("tickets:news"), {**asked, "channel": "phone"}).json()["tickets"] == []
    make_ticket(service=make_service("finances"))
    assert client.get(reverse("tickets:news"), {**asked, "scope": "all"}).json()["tickets"] == [ticket.pk]
    assert_status(client.get(reverse("tickets:news"), {**asked, "scope": "nowhere"}), 404)
