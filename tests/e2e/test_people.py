"""People in a real browser: two cards found alike, merged, undone; a card corrected; a requester changed."""

import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels_intake.models import Call
from directory.actions.citizens import Requester
from directory.actions.people_duplicates import duplicates_find
from directory.models import Agent, Citizen, ContactPoint, Household
from tests.support.asserts import assert_accessible
from tests.support.factories import make_agent, make_citizen, make_service, make_ticket, make_town, make_type

HERE = "12 rue des Tilleuls, 99120 Rives-sur-Orme"
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def shot(page: Any, name: str) -> None:
    """A picture for whoever reviews the pages: SCREENSHOTS=folder."""
    folder = os.environ.get("SCREENSHOTS")
    if not folder:
        return
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


@pytest.fixture
def claire() -> Citizen:
    """Claire, her other card, her household, what she asked."""
    now, voirie = timezone.now(), make_service("voirie", "Voirie")
    lighting = make_type("eclairage", voirie, name="Éclairage public")
    claire = make_citizen("Claire Vasseur", email="claire.vasseur@example.org", phone="06 39 98 12 34")
    Citizen.objects.filter(pk=claire.pk).update(address=HERE, created_at=now - timedelta(days=200))
    twin = make_citizen("VASSEUR Claire", email="c.vasseur@example.net")
    Citizen.objects.filter(pk=twin.pk).update(address="12, r. des Tilleuls", birth_date=date(1987, 5, 4))
    ContactPoint.objects.filter(value="c.vasseur@example.net").update(failing_since=now, failure="550 5.1.1 inconnu")
    home = Household.objects.create(name="Vasseur", address=HERE)
    paul = make_citizen("Paul Vasseur")
    Citizen.objects.filter(pk__in=[claire.pk, paul.pk]).update(household=home)
    ana = make_citizen("Ana Costa")
    Citizen.objects.filter(pk=ana.pk).update(address=HERE)
    subjects = ["Lampadaire éteint allée du Stade", "Bac jaune non ramassé", "Inscription à la cantine scolaire"]
    for number, subject in enumerate(subjects):
        kind = {"request_type": lighting} if not number else {"service": voirie}
        make_ticket(
            citizen=claire, requester=Requester(), subject=subject, now=now - timedelta(days=9 * number), **kind
        )
    make_ticket(citizen=paul, requester=Requester(), subject="Place en crèche pour septembre", service=voirie)
    make_ticket(citizen=twin, requester=Requester(), subject="Tag sur le mur du gymnase", service=voirie)
    Call.objects.create(external_id="1", citizen=claire, state="missed", ringing_at=now - timedelta(days=2))
    duplicates_find(now=now)
    return Citizen.objects.get(pk=claire.pk)


@pytest.fixture
def agent_page(page: Any, claire: Citizen, client_of: Callable[[Agent], Client], live_server: Any) -> Any:
    agent = make_agent(("phone", make_town()), first_name="Camille", last_name="Durand")
    session = client_of(agent).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    return page


def test_two_cards_become_one_and_two_again(agent_page: Any) -> None:
    page = agent_page
    page.goto(reverse("tickets:duplicates"))
    page.get_by_text("Même nom, même adresse").wait_for()
    assert_accessible(page)
    shot(page, "duplicates")
    page.get_by_role("link", name="Fusionner").click()
    page.get_by_role("heading", name="Une personne, deux fiches ?").wait_for()
    assert_accessible(page)
    shot(page, "merge")
    page.get_by_role("button", name="Fusionner les deux fiches").click()
    page.get_by_role("heading", name="Claire Vasseur").wait_for()
    page.get_by_text("Tag sur le mur du gymnase").wait_for()
    page.get_by_role("link", name="c.vasseur@example.net").wait_for()
    assert_accessible(page)
    shot(page, "person")
    page.get_by_role("button", name="Annuler la fusion").click()
    page.get_by_text("il y a de nouveau deux fiches").wait_for()
    assert page.get_by_text("Tag sur le mur du gymnase").count() == 0
    page.get_by_text("autre fiche est peut-être").wait_for()
    assert_accessible(page)
    shot(page, "person-alike")
    page.get_by_role("button", name="Ce sont deux personnes").click()
    page.get_by_text("C’est noté").wait_for()
    assert page.get_by_text("autre fiche est peut-être").count() == 0


def test_the_card_is_corrected_and_a_request_given_to_its_right_owner(agent_page: Any, claire: Citizen) -> None:
    page = agent_page
    page.goto(reverse("tickets:person_edit", args=[claire.pk]))
    assert_accessible(page)
    shot(page, "edit")
    page.get_by_label("Date de naissance").fill("1987-05-04")
    page.get_by_role("button", name="Enregistrer la fiche").click()
    page.get_by_text("4 mai 1987").wait_for()
    page.get_by_role("link", name="Bac jaune non ramassé").click()
    page.get_by_role("link", name="Ce n’est pas la bonne personne").click()
    page.get_by_label("Nom, numéro ou adresse électronique").fill("paul")
    page.get_by_role("button", name="Rechercher").last.click()
    page.get_by_role("button", name="C’est cette personne").wait_for()
    assert_accessible(page)
    shot(page, "requester")
    page.get_by_role("button", name="C’est cette personne").click()
    page.get_by_text("Le demandeur est changé").wait_for()
    page.get_by_text("1 demande du foyer").or_(page.get_by_text("demandes du foyer")).wait_for()
    shot(page, "ticket")
