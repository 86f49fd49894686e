"""The configuration screen: who opens it, and that what it writes goes through the actions."""

import pytest
from django.contrib import admin
from django.urls import reverse

from channels_intake.models import InboundMail, Mailbox
from directory.actions.organisation import tree_order, would_loop
from directory.models import Agent, Membership, RequestType, Service, Site, Town
from directory.permissions import has_right
from knowledge.models import Article
from notifications.models import OutboundMessage
from tests.support.asserts import assert_status
from tests.support.factories import PASSWORD, make_agent, make_article, make_service, make_town, make_type

LOOKED_AT = (InboundMail, OutboundMessage)
CONFIGURATION = (Mailbox, Town, Service, Site, Agent, RequestType, Article)
pytestmark = pytest.mark.django_db


def page(model, name="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


@pytest.fixture
def root():
    return make_town()


@pytest.fixture
def office(client_of, root):
    return client_of(make_agent(("admin", root), is_staff=True))


@pytest.mark.parametrize("model", [*CONFIGURATION, *LOOKED_AT])
def test_only_an_administrator_of_the_whole_town_comes_in(model, root, client_of, client):
    voirie = make_service("voirie")
    url = page(model)
    assert "/admin/login/" in client.get(url).url
    assert "/admin/login/" in client_of(make_agent(("admin", root))).get(url).url, "not staff"
    assert_status(client_of(make_agent(("manager", root), is_staff=True)).get(url), 403)
    assert_status(client_of(make_agent(("admin", voirie), is_staff=True)).get(url), 403)
    assert_status(client_of(make_agent(("admin", root), is_staff=True)).get(url), 200)
    assert_status(client_of(make_agent(is_staff=True, is_superuser=True)).get(url), 200)


@pytest.mark.parametrize("model", LOOKED_AT)
def test_mail_is_looked_at_and_never_written(model, office):
    assert_status(office.get(page(model, "add")), 403)
    assert not admin.site.get_model_admin(model).has_change_permission(None)


@pytest.mark.parametrize("model", CONFIGURATION)
def test_nothing_that_has_a_history_is_deleted(model, office, root):
    make_type("eclairage", root)
    make_article("Une question ?", "Une réponse.", root)
    Site.objects.create(code="annexe", name="Annexe")
    Mailbox.objects.create(address="mairie@rives-sur-orme.example")
    row = model.objects.first()
    assert_status(office.get(page(model, "delete", row.pk)), 403)
    assert_status(office.get(page(model, "change", row.pk)), 200)


def roles_data(agent, rows):
    """The form of an agent with ``rows``: (membership id or "", service, role, deleted)."""
    data = {
        "email": agent.email,
        "first_name": agent.first_name,
        "last_name": agent.last_name,
        "title": agent.title,
        "is_active": "on",
        "memberships-TOTAL_FORMS": len(rows),
        "memberships-INITIAL_FORMS": sum(1 for row in rows if row[0]),
    }
    for number, (pk, service, role, deleted) in enumerate(rows):
        prefix = f"memberships-{number}-"
        data |= {f"{prefix}id": pk, f"{prefix}agent": agent.pk, f"{prefix}service": service.pk, f"{prefix}role": role}
        if deleted:
            data[f"{prefix}DELETE"] = "on"
    return data


def test_roles_given_changed_and_taken_away_carry_their_permissions(office):
    voirie, parcs = make_service("voirie"), make_service("parcs")
    agent = make_agent()
    url = page(Agent, "change", agent.pk)

    def save(rows):
        assert_status(office.post(url, roles_data(agent, rows)), 302)
        return Agent.objects.get(pk=agent.pk)

    given = save([("", voirie, "phone", False), ("", parcs, "back_office", False)])
    assert has_right(given, "log_contacts", voirie.pk)
    assert has_right(given, "view_sensitive", parcs.pk)
    first = Membership.objects.get(agent=agent, service=voirie)
    second = Membership.objects.get(agent=agent, service=parcs)
    moved = save([(first.pk, voirie, "manager", False), (second.pk, parcs, "back_office", True)])
    assert has_right(moved, "assign_tickets", voirie.pk)
    assert not has_right(moved, "log_contacts", voirie.pk)
    assert not has_right(moved, "view_tickets", parcs.pk)
    last = Membership.objects.get(agent=agent)
    elsewhere = save([(last.pk, parcs, "manager", False)])
    assert not has_right(elsewhere, "view_tickets", voirie.pk)
    assert has_right(elsewhere, "view_tickets", parcs.pk)
    last = Membership.objects.get(agent=agent)
    assert not has_right(save([(last.pk, parcs, "manager", True)]), "view_tickets")


def test_an_agent_is_created_and_logs_in(office, client):
    data = {
        "email": "Nouvelle@Rives-sur-Orme.example",
        "first_name": "Nouvelle",
        "last_name": "Agente",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert_status(office.post(page(Agent, "add"), data), 302)
    agent = Agent.objects.get(last_name="Agente")
    assert agent.email == "nouvelle@rives-sur-orme.example"
    assert agent.password != PASSWORD
    assert agent.check_password(PASSWORD)
    assert client.login(username="nouvelle@rives-sur-orme.example", password=PASSWORD)


def test_a_weak_password_is_refused(office):
    agent = make_agent()
    response = office.post(
        reverse("admin:auth_user_password_change", args=[agent.pk]),
        {"usable_password": "true", "password1": "azerty", "password2": "azerty"},
    )
    assert_status(response, 200)
    agent.refresh_from_db()
    assert agent.check_password(PASSWORD)


def test_a_superuser_is_out_of_reach_of_the_others(office):
    above = make_agent(is_staff=True, is_superuser=True)
    assert_status(office.post(page(Agent, "change", above.pk), roles_data(above, [])), 403)
    assert_status(office.get(reverse("admin:auth_user_password_change", args=[above.pk])), 403)
    office.post(page(Agent), {"action": "deactivate", "_selected_action": [above.pk]})
    above.refresh_from_db()
    assert above.is_active
    other = make_agent()
    office.post(page(Agent, "change", other.pk), roles_data(other, []) | {"is_superuser": "on"})
    other.refresh_from_db()
    assert not other.is_superuser, "the form has no such field"


def test_agents_are_deactivated_but_not_oneself(office):
    other = make_agent()
    me = Agent.objects.get(is_staff=True)
    office.post(page(Agent), {"action": "deactivate", "_selected_action": [other.pk, me.pk]})
    other.refresh_from_db()
    me.refresh_from_db()
    assert (other.is_active, me.is_active) == (False, True)


def test_the_anonymity_of_an_agent_needs_a_reason(office):
    agent = make_agent()
    response = office.post(page(Agent, "change", agent.pk), roles_data(agent, []) | {"is_anonymous_for_safety": "on"})
    assert "anonymity_reason" in response.context["adminform"].form.errors


def test_there_is_always_exactly_one_pilot_and_it_stays_open(office):
    voirie = make_service("voirie")
    pilot = Service.objects.get(is_pilot=True)
    office.post(page(Service), {"action": "deactivate", "_selected_action": [pilot.pk]})
    office.post(page(Service), {"action": "make_pilot", "_selected_action": [voirie.pk, pilot.pk]})
    assert Service.objects.get(is_pilot=True, is_active=True) == pilot
    office.post(page(Service), {"action": "make_pilot", "_selected_action": [voirie.pk]})
    assert Service.objects.get(is_pilot=True) == voirie
    office.post(page(Service), {"action": "deactivate", "_selected_action": [pilot.pk]})
    pilot.refresh_from_db()
    assert not pilot.is_active
    office.post(page(Service), {"action": "make_pilot", "_selected_action": [pilot.pk]})
    assert Service.objects.get(is_pilot=True) == voirie, "a closed service receives nothing"


def test_the_tree_never_bites_its_tail(office, root):
    technique = make_service("technique")
    voirie = make_service("voirie", parent=technique)
    assert would_loop(technique.pk, voirie.pk)
    assert would_loop(voirie.pk, voirie.pk)
    assert not would_loop(voirie.pk, root.pk)
    assert not would_loop(voirie.pk, None)
    data = {"name": "Technique", "code": "technique", "kind": "direction", "parent": voirie.pk, "assignment": "manual"}
    response = office.post(page(Service, "change", technique.pk), data)
    assert "parent" in response.context["adminform"].form.errors
    assert_status(office.post(page(Service, "change", technique.pk), data | {"parent": root.pk}), 302)


def test_the_tree_is_listed_in_its_order(office, root):
    technique = make_service("technique", "Technique")
    make_service("arbres", "Arbres", parent=technique)
    listed = office.get(page(Service)).context["cl"].result_list
    assert [service.code for service in listed] == ["mairie", "accueil", "technique", "arbres"]


def test_tree_order_is_pure_and_complete():
    rows = [(1, None, "Mairie"), (4, 2, "b"), (2, 1, "Z"), (3, 1, "a"), (5, 2, "A")]
    assert tree_order(rows) == [(1, 0), (3, 1), (2, 1), (5, 2), (4, 2)]
    assert tree_order([]) == []


def test_keywords_are_one_a_line(office):
    lighting = make_type("eclairage", make_service("voirie"), keywords=["lampe"])
    url = page(RequestType, "change", lighting.pk)
    assert office.get(url).context["adminform"].form["keywords"].value() == "lampe"
    data = {
        "name": "Éclairage",
        "code": "eclairage",
        "service": lighting.service_id,
        "target": 3,
        "target_unit": "working_days",
        "regime": "none",
        "is_active": "on",
        "keywords": "lampadaire\r\n  feu   rouge \r\n\r\nlampadaire",
    }
    assert_status(office.post(url, data), 302)
    lighting.refresh_from_db()
    assert lighting.keywords == ["lampadaire", "feu rouge"]
    refused = office.post(url, data | {"regime": "SVA"})
    assert refused.context["adminform"].form.errors, "this regime needs a delay"


def test_an_article_changed_here_is_found_by_its_new_words(office):
    article = make_article("Une question ?", "Une réponse.", make_service("voirie"))
    data = {
        "question": "Où poser une échelle ?",
        "answer": "Nulle part.",
        "service": article.service_id,
        "audience": "public",
        "is_published": "on",
    }
    assert_status(office.post(page(Article, "change", article.pk), data), 302)
    article.refresh_from_db()
    assert "échelle" in article.search_text
    assert article.updated_by is not None


def test_the_town_stays_alone(office):
    assert_status(office.get(page(Town, "add")), 403)
    data = {"name": "Orme", "email": "a@example.org", "accent": "#0f5c6e", "answer_hours": 48}
    data["holiday_region"] = "metropole"
    assert_status(office.post(page(Town, "change", 1), data), 302)
    assert Town.objects.get().answer_hours == 48


def test_every_configuration_page_is_registered():
    assert all(admin.site.is_registered(model) for model in CONFIGURATION)
