"""The kiosk, the display, and what the portal and the dashboard say of the waits. Nothing personal in public."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from channels_intake.counter import public_views
from channels_intake.counter.actions import visit_call, visit_call_next, visit_finish, visit_serve
from channels_intake.models import Visit, VisitPriority
from directory.models import Site
from tests.support.asserts import assert_status
from tests.support.counter import arrive, make_desk, make_reason, make_screens, make_site
from tests.support.factories import make_agent, make_service, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return make_site()


@pytest.fixture
def screens(site):
    return make_screens(site)


@pytest.fixture
def kiosk(screens):
    return reverse("kiosk:home", args=[screens.kiosk_token])


@pytest.fixture
def display(screens):
    return reverse("kiosk:display", args=[screens.display_token])


def key():
    return str(uuid.uuid4())


def test_the_kiosk_gives_a_number_once(client, kiosk):
    reason = make_reason("Passeport", "B")
    sent = {"key": key(), "reason": reason.pk, "priority": "2"}
    answers = [client.post(kiosk, sent), client.post(kiosk, sent)]
    visit = Visit.objects.get()
    assert (visit.label, visit.priority, visit.by_kiosk, visit.name) == (
        "B001",
        VisitPriority.REDUCED_MOBILITY,
        True,
        "",
    )
    page = client.get(answers[1].url)
    assert "B001" in page.content.decode()
    assert page["Refresh"].endswith(f"url={kiosk}")


def test_the_kiosk_speaks_french_then_english_and_forgets(client, kiosk):
    make_reason("Passeport", label_en="Passport")
    assert "Prenez un numéro" in client.get(kiosk).content.decode()
    english = client.get(f"{kiosk}?langue=en")
    assert "Take a number" in english.content.decode()
    assert ">Passport<" in english.content.decode()
    assert english["Content-Language"] == "en"
    number = client.post(f"{kiosk}?langue=en", {"key": key()}).url
    assert "Your number" in client.get(number).content.decode()
    client.cookies["django_language"] = "en"
    assert "Prenez un numéro" in client.get(kiosk).content.decode(), "the language of the visitor before is not kept"


def test_the_kiosk_needs_no_script_and_goes_back_by_itself(client, kiosk, site):
    make_reason()
    page = client.get(kiosk)
    scripts = re.findall(r'<script[^>]*src="([^"]+)"', page.content.decode())
    assert [src for src in scripts if "theme-early" not in src] == []
    assert page["Refresh"] == f"{public_views.IDLE_FOR}; url={kiosk}"
    assert "no-store" in page["Cache-Control"]


def test_a_kiosk_asks_neither_name_nor_hour(client, kiosk):
    client.post(kiosk, {"key": key(), "name": "Mme Bertin", "appointment": "10:30"})
    visit = Visit.objects.get()
    assert (visit.name, visit.appointment_at) == ("", None)


def test_a_kiosk_offers_the_reasons_of_its_site(client, kiosk, site):
    annexe = make_site("annexe", "Annexe")
    make_reason("Ailleurs").sites.add(annexe)
    make_reason("Ici").sites.add(site)
    make_reason("Partout")
    make_reason("Ancien", is_active=False)
    page = client.get(kiosk).content.decode()
    assert [word for word in ("Ailleurs", "Ici", "Partout", "Ancien") if f">{word}<" in page] == ["Ici", "Partout"]


@pytest.mark.parametrize("sent", [{}, {"key": "x"}, {"key": "\x00", "reason": "\x00"}])
def test_what_is_not_a_form_gives_no_number(client, kiosk, sent):
    assert_status(client.post(kiosk, sent), 200)
    assert not Visit.objects.exists()


def test_nobody_floods_the_kiosk(client, kiosk, monkeypatch):
    monkeypatch.setattr(public_views, "NUMBERS_A_MINUTE", 3)
    statuses = [client.post(kiosk, {"key": key()}).status_code for _ in range(5)]
    assert statuses == [302, 302, 302, 429, 429]
    assert Visit.objects.count() == 3
    assert "Adressez-vous à l’accueil" in client.post(kiosk, {"key": key()}).content.decode()


def test_only_the_address_opens_a_screen(client, screens, kiosk, display, site):
    swapped = [
        reverse("kiosk:home", args=[screens.display_token]),
        reverse("kiosk:display", args=[screens.kiosk_token]),
        reverse("kiosk:home", args=["x"]),
        reverse("kiosk:home", args=[site.code]),
    ]
    for url in swapped:
        assert_status(client.get(url), 404)
    Site.objects.update(is_active=False)
    for url in (kiosk, display):
        assert_status(client.get(url), 404)


def test_the_administration_shows_and_renews_the_addresses(client_of, screens, kiosk, client, settings):
    office = client_of(make_agent(("admin", make_town()), is_staff=True))
    page = reverse("admin:channels_intake_sitescreens_changelist")
    link = f'href="{settings.SITE_URL}{kiosk}"'
    assert link in office.get(page).content.decode()
    make_desk(screens.site, "Guichet 9")
    desks = reverse("admin:channels_intake_desk_changelist")
    assert link in office.get(desks).content.decode()
    make_desk(make_site("annexe", "Annexe"), "Guichet 1")
    assert reverse("admin:channels_intake_sitescreens_add") in office.get(desks).content.decode()
    office.post(page, {"action": "renew", "_selected_action": [screens.pk]})
    assert_status(client.get(kiosk), 404)
    screens.refresh_from_db()
    assert_status(client.get(reverse("kiosk:home", args=[screens.kiosk_token])), 200)


def test_a_number_that_was_not_given_here_is_not_shown(client, screens, kiosk):
    elsewhere = arrive(make_site("annexe", "Annexe"))
    for ticket in ("x", signing.dumps(elsewhere.pk, salt=public_views.SALT), signing.dumps(1, salt="other")):
        assert client.get(reverse("kiosk:number", args=[screens.kiosk_token, ticket])).url == kiosk


def test_the_display_shows_numbers_and_desks_and_nobody(client, site, display):
    desk, agent = make_desk(site, "Guichet 3"), make_agent(("counter", make_town()), last_name="Garnier")
    arrive(site, name="Mme Bertin", reason=make_reason("Divorce"))
    other = make_agent(("counter", make_town()))
    visit_call_next(desk=desk, agent=agent, now=timezone.now())
    arrive(site, name="M. Aubry")
    visit = visit_call_next(desk=make_desk(site, "Guichet 4"), agent=other, now=timezone.now())
    visit_serve(visit_id=visit.pk, agent=other, now=timezone.now())
    arrive(site, name="M. Roux")
    page = client.get(display)
    text = page.content.decode()
    assert [one.label for one in page.context["called"]] == ["A001"]
    assert [one.label for one in page.context["last"]] == ["A002"]
    assert "Guichet 3" in text
    assert "1 personne" in text
    for secret in ("Bertin", "Aubry", "Roux", "Garnier", "Divorce"):
        assert secret not in text
    board = client.get(display, headers={"HX-Request": "true", "HX-Target": "board"}).content.decode()
    assert "A001" in board
    assert "<html" not in board


def test_the_screens_cost_a_fixed_number_of_queries(client, site, kiosk, display, django_assert_max_num_queries):
    agent = make_agent(("counter", make_town()))
    for number in range(10):
        make_reason(f"Motif {number}", service=make_service("voirie"))
        visit = arrive(site)
        visit_call(visit_id=visit.pk, desk=make_desk(site, f"Guichet {number}"), agent=agent, now=timezone.now())
        visit_finish(visit_id=visit.pk, agent=agent, now=timezone.now())
    for url in (kiosk, display):
        with django_assert_max_num_queries(6):
            assert_status(client.get(url), 200)


def test_the_portal_announces_the_wait_of_a_busy_site_only(client, site):
    home = reverse("portal:home")
    make_site("annexe", "Mairie annexe")
    assert "Attente" not in client.get(home).content.decode()
    for _ in range(3):
        arrive(site)
    page = client.get(home).content.decode()
    assert page.count("Attente estimée\u00a0: 20 min, 3 personnes") == 1
    Visit.objects.update(arrived_at=timezone.now() - timedelta(hours=2))
    assert "Attente" not in client.get(home).content.decode(), "nobody came for an hour: it looks closed"


def test_the_dashboard_measures_the_wait_by_site(client_of, site):
    root, planning = make_town(), make_service("urbanisme")
    desk, agent = make_desk(site), make_agent(("counter", root))
    reason, now = make_reason("Urbanisme", "U", service=planning), timezone.now()
    for minutes, why in ((5, None), (10, reason), (20, None), (12, None)):
        visit = arrive(site, now - timedelta(minutes=minutes), reason=why)
        visit_call(visit_id=visit.pk, desk=desk, agent=agent, now=now)
        visit_finish(visit_id=visit.pk, agent=agent, now=now)
    home = reverse("dashboard:home")

    def tile(client, **query):
        tiles = client.get(home, query).context["tiles"]
        return next((one["value"], one["hint"]) for one in tiles if one["goal"] == 0.95 and "15 min" in one["label"])

    manager = client_of(make_agent(("manager", root)))
    assert tile(manager) == (75, "3 visiteurs sur 4")
    assert tile(manager, channel="counter") == (75, "3 visiteurs sur 4")
    assert tile(manager, channel="phone")[0] is None
    assert tile(manager, service="urbanisme") == (100, "1 visiteurs sur 1")
    assert tile(client_of(make_agent(("manager", planning)))) == (100, "1 visiteurs sur 1")
    assert tile(client_of(make_agent(("manager", make_service("voirie")))))[0] is None
    page = manager.get(home).content.decode()
    assert "Attente aux guichets, par site" in page
    export = manager.get(reverse("dashboard:csv")).content.decode()
    assert "Site;Hôtel de ville;4;3;75" in export
