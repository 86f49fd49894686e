"""Lists in a real browser: keyboard, filters, selection, a grouped action and its undoing, views, exports, a phone."""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from directory.actions.citizens import Requester
from directory.models import Agent, Service
from tests.e2e.test_agent_journey import log_in, press
from tests.support.asserts import assert_accessible
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tickets.actions.lists.bulk import bulk_run
from tickets.actions.lists.exports import export_run
from tickets.actions.lists.saved_views import view_save
from tickets.actions.processing import ticket_assign
from tickets.actions.tags import ticket_tag
from tickets.listing import list_to_export
from tickets.models import BulkJob, Export, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SUBJECTS = (
    "Lampadaire éteint devant l’école Jules-Ferry",
    "Nid-de-poule rue de la République, dangereux pour les vélos",
    "Benne à gravats pour travaux, trois jours",
    "Arbre penché au-dessus du trottoir",
    "Feu tricolore bloqué au rouge",
)


@pytest.fixture
def voirie() -> Service:
    return make_service("voirie", "Voirie et éclairage")


@pytest.fixture
def agent(voirie: Service) -> Agent:
    return make_agent(("referent", voirie), first_name="Camille", last_name="Durand", email="camille@rives.example")


@pytest.fixture
def few(voirie: Service, agent: Agent) -> list[Ticket]:
    return made(5, voirie, agent)


@pytest.fixture
def tickets(voirie: Service, agent: Agent) -> list[Ticket]:
    return made(30, voirie, agent)


def made(count: int, voirie: Service, agent: Agent) -> list[Ticket]:
    now = timezone.now()
    lamp = make_type("lampadaire", voirie, name="Éclairage public")
    benne = make_type("benne", voirie, name="Occupation du domaine public", regime="SVR", delay_months=2)
    tickets = []
    for number in range(count):
        at = now - timedelta(hours=7 * number)
        ticket = make_ticket(
            request_type=benne if number % 5 == 2 else lamp,
            subject=SUBJECTS[number % 5],
            channel=("web", "email", "phone", "counter")[number % 4],
            location=f"{number + 1} rue de la République",
            requester=Requester(name=f"Personne Numéro{number}", email=f"p{number}@example.org"),
            now=at,
            received_at=at,
        )
        if number % 3 == 0:
            ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=now)
        if number % 4 == 0:
            ticket_tag(ticket=ticket, add=["orage", "secteur nord"], actor=agent, now=now)
        tickets.append(ticket)
    return tickets


