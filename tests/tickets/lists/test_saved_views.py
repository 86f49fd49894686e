"""Saved views: kept, found, shared, in order; they give no right on any ticket."""

from typing import Any

import pytest
from django.urls import reverse

from core.errors import Invalid
from directory.models import Agent, Service
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket
from tickets.actions.lists.saved_views import view_save
from tickets.models import SavedView, Ticket
from tickets.selectors.counting import count_within

pytestmark = pytest.mark.django_db


def saved(agent: Agent, name: str = "Appels", **fields: Any) -> SavedView:
    return view_save(actor=agent, name=name, **{"queue": "all", "query": "channel=phone", **fields})


def menu(client: Any) -> dict[str, str]:
    nav = client.get(reverse("tickets:queue", args=["all"])).context["nav"]
    return {item["label"]: item["url"] for group in nav if group["key"] == "views" for item in group["items"]}


def test_the_list_one_reads_is_kept_under_a_name(voirie: Service, agent: Agent, client_of: Any) -> None:
    make_ticket(service=voirie, channel="phone", subject="par téléphone")
    make_ticket(service=voirie)
    client = client_of(agent)
    address = f"{reverse('tickets:view_new')}?channel=phone&status=new&status=open&sort=newest&scope=all"
    assert_status(client.get(address), 200)
    response = client.post(address, {"name": "  Appels   du jour "})
    view = SavedView.objects.get()
    assert (view.name, view.queue, view.sort) == ("Appels du jour", "all", "newest")
    assert view.query == "channel=phone&status=new&status=open"
    page = assert_status(client.get(response["Location"]), 200)
    assert page.context["view"] == view
    assert [row.ticket.subject for row in page.context["rows"]] == ["par téléphone"]
    assert page.context["order"].key == "newest"
    assert menu(client)["Appels du jour"] == response["Location"]
    current = [item["label"] for group in page.context["nav"] for item in group["items"] if item["current"]]
    assert current == ["Appels du jour"]


def test_columns_of_a_view_are_its_own(voirie: Service, agent: Agent, client_of: Any) -> None:
    view = saved(agent)
    make_ticket(service=voirie, channel="phone")
    client = client_of(agent)
    here = menu(client)["Appels"]
    client.post(reverse("tickets:columns"), {"columns": ["place"], "view": view.pk, "next": here})
    assert [column.key for column in client.get(here).context["columns"]] == ["place"]
    assert len(client.get(reverse("tickets:queue", args=["all"])).context["columns"]) == 4


def test_a_view_needs_a_name(agent: Agent, client_of: Any) -> None:
    page = assert_status(client_of(agent).post(f"{reverse('tickets:view_new')}?scope=all", {"name": " "}), 422)
    assert page.context["form"].errors["name"]
    assert not SavedView.objects.exists()


def test_renaming_keeps_the_list_and_a_list_replaces_it(agent: Agent, client_of: Any) -> None:
    view = saved(agent)
    client, url = client_of(agent), reverse("tickets:view_edit", args=[view.pk])
    client.post(url, {"name": "Téléphone"})
    view.refresh_from_db()
    assert (view.name, view.query) == ("Téléphone", "channel=phone")
    client.post(f"{url}?scope=&q=trou&channel=web&view={view.pk}&cursor=abc", {"name": "Trous"})
    view.refresh_from_db()
    assert (view.name, view.queue, view.query) == ("Trous", "", "q=trou&channel=web")


def test_views_are_reordered_and_deleted(agent: Agent, client_of: Any) -> None:
    views = [saved(agent, name) for name in ("Un", "Deux", "Trois")]
    client = client_of(agent)
    client.post(reverse("tickets:view_move", args=[views[2].pk]), {"way": "up"})
    assert list(menu(client)) == ["Un", "Trois", "Deux"]
    client.post(reverse("tickets:view_move", args=[views[0].pk]), {"way": "up"})
    client.post(reverse("tickets:view_delete", args=[views[2].pk]))
    assert list(menu(client)) == ["Un", "Deux"]


@pytest.mark.parametrize("name", ["view_edit", "view_move", "view_delete"])
def test_a_view_is_changed_by_its_owner_and_by_no_passer_by(
    name: str, voirie: Service, agent: Agent, client_of: Any
) -> None:
    elsewhere = make_agent(("referent", make_service("finances")))
    for view, stranger in (
        (saved(agent, shared_with=voirie), make_agent(("back_office", voirie))),
        (saved(agent, shared_with=voirie), elsewhere),
        (saved(agent), make_agent(("referent", voirie))),
    ):
        url = reverse(f"tickets:{name}", args=[view.pk])
        assert_status(client_of(stranger).post(url, {"name": "Volée", "way": "up"}), 404)
        view.refresh_from_db()
        assert view.name == "Appels"


