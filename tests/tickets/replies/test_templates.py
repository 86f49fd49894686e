"""Reply templates: who writes them, what a composer is offered, with which values."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from core.errors import Invalid, NotAllowed
from directory.actions.citizens import Requester
from directory.models import Agent, Service
from directory.selectors import town_get
from grc.demo import data
from knowledge.models import Audience, ReplyTemplate
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_article, make_service, make_ticket, make_town, make_type
from tickets.actions.replies.delivered_templates import delivered, templates_load
from tickets.actions.replies.templates import template_save
from tickets.models import Ticket
from tickets.reply_frame import has_closing, has_greeting
from tickets.reply_variables import VARIABLES, unknown_variables
from tickets.selectors.reply_templates import template_values, templates_for

pytestmark = pytest.mark.django_db


def make(title: str, body: str = "Bonjour,\n\nOui.\n\nCordialement,", **fields: Any) -> ReplyTemplate:
    return template_save(template=ReplyTemplate(title=title, body=body, **fields), actor=None, now=timezone.now())


def test_an_unknown_variable_is_refused_and_named(voirie: Service, agent: Agent, client_of: Any) -> None:
    fields = {"title": "Réponse", "body": "Bonjour {{ prénom }}", "service": voirie.pk}
    page = assert_status(client_of(agent).post(reverse("tickets:template_new"), fields), 422).content.decode()
    assert "Ces variables n’existent pas\u00a0: {{ prénom }}" in page
    assert "Bonjour {{ prénom }}</textarea>" in page
    assert not ReplyTemplate.objects.exists()
    with pytest.raises(Invalid):
        make("x", "{{ agent")


def test_a_template_is_written_changed_put_away_and_back(voirie: Service, agent: Agent, client_of: Any) -> None:
    client = client_of(agent)
    fields = {"title": "Lampadaire", "body": "Bonjour {{ nom du demandeur }}", "service": voirie.pk}
    assert_status(client.post(reverse("tickets:template_new"), fields), 302)
    template = ReplyTemplate.objects.get()
    assert template.updated_by == agent
    assert_status(
        client.post(reverse("tickets:template_edit", args=[template.pk]), fields | {"title": "Éclairage"}), 302
    )
    assert "Éclairage" in client.get(reverse("tickets:templates")).content.decode()
    client.post(reverse("tickets:template_retire", args=[template.pk]))
    assert "Éclairage" not in client.get(reverse("tickets:templates")).content.decode()
    assert "Éclairage" in client.get(reverse("tickets:templates") + "?show=retired").content.decode()
    client.post(reverse("tickets:template_retire", args=[template.pk]), {"active": "1"})
    assert "Éclairage" in client.get(reverse("tickets:templates")).content.decode()


def test_templates_of_every_service_are_the_administrators(voirie: Service, agent: Agent, client_of: Any) -> None:
    common, elsewhere = make("Commun"), make("Ailleurs", service=make_service("scolaire"))
    for template in (common, elsewhere):
        client = client_of(agent)
        assert_status(client.get(reverse("tickets:template_edit", args=[template.pk])), 403)
        assert_status(client.post(reverse("tickets:template_retire", args=[template.pk])), 403)
    page = client_of(agent).post(reverse("tickets:template_new"), {"title": "t", "body": "b"})
    assert_status(page, 422)
    with pytest.raises(NotAllowed):
        template_save(template=common, actor=agent, now=timezone.now())
    elsewhere.service = voirie
    with pytest.raises(NotAllowed):
        template_save(template=elsewhere, actor=agent, now=timezone.now())
    administrator = make_agent(("admin", make_town()))
    assert_status(client_of(administrator).get(reverse("tickets:template_edit", args=[common.pk])), 200)
    assert_status(client_of(administrator).post(reverse("tickets:template_new"), {"title": "t", "body": "b"}), 302)


def test_who_works_nowhere_sees_no_template(client_of: Any) -> None:
    elected = make_agent(("elected", make_town()))
    assert_status(client_of(elected).get(reverse("tickets:templates")), 403)
    assert_status(client_of(elected).get(reverse("tickets:template_new")), 403)


def test_a_ticket_is_offered_its_type_first_then_its_service_then_the_most_used(voirie: Service) -> None:
    kind, other = make_type("lampadaire", voirie), make_type("trou", voirie)
    root = voirie.parent
    make("Autre type", service=voirie, request_type=other, use_count=99)
    make("Commun peu utilisé")
    make("Commun utilisé", use_count=9)
    make("Mairie", service=root, use_count=3)
    make("Voirie", service=voirie)
    make("Type", request_type=kind)
    make("Ailleurs", service=make_service("scolaire"))
    make("Rangé", service=voirie, is_active=False)
    ticket = make_ticket(request_type=kind)
    titles = [each.title for each in templates_for(ticket)]
    assert titles == ["Type", "Voirie", "Commun utilisé", "Mairie", "Commun peu utilisé", "Autre type"]
    assert [each.title for each in templates_for(ticket, text="commun UTILISE")] == [
        "Commun utilisé",
        "Commun peu utilisé",
    ]
    assert [each.title for each in templates_for(ticket, text="mair")] == ["Mairie"]
    assert not list(templates_for(ticket, text="introuvable"))


def test_the_picker_fills_the_variables_and_marks_those_without_value(
    voirie: Service, agent: Agent, client_of: Any
) -> None:
    make("Passage", "Bonjour {{ nom du demandeur }}, lieu : {{ lieu }}, {{ référence }}")
    ticket = make_ticket(service=voirie, requester=Requester(name="Léa Roy", email="lea@example.org"))
    address = reverse("tickets:template_pick", args=[ticket.reference])
    headers = {"HX-Request": "true", "HX-Target": "template-options"}
    page = client_of(agent).get(address, headers=headers).content.decode()
    assert f'data-text="Bonjour Léa Roy, lieu : [à compléter : lieu], {ticket.reference}"' in page
    assert "<html" not in page
    whole = client_of(agent).get(address).content.decode()
    template = ReplyTemplate.objects.get()
    assert f"?modele={template.pk}#compose" in whole
    detail = client_of(agent).get(reverse("tickets:detail", args=[ticket.reference]) + f"?modele={template.pk}")
    assert "Bonjour Léa Roy, lieu : [à compléter : lieu]" in detail.content.decode()


def test_uses_are_counted_when_the_reply_leaves(voirie: Service, agent: Agent, client_of: Any) -> None:
    template = make("Passage")
    ticket = make_ticket(service=voirie)
    address = reverse("tickets:reply", args=[ticket.reference])
    fields = {"then": "answered", "templates": [template.pk, template.pk, "x"]}
    client_of(agent).post(address, fields | {"body": "Le XXX"})
    template.refresh_from_db()
    assert template.use_count == 0
    client_of(agent).post(address, fields | {"body": "Oui."})
    template.refresh_from_db()
    assert template.use_count == 1


def test_articles_are_searched_inserted_and_counted_when_the_reply_leaves(
    voirie: Service, agent: Agent, client_of: Any
) -> None:
    article = make_article("Comment louer une benne ?", "La benne se demande en ligne.", voirie)
    make_article("Comment refaire un passeport ?", "Prenez rendez-vous.", voirie)
    ticket, client = make_ticket(service=voirie), client_of(agent)
    address = reverse("tickets:template_pick", args=[ticket.reference])
    headers = {"HX-Request": "true", "HX-Target": "template-options"}
    page = client.get(address, {"what": "articles", "q": "benne"}, headers=headers).content.decode()
    assert 'data-text="La benne se demande en ligne."' in page
    assert "passeport" not in page
    link = f"?article={article.pk}#compose"
    assert link in client.get(address, {"what": "articles"}).content.decode()
    detail = client.get(reverse("tickets:detail", args=[ticket.reference]) + f"?article={article.pk}").content.decode()
    assert "La benne se demande en ligne.</textarea>" in detail
    assert f'name="articles" value="{article.pk}"' in detail
    fields = {"then": "answered", "articles": [article.pk, article.pk]}
    for body, count in (("Le XXX", 0), ("La benne se demande en ligne.", 1)):
        client.post(reverse("tickets:reply", args=[ticket.reference]), fields | {"body": body})
        article.refresh_from_db()
        assert article.answer_count == count


def test_an_internal_article_is_read_and_noted_but_never_sent(voirie: Service, agent: Agent, client_of: Any) -> None:
    internal = make_article("Comment calmer la file ?", "Ne dites rien au public.", voirie, audience=Audience.INTERNAL)
    ticket, client = make_ticket(service=voirie, subject="Calmer la file"), client_of(agent)
    page, read = reverse("tickets:detail", args=[ticket.reference]), reverse("knowledge:detail", args=[internal.pk])
    pick = reverse("tickets:template_pick", args=[ticket.reference])
    headers = {"HX-Request": "true", "HX-Target": "template-options"}
    for shown in (
        client.get(pick, {"what": "articles"}, headers=headers).content.decode(),
        client.get(pick, {"what": "articles"}).content.decode(),
        client.get(reverse("tickets:aside", args=[ticket.reference])).content.decode(),
    ):
        assert "Interne" in shown
        assert read in shown
        assert "note" in shown
        assert f'data-article="{internal.pk}"' not in shown
    opened = client.get(page, {"article": internal.pk})
    assert opened.context["reply_form"]["body"].value() == ""
    assert opened.context["note_form"]["body"].value() == "Ne dites rien au public."
    assert (opened.context["composing"], opened.context["articles_kept"]) == ("note", [])
    client.post(
        reverse("tickets:reply", args=[ticket.reference]),
        {"then": "answered", "articles": [internal.pk], "body": "Oui."},
    )
    internal.refresh_from_db()
    assert internal.answer_count == 0


def test_every_variable_has_a_value_of_a_complete_ticket(voirie: Service, agent: Agent) -> None:
    kind = make_type("benne", voirie, regime="SVR", delay_months=2)
    Service.objects.filter(pk=voirie.pk).update(opening_hours="Lundi\nMardi")
    ticket = Ticket.objects.get(pk=make_ticket(request_type=kind, location="allée du Stade").pk)
    values = template_values(ticket, agent, town_get(), now=timezone.now())
    assert {each.code for each in VARIABLES} == set(values)
    assert [code for code, value in values.items() if not value] == []
    assert values["service_hours"] == "Lundi, Mardi"


def test_the_list_costs_the_same_whatever_its_length(
    voirie: Service, agent: Agent, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        make(f"Modèle {number}", service=voirie)
    client = client_of(agent)
    client.get(reverse("tickets:templates"))
    for query in ("", "?q=modele"):
        with django_assert_max_num_queries(12):
            client.get(reverse("tickets:templates") + query)


def test_the_delivered_templates_may_be_saved_and_leave_and_none_is_twice() -> None:
    templates = [*delivered(), *data.reply_templates()]
    assert 12 <= len(delivered()) <= 15
    assert len({entry["title"] for entry in templates}) == len(templates)
    for entry in templates:
        assert unknown_variables(entry["body"]) == []
        assert has_greeting(entry["body"]), entry["title"]
        assert has_closing(entry["body"]), entry["title"]


def test_they_are_loaded_into_a_town_that_has_none_and_only_then(voirie: Service) -> None:
    assert templates_load(timezone.now()) == len(delivered())
    ReplyTemplate.objects.exclude(title="Rendez-vous proposé").delete()
    ReplyTemplate.objects.update(body="Bonjour,\n\nVenez.\n\nCordialement,", is_active=False)
    assert templates_load(timezone.now()) == 0
    assert ReplyTemplate.objects.count() == 1
