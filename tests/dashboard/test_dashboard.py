"""Figures that agree with the lists behind them, under the reader's rights."""

import csv
import io
import re
from datetime import date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from dashboard.figures import FIGURES
from dashboard.periods import BadPeriod, Period, last_days, period_from
from dashboard.selectors import dashboard_services
from directory.models import Service
from tests.support.asserts import assert_accessible, assert_status
from tests.support.factories import PASSWORD, make_agent, make_article, make_service, make_ticket, make_town, make_type
from tickets.actions.messages import reply_send
from tickets.actions.opening import Draft
from tickets.actions.processing import ticket_close
from tickets.actions.replies.first_contact import contact_answered

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy_town():
    """Two services, tickets in every situation the dashboard counts. Returns the root."""
    root = make_town()
    voirie, ccas = make_service("voirie", "Voirie"), make_service("ccas", "CCAS")
    lamp = make_type("eclairage", voirie, keywords=["lampadaire"])
    aid = make_type("aide", ccas, is_sensitive=True)
    terrace = make_type("terrasse", voirie, regime="SVR", delay_months=2, target=90, target_unit="days")
    agent = make_agent(("back_office", voirie), ("back_office", ccas), ("phone", root))
    now = timezone.now()
    for hours, answer_after in ((1, None), (80, None), (100, 10), (200, 100), (30, 1)):
        received = now - timedelta(hours=hours)
        ticket = make_ticket(request_type=lamp, now=received)
        if answer_after:
            reply_send(ticket=ticket, actor=agent, body="Voilà.", now=received + timedelta(hours=answer_after))
    make_ticket(request_type=lamp, now=now - timedelta(hours=70))  # due within two hours
    make_ticket(request_type=aid, now=now - timedelta(hours=90))
    make_ticket(request_type=terrace, now=now - timedelta(days=55))
    cancelled = make_ticket(request_type=lamp, now=now - timedelta(hours=200))
    ticket_close(ticket=cancelled, actor=agent, now=now, cancel=True)
    article = make_article("Quand passe le bac jaune ?", "Le mardi.", voirie)
    for channel in ("phone", "counter"):
        contact_answered(draft=Draft(channel=channel, subject="Bac", body=""), actor=agent, now=now, article=article)
    make_ticket(request_type=lamp, channel="phone")
    return root


def tile(html: str, label: str) -> str:
    found = re.search(rf'tile__label">{label}</span>.*?tile__value">(.*?)<', html, re.S)
    assert found, label
    return found.group(1).strip()


def received(client, days: str) -> int:
    lines = client.get(reverse("dashboard:csv"), {"period": days}).content.decode().splitlines()
    return int(next(line for line in lines if line.startswith("Total;")).split(";")[6])


def test_the_figures_are_those_of_the_tickets(busy_town, client_of):
    manager = make_agent(("manager", busy_town))
    html = assert_status(client_of(manager).get(reverse("dashboard:home")), 200).content.decode()
    # in time: 10 h, 1 h and the two desks; not in time: 100 h, and 80 h and 55 days still without an answer
    assert tile(html, "Réponses dans le délai d’engagement") == str(round(100 * 4 / 6))
    assert tile(html, "Réponses au premier contact") == str(round(100 * 2 / 3))
    assert tile(html, "En retard") == "2"
    assert re.search(r'demandes/missed/\?[^"]*service=voirie[^"]*">\d+ %', html)
    assert re.search(r'demandes/first_contact/\?[^"]*channel=phone[^"]*">\d+ %', html)
    assert ">Au</label>" in html


def test_services_are_sorted_as_in_a_dictionary(busy_town):
    make_service("etat-civil", "État civil")
    names = [service.name for service in dashboard_services(make_agent(("manager", busy_town)))]
    assert names.index("État civil") < names.index("Voirie")


@pytest.mark.parametrize("period", ["7", "30", "365"])
@pytest.mark.parametrize("channel", ["", "phone"])
def test_every_count_is_the_length_of_the_list_behind_it(busy_town, client_of, period, channel):
    manager = make_agent(("manager", busy_town), ("referent", Service.objects.get(code="voirie")))
    client = client_of(manager)
    parameters = {"period": period, "channel": channel}
    rows = list(
        csv.reader(io.StringIO(client.get(reverse("dashboard:csv"), parameters).content.decode()), delimiter=";")
    )
    total = dict(zip(rows[1], rows[-1], strict=True))
    columns = {
        "open": "Ouvertes",
        "late": "En retard",
        "today": "À traiter aujourd’hui",
        "legal": "Échéances légales sous 15 jours",
        "received": "Reçues",
        "kept": "Réponses dans le délai",
        "missed": "Réponses hors délai",
        "desk": "Appels et visites",
        "first_contact": "Réponses au premier contact",
    }
    assert set(columns) == set(FIGURES)
    for figure, column in columns.items():
        response = client.get(reverse("dashboard:figure", args=[figure]), parameters)
        assert len(response.context["tickets"]) == int(total[column]), figure


def test_an_elected_official_reads_figures_and_no_ticket(busy_town, client_of):
    client = client_of(make_agent(("elected", busy_town)))
    html = assert_status(client.get(reverse("dashboard:home")), 200).content.decode()
    assert tile(html, "En retard") == "2"
    assert "/agents/tickets/G-" not in html
    assert "pilotage/demandes" not in html
    assert_status(client.get(reverse("dashboard:figure", args=["late"])), 403)


