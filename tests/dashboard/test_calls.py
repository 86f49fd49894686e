"""The calls picked up, on the dashboard and in its export."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from channels_intake.phone.calls import CallEvent, Told, call_tell
from channels_intake.phone.figures import CallFigures, call_figures
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_town

pytestmark = pytest.mark.django_db
HOME, CSV = "/pilotage/", "/pilotage/export.csv"


def tell(call_id: str, event: str, ago: timedelta) -> None:
    now = timezone.now()
    call_tell(source="t", told=Told(call_id, event, now - ago, caller="06 39 98 12 34"))


@pytest.fixture
def calls() -> None:
    for number in range(19):
        begun = timedelta(hours=3, minutes=number)
        tell(f"c{number}", CallEvent.RINGING, begun)
        tell(f"c{number}", CallEvent.ANSWERED, begun - timedelta(seconds=18))
        tell(f"c{number}", CallEvent.ENDED, begun - timedelta(seconds=118))
    tell("lost", CallEvent.MISSED, timedelta(hours=1))
    tell("rings", CallEvent.RINGING, timedelta(0))
    tell("old", CallEvent.MISSED, timedelta(days=200))


def test_calls_are_counted_in_one_query(calls: None, django_assert_num_queries: Any) -> None:
    now = timezone.now()
    with django_assert_num_queries(1):
        figures = call_figures(start=now - timedelta(days=30), end=now)
    assert figures == CallFigures(picked_up=19, missed=1, wait=18)
    assert call_figures(start=now - timedelta(days=90), end=now - timedelta(days=80)) == CallFigures(0, 0, None)


def test_the_dashboard_shows_them_to_who_reads_the_pilot_service(calls: None, client_of: Any) -> None:
    root = make_town()
    client = client_of(make_agent(("manager", root)))
    page = assert_status(client.get(HOME), 200)
    tile = next(tile for tile in page.context["tiles"] if tile["label"] == "Appels décrochés")
    assert (tile["value"], tile["state"], tile["hint"]) == (95, "ok", "20 appels, 18 s avant le décroché")
    assert "20;19;95;18" in client.get(CSV).content.decode()
    for query in (
        {"channel": "email"},
        {"service": make_service("voirie").code},
        {"period": "7", "channel": "counter"},
    ):
        labels = [tile["label"] for tile in client.get(HOME, query).context["tiles"]]
        assert "Appels décrochés" not in labels
    elsewhere = client_of(make_agent(("manager", make_service("etat-civil"))))
    assert "Appels décrochés" not in elsewhere.get(HOME).content.decode()


def test_a_town_without_telephony_has_no_such_tile(client_of: Any) -> None:
    client = client_of(make_agent(("manager", make_town())))
    assert "Appels décrochés" not in client.get(HOME).content.decode()
