"""The counters of the demo town: a past that holds together, and somebody to call whatever the hour."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from channels_intake.counter.actions import visit_call_next
from channels_intake.counter.selectors import pulse, waits_by_site
from channels_intake.counter.waiting import TARGET
from channels_intake.models import Desk, SiteScreens, Visit, VisitReason, VisitState
from dashboard.selectors import percent
from directory.models import Agent, Service, Site
from grc.demo import foundation, visits
from grc.demo.visits import DAYS, visits_build

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
TUESDAY, NIGHT = datetime(2026, 11, 24, 10, 0, tzinfo=PARIS), datetime(2026, 11, 22, 3, 0, tzinfo=PARIS)


@pytest.fixture
def town():
    foundation.town_build()
    foundation.agents_build()


def test_the_past_holds_together(town):
    count = visits_build(seed=1, now=TUESDAY, zone=PARIS)
    assert count == Visit.objects.count() > 2000
    past = Visit.objects.filter(day__lt=TUESDAY.date())
    assert {visit.state for visit in past} == {VisitState.DONE, VisitState.NO_SHOW, VisitState.LEFT}
    for visit in past:
        moments = [visit.arrived_at, visit.first_called_at, visit.served_at, visit.ended_at]
        known = [moment for moment in moments if moment]
        assert known == sorted(known), visit
        assert visit.arrived_at.astimezone(PARIS).date() == visit.day
        assert (visit.first_called_at is None) == (visit.state == VisitState.LEFT)
        assert visit.desk is None or visit.desk.service_id in {None, visit.service_id}
    busy = Counter()
    for agent, start, end in past.filter(agent__isnull=False).values_list("agent", "called_at", "ended_at"):
        busy[agent] += (end - start).total_seconds()
    assert max(busy.values()) < DAYS * 8 * 3600
    start = TUESDAY - timedelta(days=DAYS)
    services = list(Service.objects.values_list("pk", flat=True))
    waits = waits_by_site(start=start, end=TUESDAY, now=TUESDAY, services=services, without_service=True)
    assert [site.site for site in waits] == ["Hôtel de ville", "Mairie annexe des Tilleuls"]
    share = percent(sum(site.within for site in waits), sum(site.within + site.over for site in waits))
    assert share is not None
    assert 90 <= share <= 97


@pytest.fixture
def short(town, monkeypatch):
    """A past of a few days."""
    monkeypatch.setattr(visits, "DAYS", 6)


@pytest.mark.parametrize("now", [TUESDAY, NIGHT])
def test_somebody_waits_and_the_demo_agent_may_call(short, now):
    visits_build(seed=1, now=now, zone=PARIS)
    hall = Site.objects.get(code="hotel-de-ville")
    beat = pulse(hall, now)
    assert (beat.waiting, beat.over, now - beat.oldest > TARGET) == (6, 1, True)
    called = visit_call_next(
        desk=Desk.objects.get(name="Guichet 1"), agent=Agent.objects.get(first_name="Sophie"), now=now
    )
    assert called is not None
    assert SiteScreens.objects.count() == Site.objects.count()
    assert not VisitReason.objects.filter(label_en="").exists()


def test_the_same_seed_tells_the_same_story(short):
    def told():
        visits_build(seed=3, now=TUESDAY, zone=PARIS)
        rows = list(
            Visit.objects.order_by("arrived_at", "letter", "number").values_list("arrived_at", "letter", "number")
        )
        for model in (Visit, Desk, VisitReason, SiteScreens):
            model.objects.all().delete()
        return rows

    first = told()
    assert first
    assert told() == first