@pytest.mark.parametrize("name", ["dashboard:home", "dashboard:csv"])
def test_only_those_with_the_right_read_it(busy_town, client_of, client, name):
    assert_status(client_of(make_agent(("counter", busy_town))).get(reverse(name)), 403)
    assert_status(client.get(reverse(name)), 302)


def test_a_manager_reads_only_their_services(busy_town, client_of):
    client = client_of(make_agent(("manager", Service.objects.get(code="ccas"))))
    response = client.get(reverse("dashboard:home"), {"service": "voirie"})
    assert "Ce service est inconnu" in response.content.decode()
    assert [service.code for service in response.context["asked"].services] == ["ccas"]
    assert tile(response.content.decode(), "Ouvertes") == "0"  # the only ticket there is sensitive


def test_sensitive_tickets_count_for_those_who_process_them(busy_town, client_of):
    client = client_of(make_agent(("referent", Service.objects.get(code="ccas"))))
    assert tile(client.get(reverse("dashboard:home")).content.decode(), "Ouvertes") == "1"


def test_what_is_kept_for_some_seconds_in_a_large_town_is_told_to_nobody_else(busy_town, client_of, monkeypatch):
    monkeypatch.setattr("dashboard.selectors.MANY", 0)
    manager = client_of(make_agent(("manager", busy_town)))
    opened = tile(manager.get(reverse("dashboard:home")).content.decode(), "Ouvertes")
    month = received(manager, "30")
    make_ticket()
    assert tile(manager.get(reverse("dashboard:home")).content.decode(), "Ouvertes") == opened
    for role, code, seen in (("manager", "ccas", "0"), ("referent", "ccas", "1")):
        client = client_of(make_agent((role, Service.objects.get(code=code))))
        assert tile(client.get(reverse("dashboard:home")).content.decode(), "Ouvertes") == seen
    assert received(manager, "30") == month
    assert received(manager, "90") == month + 2  # another period: the one of 55 days ago and the new one
    cache.clear()
    counted = client_of(make_agent(("manager", busy_town))).get(reverse("dashboard:home")).content.decode()
    assert int(tile(counted, "Ouvertes")) == int(opened) + 1


def test_the_number_of_queries_does_not_grow(busy_town, client_of, django_assert_max_num_queries):
    client = client_of(make_agent(("manager", busy_town)))
    client.get(reverse("dashboard:home"))
    with django_assert_max_num_queries(16):
        client.get(reverse("dashboard:home"))
    for _ in range(5):
        make_ticket()
    with django_assert_max_num_queries(16):
        client.get(reverse("dashboard:home"))


def test_a_mistake_in_the_dates_is_told_beside_the_field(busy_town, client_of):
    client = client_of(make_agent(("manager", busy_town)))
    html = client.get(reverse("dashboard:home"), {"from": "2026-02-01", "to": "2026-01-01"}).content.decode()
    assert "Indiquez une date de fin" in html
    assert 'value="2026-02-01"' in html


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, last_days(30, date(2026, 11, 22))),
        ({"period": "7"}, Period(date(2026, 11, 16), date(2026, 11, 22))),
        ({"period": "12345"}, last_days(30, date(2026, 11, 22))),
        ({"from": "2026-01-01", "to": "2026-01-31"}, Period(date(2026, 1, 1), date(2026, 1, 31))),
    ],
)
def test_periods(given, expected):
    assert period_from(given, date(2026, 11, 22)) == expected


@pytest.mark.parametrize(
    "given", [{"from": "hier"}, {"from": "2026-02-01", "to": "2026-01-01"}, {"from": "1900-01-01"}]
)
def test_periods_that_make_no_sense(given):
    with pytest.raises(BadPeriod):
        period_from(given, date(2026, 11, 22))


@pytest.mark.parametrize("days", [1, 7, 30, 90, 365, 1000])
def test_every_day_of_the_period_falls_in_one_point_of_the_trend(days):
    period = last_days(days, date(2026, 11, 22))
    points = period.buckets()
    assert points[0] == period.first
    assert len(points) <= 36
    for n in range(days):
        day = period.first + timedelta(days=n)
        assert period.bucket(day) == max(point for point in points if point <= day)


def test_a_day_begins_at_local_midnight(busy_town, client_of):
    """23:30 in London on the 31st is already the 1st in Paris."""
    late = datetime.fromisoformat("2025-06-30T22:30:00+00:00")
    make_ticket(now=late)
    client = client_of(make_agent(("manager", busy_town)))
    for day, count in (("2025-06-30", 0), ("2025-07-01", 1)):
        response = client.get(reverse("dashboard:figure", args=["received"]), {"from": day, "to": day})
        assert len(response.context["tickets"]) == count


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_manager_reads_the_dashboard_in_a_browser(busy_town, page):
    manager = make_agent(("manager", busy_town))
    page.goto(reverse("directory:login") + "?next=" + reverse("dashboard:home"))
    page.fill("input[name=username]", manager.email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit], form button.btn--primary")
    page.wait_for_selector(".tile")
    assert_accessible(page)
    page.get_by_label("Service", exact=True).select_option("voirie")
    page.get_by_role("button", name="Afficher").click()
    page.wait_for_url("**service=voirie**")
    page.locator(".tile", has_text="En retard").click()
    page.wait_for_selector("#figure")
    assert page.locator("#figure tbody tr").count() == 2
    assert_accessible(page)
