"""What the public reads of a site: the wait while it is open, else when it opens."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from channels_intake.counter.selectors import announced
from directory.models import Calendar, Town
from tests.support.counter import arrive, make_site

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)  # 11:00 in Paris
SUNDAY = datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.fixture
def site(db):
    return make_site(calendar=Calendar.objects.create(name="Accueil"))  # Monday to Friday, 9:00 to 18:00


def test_an_open_site_announces_its_wait_even_before_the_first_visitor(site):
    [found] = announced([site], MONDAY)
    assert found.pulse is not None
    assert (found.pulse.waiting, found.opens_at) == (0, None)


def test_a_closed_site_says_when_it_opens(site):
    [found] = announced([site], SUNDAY)
    assert (found.pulse, found.opens_at) == (None, datetime(2026, 3, 2, 8, tzinfo=UTC))


def test_whoever_still_waits_after_the_closing_hour_reads_the_wait(site):
    evening = MONDAY.replace(hour=17, minute=5)
    arrive(site, evening - timedelta(minutes=20))
    [found] = announced([site], evening)
    assert found.pulse is not None
    assert found.pulse.waiting == 1


def test_without_a_calendar_a_quiet_counter_announces_nothing(db):
    site = make_site()
    assert (announced([site], MONDAY)[0].pulse, announced([site], MONDAY)[0].opens_at) == (None, None)
    arrive(site, MONDAY - timedelta(minutes=5))
    assert announced([site], MONDAY)[0].pulse is not None


def test_the_towns_calendar_serves_the_sites_that_have_none(db):
    site = make_site()
    Town.objects.update(calendar=Calendar.objects.create(name="Mairie"))
    assert announced([site], SUNDAY)[0].opens_at == datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_the_portal_shows_it(site, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: SUNDAY)
    page = Client().get("/").content.decode()
    assert "Fermé, ouvre le lundi 2 mars 2026 à 09:00" in page
