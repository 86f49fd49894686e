"""Every access to a sensitive ticket is written; whoever reads the log sees what they answer for; nothing is undone."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import get_resolver
from django.utils import timezone

from tests.support.api import api_client
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tickets.actions.messages import reply_send
from tickets.actions.rights.access import access_log, accesses_log, list_log, lookup_log
from tickets.models import AccessKind, AccessLog
from tickets.selectors.access import access_summary, lookups_by

pytestmark = pytest.mark.django_db
LOG = "/agents/acces-sensibles/"


@pytest.fixture
def town():
    root, ccas, voirie = make_town(), make_service("ccas"), make_service("voirie")
    return {
        "root": root,
        "ccas": ccas,
        "aid": make_ticket(request_type=make_type("aide", ccas, is_sensitive=True), subject="Aide d’urgence"),
        "lamp": make_ticket(request_type=make_type("eclairage", voirie)),
        "social": make_agent(("referent", ccas)),
        "worker": make_agent(("back_office", ccas)),
        "admin": make_agent(("admin", root)),
    }


def kinds() -> list[tuple[str, str]]:
    rows = AccessLog.objects.order_by("id").values_list("kind", "ticket__subject")
    return [(kind, subject or "") for kind, subject in rows]


def test_each_opening_of_a_sensitive_page_is_written_and_no_other(town, client_of):
    client, api = client_of(town["worker"]), api_client(town["worker"])
    for _ in range(2):
        assert_status(client.get(f"/agents/demandes/{town['aid'].reference}/"), 200)
    assert kinds() == [("page", "Aide d’urgence")] * 2
    assert_status(api.get(f"/api/v1/tickets/{town['aid'].reference}/"), 200)
    assert_status(api.get("/api/v1/tickets/"), 200)
    assert kinds()[2:] == [("api", "Aide d’urgence")] * 2
    assert_status(client.get(f"/agents/demandes/{town['aid'].reference}/droits/"), 200)
    assert len(kinds()) == 4, "the same visit"
    assert_status(
        client_of(make_agent(("back_office", town["root"]))).get(f"/agents/demandes/{town['lamp'].reference}/"), 200
    )
    assert_status(client_of(town["admin"]).get(f"/agents/demandes/{town['aid'].reference}/"), 404)
    assert len(kinds()) == 4, "neither an ordinary ticket nor a refused page"


def test_no_way_around_the_page_goes_unseen(town, client_of, monkeypatch):
    """Every GET address of a ticket that shows something of it writes a line; one visit is otherwise one line."""
    client, reference = client_of(town["social"]), town["aid"].reference
    routes = [str(pattern.pattern) for pattern in get_resolver("tickets.urls").url_patterns]
    routes = [route for route in routes if re.fullmatch(r"demandes/<str:reference>/[\w/-]*", route)]
    shown = []
    monkeypatch.setattr("tickets.actions.rights.access.SAME_VISIT", timedelta(0))
    for route in routes:
        before = AccessLog.objects.count()
        response = client.get(f"/agents/{route.replace('<str:reference>', reference)}")
        if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
            shown.append(route)
            assert AccessLog.objects.count() > before, route
    assert len(shown) > 10
    monkeypatch.undo()
    before = AccessLog.objects.count()
    client.get(f"/agents/demandes/{reference}/")
    for part in ("a-cote", "confier", "transferer", "courrier"):
        client.get(f"/agents/demandes/{reference}/{part}/", headers={"HX-Request": "true", "HX-Target": "panel"})
    assert AccessLog.objects.count() == before + 1


def test_lists_cards_and_hints_are_told_apart_and_written_once(town, client_of, django_assert_num_queries):
    """One statement for a page, none when nothing in it is sensitive; a visit does not fill the log."""
    person = town["aid"].requester
    family = make_ticket(citizen=person, request_type=town["aid"].request_type)
    other = make_ticket(citizen=person, service=town["aid"].service)
    for address in (
        "/agents/demandes/",
        "/agents/recherche/?q=urgence",
        f"/agents/recherche/?q={person.last_name}",
        f"/agents/personnes/{person.pk}/",
        f"/agents/demandes/{other.reference}/",
        f"/agents/lots/nouveau/?kind=tag&selected={town['aid'].pk}",
    ):
        reader = make_agent(("referent", town["ccas"]))
        seen = AccessLog.objects.filter(agent=reader, kind="list", ticket__in=[town["aid"], family])
        assert_status(client_of(reader).get(address), 200)
        count = seen.count()
        assert count > 0, address
        assert_status(client_of(reader).get(address), 200)
        assert (seen.count(), AccessLog.objects.filter(agent=reader).count()) == (count, count), "seen a moment ago"
    client = client_of(town["social"])
    page = client.get(LOG).content.decode()
    assert "Vue dans une liste" in page
    assert access_summary(town["aid"]).count == 0, "seen is not opened"
    with django_assert_num_queries(0):
        list_log(town["social"], [other, None])
    with django_assert_num_queries(1):
        list_log(town["social"], [town["aid"], family, other])


def test_a_desk_and_a_similar_answer_are_written_too(town, client_of):
    desk = make_agent(("phone", town["root"]), ("back_office", town["ccas"]))
    person = town["aid"].requester
    assert_status(client_of(desk).get("/agents/telephone/", {"q": person.last_name}), 200)
    assert kinds() == [("list", "Aide d’urgence")]
    twin = make_ticket(request_type=town["aid"].request_type, subject="Aide d’urgence pour le chauffage")
    now = timezone.now()
    reply_send(ticket=town["aid"], actor=town["social"], body="Votre aide est accordée. " * 4, now=now, then="answered")
    page = client_of(town["worker"]).get(f"/agents/demandes/{twin.reference}/a-cote/").content.decode()
    assert "est accordée" in page
    seen = AccessLog.objects.filter(agent=town["worker"]).order_by("id").values_list("kind", "ticket")
    assert list(seen) == [("page", twin.pk), ("list", town["aid"].pk)]


def test_the_actions_leave_ordinary_tickets_out(town):
    for ticket in (town["aid"], town["lamp"]):
        access_log(town["worker"], ticket, AccessKind.FILE)
    accesses_log(town["worker"], [town["aid"], town["lamp"]], AccessKind.EXPORT)
    assert kinds() == [("file", "Aide d’urgence"), ("export", "Aide d’urgence")]


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_line_of_the_log_cannot_be_changed_or_deleted(town, change):
    access_log(town["worker"], town["aid"], AccessKind.PAGE)
    rows = AccessLog.objects.all()
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(kind="api") if change == "update" else rows.delete()
    assert AccessLog.objects.get().kind == AccessKind.PAGE


@pytest.mark.parametrize(
    ("role", "place", "status"),
    [
        ("admin", "root", 200),
        ("referent", "ccas", 200),
        ("back_office", "ccas", 403),
        ("manager", "root", 403),
        ("pilot", "root", 403),
        ("phone", "root", 403),
        ("elected", "root", 403),
    ],
)
def test_who_reads_the_log(town, client_of, role, place, status):
    assert_status(client_of(make_agent((role, town[place]))).get(LOG), status)


def test_the_log_is_of_ones_own_services_and_an_administrator_reads_no_subject(town, client_of):
    other = make_service("crèches")
    secret = make_ticket(request_type=make_type("creche", other, is_sensitive=True))
    access_log(town["worker"], town["aid"], AccessKind.PAGE)
    access_log(make_agent(("back_office", other)), secret, AccessKind.PAGE)
    lookup_log(make_agent(("elected", town["root"])), "Madame Untel")
    social = client_of(town["social"]).get(LOG).content.decode()
    assert town["aid"].reference in social
    assert f'href="/agents/demandes/{town["aid"].reference}/"' in social
    assert secret.reference not in social
    everything = client_of(town["admin"]).get(LOG).content.decode()
    assert town["aid"].reference in everything
    assert secret.reference in everything
    assert f"/agents/demandes/{secret.reference}/" not in everything, "an administrator audits, and opens nothing"
    assert "Aide d’urgence" not in everything
    assert "Untel" not in everything


def test_the_filters_and_the_export(town, client_of):
    client, day = client_of(town["social"]), timezone.localdate()
    AccessLog.objects.create(
        agent=town["worker"], ticket=town["aid"], kind="page", at=timezone.now() - timedelta(days=40)
    )
    access_log(town["social"], town["aid"], AccessKind.LETTER)
    asked = {
        f"agent={town['worker'].pk}": 1,
        f"ticket={town['aid'].reference.lower()}": 2,
        "kind=letter": 1,
        f"since={day}": 1,
        f"until={day - timedelta(days=30)}": 1,
        "agent=999999&ticket=zz&since=hier": 2,
    }
    for query, count in asked.items():
        response = assert_status(client.get(f"{LOG}?{query}"), 200)
        assert len(response.context["rows"]) == count, query
        lines = client.get(f"{LOG}?{query}&export=csv").content.decode("utf-8-sig").splitlines()
        assert len(lines) == count + 1, query
    assert "attachment" in client.get(f"{LOG}?export=csv")["Content-Disposition"]


def test_the_pages_of_the_log_cost_the_same_whatever_its_length(town, client_of, django_assert_max_num_queries):
    for _ in range(60):
        access_log(town["worker"], town["aid"], AccessKind.PAGE)
    client = client_of(town["social"])
    with django_assert_max_num_queries(14):
        first = client.get(LOG)
    assert len(first.context["rows"]) == 50
    assert len(client.get(first.context["next_url"]).context["rows"]) == 10


def test_the_summary_on_the_ticket(town):
    assert access_summary(town["lamp"]) is None
    for agent in (town["worker"], town["worker"], town["social"]):
        access_log(agent, town["aid"], AccessKind.PAGE)
    summary = access_summary(town["aid"])
    assert (summary.count, summary.people, summary.last[0].agent) == (3, 2, town["social"])


def test_managers_read_the_lookups_of_their_own_elected_officials(town):
    mayor, other = make_agent(("elected", town["root"])), make_agent(("elected", town["ccas"]))
    lookup_log(mayor, "Vasseur")
    lookup_log(other, "Quentin\x00  Rose " + "x" * 300)
    assert {entry.agent for entry in lookups_by(make_agent(("manager", town["ccas"])))} == {other}
    assert {entry.agent for entry in lookups_by(town["admin"])} == {mayor, other}
    assert {entry.agent for entry in lookups_by(mayor)} == {mayor}
    assert not lookups_by(town["worker"]).exists()
    assert len(AccessLog.objects.get(agent=other).subject) == 200