def test_whoever_assigns_in_the_service_mends_what_is_shared_there_even_of_an_agent_who_left(
    voirie: Service, agent: Agent, client_of: Any
) -> None:
    view, other = saved(agent, shared_with=voirie), saved(agent, name="Retards", shared_with=voirie)
    agent.is_active = False
    agent.save()
    chief, worker = client_of(make_agent(("manager", voirie))), client_of(make_agent(("back_office", voirie)))
    assert {"Appels", "Retards"} <= set(menu(worker)), "they stay"
    edit, delete = (reverse(f"tickets:{name}", args=[view.pk]) for name in ("view_edit", "view_delete"))
    for client, offered in ((chief, True), (worker, False)):
        page = client.get(reverse("tickets:views")).content.decode()
        assert (edit in page) == offered
        assert "(compte fermé)" in page
        assert (f"{edit}?" in client.get(menu(client)["Appels"]).content.decode()) == offered
    assert_status(chief.post(edit, {"name": "Appels"}), 422)
    assert_status(chief.post(edit, {"name": "Appels du jour", "shared_with": voirie.pk}), 302)
    view.refresh_from_db()
    assert (view.name, view.owner, view.shared_with) == ("Appels du jour", agent, voirie)
    with pytest.raises(Invalid):
        view_save(actor=make_agent(("manager", voirie)), name="x", queue="all", query="", view=view)
    assert_status(chief.post(delete), 302)
    assert list(menu(worker)) == ["Retards"]
    assert SavedView.objects.get() == other


@pytest.mark.parametrize(("role", "shared"), [("referent", True), ("manager", True), ("back_office", False)])
def test_sharing_needs_the_right_to_assign(role: str, shared: bool, voirie: Service, client_of: Any) -> None:
    client = client_of(make_agent((role, voirie)))
    address = f"{reverse('tickets:view_new')}?scope=all"
    client.post(address, {"name": "Équipe", "shared_with": voirie.pk})
    assert SavedView.objects.filter(shared_with=voirie).exists() == shared


def test_sharing_elsewhere_is_refused(voirie: Service, agent: Agent, client_of: Any) -> None:
    elsewhere = make_service("finances")
    page = client_of(agent).post(f"{reverse('tickets:view_new')}?scope=all", {"name": "x", "shared_with": elsewhere.pk})
    assert_status(page, 422)


def test_a_shared_view_reaches_the_service_and_those_under_it(voirie: Service, agent: Agent, client_of: Any) -> None:
    under = make_service("eclairage", parent=voirie)
    saved(agent, shared_with=voirie)
    assert "Appels" in menu(client_of(make_agent(("back_office", voirie))))
    assert "Appels" in menu(client_of(make_agent(("back_office", under))))
    assert menu(client_of(make_agent(("back_office", make_service("finances"))))) == {}


def test_a_shared_view_shows_nobody_a_ticket_they_may_not_see(voirie: Service, agent: Agent, client_of: Any) -> None:
    under = make_service("eclairage", parent=voirie)
    make_ticket(service=voirie, channel="phone", subject="de la voirie")
    make_ticket(service=under, channel="phone", subject="de l’éclairage")
    hidden = make_ticket(service=under, channel="phone", subject="sensible")
    Ticket.objects.filter(pk=hidden.pk).update(is_sensitive=True)
    saved(agent, shared_with=voirie)
    colleague = client_of(make_agent(("counter", under)))
    address = menu(colleague)["Appels"]
    page = colleague.get(address)
    assert [row.ticket.subject for row in page.context["rows"]] == ["de l’éclairage"]
    counts = colleague.get(reverse("tickets:view_counts")).json()
    assert list(counts.values()) == ["1"]
    assert list(client_of(agent).get(reverse("tickets:view_counts")).json().values()) == ["3"]


def test_a_count_that_takes_too_long_is_given_up(voirie: Service, agent: Agent, client_of: Any) -> None:
    saved(agent)
    make_ticket(service=voirie, channel="phone")
    slow = Ticket.objects.extra(where=["pg_sleep(0.05) is not null"])
    assert count_within(slow, patience_ms=5) is None
    assert list(client_of(agent).get(reverse("tickets:view_counts")).json().values()) == ["1"]
