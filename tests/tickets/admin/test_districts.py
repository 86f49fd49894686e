"""Districts: found by their streets in the place or in the text, asked for by rules, kept in the administration."""

from typing import Any

import pytest
from django.urls import reverse

from directory.models import Service
from tests.support.asserts import assert_status
from tests.support.factories import make_service, make_ticket
from tickets.models import District, RoutingHit, RoutingRule
from tickets.routing.districts import DistrictStreets, districts_in
from tickets.routing.text import Text
from tickets.selectors.routing import RoutingTable

STATION = DistrictStreets(1, ("rue de la Gare", "quartier de la gare", "« Square Hugo »", "avenue de l’Église"))
OLD_TOWN = DistrictStreets(2, ("place du Marché",))


@pytest.mark.parametrize(
    ("place", "text", "found"),
    [
        ("12 bis RUE DE LA GARE", "", {1: "RUE DE LA GARE"}),
        ("Avenue de l'Eglise, 99120 Rives-sur-Orme", "", {1: "Avenue de l'Eglise"}),
        ("square Hugo", "Rue de la Gare", {1: "square Hugo"}),
        ("rue Neuve, près de la gare", "", {}),  # its words follow one another
        ("rue Neuve", "On m’a parlé de la place du Marché", {}),  # the place wins over the text
        ("", "Un trou place du marché, un autre rue de la Gare.", {1: "rue de la Gare", 2: "place du marché"}),
        (" ", "Un trou avenue du Marché", {}),
    ],
)
def test_a_street_tells_the_district(place: str, text: str, found: dict[int, str]) -> None:
    assert districts_in(place, Text(text), [STATION, OLD_TOWN]) == found


@pytest.mark.django_db
def test_from_the_administration_to_the_ticket(office: Any, root: Service) -> None:
    station, night = make_service("gare"), make_service("astreinte")
    add = reverse("admin:tickets_district_add")
    assert "ne contient aucun mot" in office.post(add, {"name": "Gare", "streets": "…"}).content.decode()
    assert_status(office.post(add, {"name": "Gare", "streets": "rue de la Gare\nSquare Hugo"}), 302)
    district = District.objects.get()
    assert "2 voies" in office.get(reverse("admin:tickets_district_changelist")).content.decode()

    typed = {"name": "Gare", "is_active": "on", "districts": [district.pk], "set_service": station.pk}
    assert_status(office.post(reverse("admin:tickets_routingrule_add"), typed), 302)
    rule = RoutingRule.objects.get()
    assert rule.conditions == {"districts": [district.pk]}
    page = assert_status(office.get(reverse("admin:tickets_routingrule_change", args=[rule.pk])), 200)
    assert page.context["adminform"].form.initial["districts"] == [district.pk]
    rules = reverse("admin:tickets_routingrule_changelist")
    assert "le lieu est dans «\u00a0Gare\u00a0»" in office.get(rules).content.decode()

    there, written = make_ticket(location="3 rue de la gare"), make_ticket(channel="email", body="Panne square Hugo.")
    assert (there.service, written.service) == (station, station)
    assert there.events.get(kind="routed").data["keywords"] == ["rue de la gare"]
    assert make_ticket(location="3 rue Neuve").service.is_pilot
    assert RoutingHit.objects.filter(rule=rule).count() == 2
    asked = {"body": "Une panne", "place": "Square Hugo", "channel": "web", "requester": "person", "language": "fr"}
    try_it = reverse("admin:tickets_routingrule_try")
    found = office.post(try_it, asked | {"received_at": "2026-11-23T09:00"}).context["found"]
    assert (found["service"], [list(each.words) for each in found["rules"]]) == (station.name, [["Square Hugo"]])
    found = office.post(try_it, asked | {"place": "rue Neuve", "received_at": "2026-11-23T09:00"}).context["found"]
    assert "Aucune voie de ces quartiers" in str(found["rules"][0].against)

    typed = {"name": "Gare", "streets": "rue Neuve"}
    assert_status(office.post(reverse("admin:tickets_district_change", args=[district.pk]), typed), 302)
    assert make_ticket(location="3 rue Neuve").service == station  # the next ticket reads it again
    RoutingRule.objects.create(name="Web", position=2, conditions={"channels": ["web"]}, effects={"service": night.pk})
    assert_status(office.post(reverse("admin:tickets_district_delete", args=[district.pk]), {"post": "yes"}), 302)
    assert make_ticket(location="3 rue Neuve").service == night  # the rule about it is skipped
    assert list(RoutingTable.load(0).broken) == [rule.pk]
    assert "Quartiers : ce qu’elle désigne n’existe plus" in office.get(rules).content.decode()


@pytest.mark.django_db
def test_only_administrators(only_administrators: Any) -> None:
    only_administrators(reverse("admin:tickets_district_changelist"))
