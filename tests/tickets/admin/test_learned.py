"""The page of the learned routing in the administration."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.support.asserts import assert_accessible, assert_fits, assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tests.tickets.routing.test_training import learn_now, past
from tickets.actions.processing import ticket_classify
from tickets.admin.learned_figures import acceptance
from tickets.models import RoutingModel, RoutingSettings, RoutingTraining, Ticket, TicketSuggestion

PAGE = reverse("admin:tickets_routingmodel_changelist")
LEARN = reverse("admin:tickets_routingmodel_learn")
SETTINGS = reverse("admin:tickets_routingmodel_settings")
TRY = reverse("admin:tickets_routingmodel_try")
pytestmark = pytest.mark.django_db


def test_only_administrators_open_it(only_administrators: Any) -> None:
    only_administrators(PAGE)
    only_administrators(TRY, 302)


@pytest.mark.parametrize("url", [LEARN, SETTINGS, TRY])
def test_only_administrators_use_it(url: str, client_of: Any, root: Any) -> None:
    client = client_of(make_agent(("manager", root), is_staff=True))
    assert_status(client.post(url, {"confidence": 60, "text": "trou"}), 403)
    assert not RoutingTraining.objects.exists()
    assert not RoutingSettings.objects.exists()


def test_before_anything_was_learned(office: Any) -> None:
    page = office.get(PAGE).content.decode()
    assert "Rien n’a encore été appris" in page
    assert "Aucun mot de ce texte" in office.post(TRY, {"text": "Un trou"}).content.decode()


def test_it_shows_what_the_version_is_worth(office: Any, django_assert_max_num_queries: Any) -> None:
    types = past()
    learn_now()
    with django_assert_max_num_queries(16):
        page = office.get(PAGE).content.decode()
    for text in ("Bon type, première suggestion", "mots-clés seuls", types["trou"].name, "Version", "En service"):
        assert text in page, text
    for confidence in range(50, 100, 5):
        assert f"{confidence} %" in page
    assert "Ce que sont devenues les suggestions" not in page
    TicketSuggestion.objects.create(
        ticket=Ticket.objects.latest("received_at"), request_type=types["trou"], confidence=0.9, is_right=True
    )
    Ticket.objects.update(received_at=timezone.now())
    page = office.get(PAGE).content.decode()
    for text in ("Ce que sont devenues les suggestions, sur 90 jours", "Mesuré d’avance, à une confiance de 75"):
        assert text in page, text


def test_what_became_of_the_suggestions(office: Any) -> None:
    service = make_service("voirie")
    kind, other, agent = make_type("trou", service), make_type("arbre", service), make_agent(("pilot", service))
    now = timezone.now()

    def suggested(*, given: Any = None, **fields: Any) -> Ticket:
        ticket = make_ticket(service=service, routed=False, now=fields.pop("received_at", now))
        Ticket.objects.filter(pk=ticket.pk).update(
            request_type=given, first_answered_at=fields.pop("answered_at", None)
        )
        TicketSuggestion.objects.create(ticket=ticket, request_type=kind, confidence=0.9, **fields)
        return ticket

    suggested(given=kind, is_right=True)
    suggested(given=kind, is_applied=True, answered_at=now)
    suggested(is_right=False)
    ticket_classify(ticket=suggested(is_right=False), request_type=other, actor=agent, now=now)
    suggested(given=kind, is_applied=True)
    suggested(given=other), suggested()
    suggested(is_right=False, received_at=now - timedelta(days=91))
    assert acceptance(now) == {
        **{"made": 7, "right": 1, "left": 1, "aside": 1, "corrected": 1, "ignored": 3},
        **{"share": 50.0, "dealt": 4, "days": 90},
    }


def test_a_text_can_be_tried_and_is_not_kept(office: Any) -> None:
    types = past()
    learn_now()
    page = office.post(TRY, {"text": "La chaussée a un trou profond."}).content.decode()
    assert types["trou"].name in page
    assert "Ce type serait suggéré." in page
    assert "parce que" in page
    assert_status(office.post(TRY, {"text": ""}), 422)


def test_the_confidence_is_set_between_50_and_99(office: Any) -> None:
    assert_status(office.post(SETTINGS, {"confidence": 90, "applies_alone": ""}), 302)
    row = RoutingSettings.objects.get()
    assert (row.pk, row.confidence, row.applies_alone) == (1, 90, False)
    assert_status(office.post(SETTINGS, {"confidence": 30}), 422)
    assert_status(office.post(SETTINGS, {"confidence": 60, "applies_alone": "on"}), 302)
    assert RoutingSettings.objects.get().confidence == 60


def test_learning_is_asked_once_and_followed(office: Any, told: Any, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert_status(office.post(LEARN), 302)
    training = RoutingTraining.objects.get()
    assert told[-1] == ("tickets.learn_routing", (training.pk,))
    assert_status(office.post(LEARN), 302)
    assert RoutingTraining.objects.count() == 1
    RoutingTraining.objects.update(step="learning", percent=45)
    part = office.get(PAGE, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="trainings").content.decode()
    assert 'value="45"' in part
    assert "<html" not in part
    assert "hx-trigger" in part


def test_a_former_version_is_used_again(office: Any) -> None:
    past()
    first, second = learn_now(), learn_now()
    assert second.is_current
    url = reverse("admin:tickets_routingmodel_use", args=[first.pk])
    assert url in office.get(PAGE).content.decode()
    assert_status(office.post(url), 302)
    assert RoutingModel.objects.get(is_current=True) == first
    assert_status(office.post(reverse("admin:tickets_routingmodel_use", args=[99999])), 404)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_page_is_accessible(admin_page: Any) -> None:
    past()
    learn_now()
    for width in (1440, 390):
        admin_page.set_viewport_size({"width": width, "height": 900})
        admin_page.goto(PAGE)
        assert_accessible(admin_page)
        assert_fits(admin_page)
    admin_page.get_by_label("Texte d’une demande").fill("Un gros trou dans la chaussée")
    admin_page.get_by_role("button", name="Essayer").click()
    admin_page.get_by_text("Ce type serait suggéré.").wait_for()
    assert_accessible(admin_page)