@pytest.fixture
def shoot(page: Any) -> Callable[[str], None]:
    """With SHOTS=/a/folder, a picture of the page at three widths, to be looked at."""

    def taken(name: str) -> None:
        folder = os.environ.get("SHOTS")
        if not folder:
            return
        for width, height in ((1440, 900), (834, 1112), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"))
        page.set_viewport_size({"width": 1440, "height": 900})

    return taken


def test_a_storm_is_tidied_up_from_the_keyboard(
    page: Any, agent: Agent, voirie: Service, tickets: list[Ticket], shoot: Any
) -> None:
    log_in(page, agent)
    page.goto(reverse("tickets:queue", args=["all"]))
    expect(page.locator("tbody tr")).to_have_count(25)
    shoot("list")
    assert_accessible(page)

    # a filter, from the keyboard
    press(page, "f")
    page.get_by_role("link", name="Canal", exact=True).click()
    expect(page.locator("#filter-editor input").first).to_be_focused()
    page.get_by_role("checkbox", name="Téléphone").check()
    shoot("filter")
    assert_accessible(page)
    page.get_by_role("button", name="Filtrer la liste").click()
    expect(page.locator(".filter-chip")).to_have_count(1)
    expect(page.locator("tbody tr")).to_have_count(7)

    # rows: down twice, chosen, then up to the fourth
    press(page, "j", "x", "j", "j", "Shift+X")
    expect(page.locator("[name=selected]:checked")).to_have_count(3)
    expect(page.locator("[data-selected-count]")).to_have_text("3")
    shoot("selected")
    assert_accessible(page)
    page.get_by_label("Toute la liste").check()
    expect(page.locator("#bulk-total")).to_have_text("(7)")

    # what the keys do here is said; a grouped action from them, what it did, and its undoing
    press(page, "?")
    for told in ("Étiqueter les demandes choisies", "sur la page d’une demande, x la transfère"):
        expect(page.locator("[data-shortcut-list]")).to_contain_text(told)
    page.keyboard.press("Escape")
    press(page, "b", "e")
    expect(page.get_by_label("Étiquettes")).to_be_visible()
    shoot("bulk")
    assert_accessible(page)
    page.get_by_label("Étiquettes").fill("tempête")
    page.get_by_role("button", name="Ajouter les étiquettes").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("7 demandes")
    job = BulkJob.objects.get()
    bulk_run(job_id=job.pk, now=timezone.now())
    expect(page.get_by_text("Terminé le")).to_be_visible()  # the page looked again by itself
    assert Ticket.objects.filter(tags__contains=["tempête"]).count() == 7
    shoot("job")
    assert_accessible(page)
    page.get_by_role("button", name="Annuler cette action").click()
    bulk_run(job_id=job.pk, now=timezone.now())
    expect(page.get_by_text("7 demandes sur 7 rétablies")).to_be_visible()
    assert not Ticket.objects.filter(tags__contains=["tempête"]).exists()


def test_a_list_is_kept_shared_and_exported(
    page: Any, agent: Agent, voirie: Service, tickets: list[Ticket], shoot: Any
) -> None:
    view_save(actor=agent, name="Orage du 12", queue="all", query="tag=orage", shared_with=voirie)
    log_in(page, agent)
    page.goto(reverse("tickets:queue", args=["all"]) + "?status=open&status=new&sort=oldest")
    page.locator("summary", has_text="Plus :").click()
    page.get_by_role("link", name="Enregistrer cette liste comme vue").click()
    assert_accessible(page)
    shoot("view-form")
    page.get_by_label("Nom de la vue").fill("Les plus vieilles")
    page.get_by_role("button", name="Enregistrer la vue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Les plus vieilles")
    expect(page.locator("[data-view-count]").first).to_have_text("8")
    shoot("view")

    # columns belong to the view
    page.locator("summary", has_text="Colonnes").click()
    page.get_by_label("Lieu").check()
    page.get_by_label("Étiquettes").check()
    page.get_by_role("button", name="Afficher ces colonnes").click()
    expect(page.get_by_role("columnheader", name="Lieu")).to_be_visible()
    shoot("columns")
    assert_accessible(page)

    page.locator("summary", has_text="Plus :").click()
    page.get_by_role("button", name="Exporter en CSV").click()
    export = Export.objects.get()
    export_run(export_id=export.pk, listed=list_to_export)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert len(Path(download.value.path()).read_bytes().splitlines()) == 31
    shoot("jobs")
    assert_accessible(page)
    page.goto(reverse("tickets:views"))
    shoot("views")
    assert_accessible(page)


def test_what_comes_in_is_told_and_nothing_moves(page: Any, agent: Agent, voirie: Service, few: list[Ticket]) -> None:
    log_in(page, agent)
    page.clock.install()
    with page.expect_response("**/nouveautes/**"):  # what there was at first
        page.goto(reverse("tickets:queue", args=["all"]))
    top = page.locator("tbody tr").first
    place, subject = top.bounding_box(), top.locator("a").inner_text()
    make_ticket(service=voirie, subject="Fuite de gaz", now=timezone.now() - timedelta(days=30))
    page.clock.run_for(31_000)
    notice = page.get_by_text("1 nouvelle demande")
    expect(notice).to_be_visible()
    assert top.bounding_box() == place
    assert top.locator("a").inner_text() == subject
    assert_accessible(page)
    notice.click()
    expect(page.locator("tbody tr").first).to_contain_text("Fuite de gaz")


def test_a_folded_group_stays_folded_and_its_shortcuts_work(page: Any, agent: Agent, few: list[Ticket]) -> None:
    log_in(page, agent)
    page.goto(reverse("tickets:queue", args=["all"]))
    with page.expect_response("**/menu/"):
        page.locator("summary.nav__title", has_text="Demandes").click()
    page.reload()
    expect(page.get_by_role("link", name="Mes demandes")).not_to_be_visible()
    press(page, "g", "m")
    expect(page).to_have_url(re.compile(reverse("tickets:queue", args=["mine"]) + "$"))


BYTES = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .map((entry) => [entry.transferSize, new URL(entry.name).pathname])"""
MOST_BYTES = 100_000


def test_after_the_first_page_the_others_are_light(
    page: Any, agent: Agent, voirie: Service, tickets: list[Ticket]
) -> None:
    """What travels once the browser keeps the styles and scripts of the first page."""
    log_in(page, agent)
    page.goto(reverse("tickets:queue", args=["all"]))
    heavy = {}
    for path in (
        reverse("tickets:queue", args=["mine"]),
        reverse("tickets:detail", args=[tickets[0].reference]),
        reverse("tickets:search") + "?q=lampadaire",
        reverse("tickets:tasks"),
        reverse("tickets:jobs"),
        reverse("notices:list"),
        reverse("knowledge:list"),
    ):
        page.goto(path)
        weights = page.evaluate(BYTES)
        assert weights[0][0] > 1_000, path  # the page itself travelled
        if sum(size for size, _name in weights) >= MOST_BYTES:
            heavy[path] = sorted(weights, reverse=True)[:5]
    assert not heavy
