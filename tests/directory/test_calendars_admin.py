"""Calendars and closures in the administration: hours as text, what comes out closed, and what is recomputed."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from directory.models import Calendar, CalendarHours, Closure, Service, Town
from tests.support.asserts import assert_accessible, assert_fits, assert_status
from tests.support.factories import make_agent, make_service, make_town, make_type
from tickets.admin.closed_days import Almanac
from tickets.admin.week import PROBLEMS, day_pairs, day_text
from tickets.deadlines.calendars import WeekFault
from tickets.models import Recomputation, SlaPolicy

WEEK = {"day_0": "9:00-12:00, 13:30-17:30", "day_1": "9h-17h", "day_2": "10h30 à 19h", "day_3": "9-12 et 14-17"} | {
    "day_4": "8:00-24:00",
    "day_5": "fermé",
    "day_6": "",
}
STORED = [
    [["09:00", "12:00"], ["13:30", "17:30"]],
    [["09:00", "17:00"]],
    [["10:30", "19:00"]],
    [["09:00", "12:00"], ["14:00", "17:00"]],
    [["08:00", "24:00"]],
    [],
    [],
]
OPEN = [[["09:00", "17:00"]]] * 5 + [[], []]


def url(model: Any, name: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


@pytest.fixture
def root(db: None) -> Service:
    return make_town()


@pytest.fixture
def office(client_of: Any, root: Service) -> Any:
    return client_of(make_agent(("admin", root), is_staff=True))


def form(*versions: dict[str, Any], name: str = "Mairie", closures: Any = (), **fields: Any) -> dict[str, Any]:
    """What the page of a calendar posts: versions of the hours, closures."""
    data: dict[str, Any] = {"name": name, "region": "", "is_active": "on"} | fields
    for prefix, rows in (("hours", versions), ("closures", closures)):
        data |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": sum("id" in row for row in rows)}
        for number, row in enumerate(rows):
            data |= {f"{prefix}-{number}-{field}": value for field, value in row.items()}
    return data


def calendar_with(week: Any = OPEN, **fields: Any) -> Calendar:
    calendar = Calendar.objects.create(name="Mairie", **fields)
    CalendarHours.objects.create(calendar=calendar, week=week)
    return calendar


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", []),
        ("  Fermé ", []),
        ("–", []),
        ("9:00-12:00, 13:30-17:30", [["09:00", "12:00"], ["13:30", "17:30"]]),
        ("9h – 12h30 ; 14h à 17h", [["09:00", "12:30"], ["14:00", "17:00"]]),
        ("de 9h à 12h et de 14h à 17h", [["09:00", "12:00"], ["14:00", "17:00"]]),
        ("0-24", [["00:00", "24:00"]]),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, pairs: list[list[str]]) -> None:
    assert day_pairs(text) == pairs
    assert day_pairs(day_text(pairs)) == pairs


@pytest.mark.parametrize("text", ["matin", "9", "9-", "9:00 12:00", "9-12 sauf férié", "9:0-12:00", "-9--12"])
def test_what_is_not_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        day_pairs(text)


def test_every_refusal_has_its_sentence() -> None:
    assert set(PROBLEMS) == set(WeekFault)


def test_a_calendar_is_written_with_its_hours(office: Any) -> None:
    response = office.post(url(Calendar, "add"), form(WEEK | {"effective_from": ""}))
    assert_status(response, 302)
    hours = CalendarHours.objects.get(calendar__name="Mairie")
    assert hours.week == STORED
    assert hours.effective_from is None
    assert not Recomputation.objects.exists(), "nothing uses it yet"


def test_the_hours_proposed_are_saved_when_nobody_changes_them(office: Any) -> None:
    page = office.get(url(Calendar, "add"))
    proposed = page.context["inline_admin_formsets"][0].formset.forms[0]
    data = {f"day_{day}": proposed[f"day_{day}"].value() for day in range(7)} | {"effective_from": ""}
    assert data["day_0"] == "9:00-18:00"
    assert_status(office.post(url(Calendar, "add"), form(data)), 302)
    assert CalendarHours.objects.get().week == [[["09:00", "18:00"]]] * 5 + [[], []]


@pytest.mark.parametrize(
    ("day", "text", "sentence"),
    [
        ("day_2", "le matin", "Les horaires s’écrivent 9:00-12:00, 13:30-17:30."),
        ("day_3", "12:00-9:00", "De 12:00 à 09:00\u00a0: la fin précède le début."),
        ("day_4", "9-12, 11-17", "Deux plages se chevauchent"),
        ("day_5", "9-25", "«\u00a025:00\u00a0» n’est pas une heure"),
        ("day_6", "9:75-12", "«\u00a009:75\u00a0» n’est pas une heure"),
    ],
)
def test_a_wrong_hour_is_refused_beside_its_day(office: Any, day: str, text: str, sentence: str) -> None:
    response = assert_status(office.post(url(Calendar, "add"), form(WEEK | {day: text})), 200)
    errors = response.context["inline_admin_formsets"][0].formset.errors[0]
    assert list(errors) == [day]
    assert sentence in errors[day][0]
    assert not Calendar.objects.exists()


def test_two_wrong_days_are_both_shown(office: Any) -> None:
    response = office.post(url(Calendar, "add"), form(WEEK | {"day_0": "x", "day_4": "9-8"}))
    assert set(response.context["inline_admin_formsets"][0].formset.errors[0]) == {"day_0", "day_4"}


def test_a_week_never_open_is_refused(office: Any) -> None:
    closed = {f"day_{day}": "" for day in range(7)}
    response = assert_status(office.post(url(Calendar, "add"), form(closed)), 200)
    assert "Ouvrez au moins un jour" in response.content.decode()


def test_hours_have_versions_each_with_its_day(office: Any) -> None:
    calendar = calendar_with()
    first = calendar.hours.get()
    kept = {"id": first.pk, "calendar": calendar.pk, "effective_from": ""} | {f"day_{day}": "9-17" for day in range(5)}
    later = WEEK | {"effective_from": "2027-01-04", "calendar": calendar.pk}
    assert_status(office.post(url(Calendar, "change", calendar.pk), form(kept, later)), 302)
    assert [hours.effective_from for hours in calendar.hours.order_by("pk")] == [None, date(2027, 1, 4)]
    assert Recomputation.objects.count() == 1
    twice = office.post(url(Calendar, "change", calendar.pk), form(kept, later | {"effective_from": ""}))
    assert "prennent effet le même jour" in assert_status(twice, 200).content.decode()


def test_a_new_version_starts_from_the_last_one(office: Any) -> None:
    calendar = calendar_with(STORED)
    formset = office.get(url(Calendar, "change", calendar.pk)).context["inline_admin_formsets"][0].formset
    assert formset.empty_form["day_2"].value() == "10:30-19:00"


def test_a_closure_is_written_with_the_calendar_or_for_the_whole_town(office: Any) -> None:
    calendar = calendar_with()
    row = calendar.hours.get()
    kept = {"id": row.pk, "calendar": calendar.pk, "effective_from": ""} | {f"day_{day}": "9-17" for day in range(5)}
    bridge = {"starts_on": "2027-05-07", "ends_on": "2027-05-07", "label": "Pont"}
    assert_status(office.post(url(Calendar, "change", calendar.pk), form(kept, closures=[bridge])), 302)
    assert calendar.closures.get().label == "Pont"
    whole = {"calendar": "", "starts_on": "2026-12-24", "ends_on": "2026-12-26", "label": "Noël"}
    assert_status(office.post(url(Closure, "add"), whole), 302)
    assert Recomputation.objects.count() == 2
    wrong = office.post(url(Closure, "add"), whole | {"ends_on": "2026-12-23"})
    assert "ends_on" in assert_status(wrong, 200).context["adminform"].form.errors
    office.post(url(Closure, "delete", Closure.objects.get(label="Noël").pk), {"post": "yes"})
    assert [closure.label for closure in Closure.objects.all()] == ["Pont"]
    assert Recomputation.objects.count() == 3


def test_the_next_closed_days_say_why(office: Any) -> None:
    calendar = calendar_with()
    Closure.objects.create(calendar=calendar, starts_on=date(2026, 12, 24), ends_on=date(2027, 1, 4), label="Fêtes")
    found = [(each.text, each.reason) for each in Almanac(calendar).next_closed(date(2026, 12, 1))][:4]
    assert found == [
        ("jeudi 24 décembre 2026", "Fêtes"),
        ("vendredi 25 décembre 2026", "Noël"),
        ("du lundi 28 décembre au jeudi 31 décembre 2026", "Fêtes"),
        ("vendredi 1 janvier 2027", "Jour de l'an"),
    ]


def test_the_holidays_are_those_of_the_region(office: Any, root: Service) -> None:
    calendar = calendar_with()

    def closed(year: int) -> set[date]:
        return {each.first for each in Almanac(calendar).next_closed(date(year, 3, 1))}

    good_friday = date(2027, 3, 26)
    assert good_friday not in closed(2027)
    Town.objects.update(holiday_region="alsace-moselle")
    assert good_friday in closed(2027)
    Calendar.objects.update(region="metropole")
    calendar.refresh_from_db()
    assert good_friday not in closed(2027)


def test_the_page_and_the_year_show_them(office: Any) -> None:
    calendar = calendar_with(region="alsace-moselle")
    make_service("voirie", "Voirie", calendar=calendar)
    page = office.get(url(Calendar, "change", calendar.pk)).content.decode()
    assert "Prochains jours fermés" in page
    assert "Voirie" in page
    year = office.get(url(Calendar, "year", calendar.pk), {"annee": "2027"})
    march = year.context["months"][2]
    friday = next(cell for week in march["weeks"] for cell in week if cell and cell["day"] == date(2027, 3, 26))
    assert (friday["state"], friday["reason"]) == ("holiday", "Vendredi saint")
    for asked in ("", "1", "20x7", "9999", "２０２７"):
        assert_status(office.get(url(Calendar, "year", calendar.pk), {"annee": asked}), 200)


def test_a_calendar_in_use_is_not_deleted(office: Any, root: Service) -> None:
    calendar = calendar_with()
    other = Calendar.objects.create(name="Libre")
    service = make_service("voirie", calendar=calendar)
    assert_status(office.get(url(Calendar, "delete", calendar.pk)), 403)
    assert_status(office.post(url(Calendar, "delete", other.pk), {"post": "yes"}), 302)
    assert list(Calendar.objects.all()) == [calendar]
    Service.objects.filter(pk=service.pk).update(calendar=None)
    for holder in (Town.objects.filter(pk=1), SlaPolicy.objects.filter(name="P")):
        SlaPolicy.objects.get_or_create(name="P")
        holder.update(calendar=calendar)
        assert_status(office.get(url(Calendar, "delete", calendar.pk)), 403)
        holder.update(calendar=None)
    assert_status(office.get(url(Calendar, "delete", calendar.pk)), 200)


def test_deactivating_a_calendar_recomputes(office: Any) -> None:
    calendar = calendar_with()
    office.post(url(Calendar), {"action": "deactivate", "_selected_action": [calendar.pk]})
    calendar.refresh_from_db()
    assert not calendar.is_active
    assert Recomputation.objects.get().reason == "Calendriers"


def test_only_active_calendars_are_offered_and_the_one_in_use(office: Any, root: Service) -> None:
    calendar, old = calendar_with(), Calendar.objects.create(name="Ancien", is_active=False)
    service = make_service("voirie")

    def offered() -> set[Any]:
        page = office.get(url(Service, "change", service.pk))
        return set(page.context["adminform"].form.fields["calendar"].queryset)

    assert offered() == {calendar}
    Service.objects.filter(pk=service.pk).update(calendar=old)
    assert offered() == {calendar, old}


def test_what_moves_deadlines_elsewhere_recomputes_once(office: Any, root: Service) -> None:
    calendar = calendar_with()
    voirie = make_service("voirie", "Voirie")
    data = {
        "name": "Voirie",
        "code": "voirie",
        "kind": "service",
        "parent": root.pk,
        "email": voirie.email,
        "assignment": "manual",
    }
    data |= {"phone": voirie.phone, "postal_address": voirie.postal_address}
    assert_status(office.post(url(Service, "change", voirie.pk), data | {"phone": "02 61 91 00 99"}), 302)
    assert not Recomputation.objects.exists(), "a telephone number moves nothing"
    response = office.post(url(Service, "change", voirie.pk), data | {"calendar": calendar.pk}, follow=True)
    asked = Recomputation.objects.get()
    assert asked.reason == "Service : Voirie"
    assert asked.actor is not None
    assert url(Recomputation) in response.content.decode()
    lighting = make_type("eclairage", voirie)
    fields = {"name": "Éclairage", "code": "eclairage", "service": voirie.pk, "regime": "none", "is_active": "on"}
    fields |= {"target": 10, "target_unit": "working_days"}
    office.post(url(type(lighting), "change", lighting.pk), fields)
    assert Recomputation.objects.count() == 1
    office.post(url(type(lighting), "change", lighting.pk), fields | {"target": 3})
    assert Recomputation.objects.count() == 2
    town = Town.objects.get()
    data = {"name": town.name, "email": town.email, "accent": town.accent, "answer_hours": 48}
    assert_status(office.post(url(Town, "change", 1), data | {"holiday_region": "reunion"}), 302)
    assert Recomputation.objects.count() == 3
    town.refresh_from_db()
    assert (town.answer_hours, town.holiday_region) == (48, "reunion")


def test_the_list_costs_the_same_for_one_or_twenty(office: Any, django_assert_max_num_queries: Any) -> None:
    for number in range(20):
        calendar = Calendar.objects.create(name=f"Calendrier {number:02}")
        CalendarHours.objects.create(calendar=calendar, week=STORED)
        make_service(f"s{number}", calendar=calendar)
    with django_assert_max_num_queries(15):
        page = office.get(url(Calendar)).content.decode()
    assert "Mercredi" in page
    assert "10:30-19:00" in page


@pytest.mark.parametrize("name", ["changelist", "year"])
def test_others_stay_out(root: Service, client: Any, client_of: Any, name: str) -> None:
    calendar = calendar_with()
    address = url(Calendar, name, *([calendar.pk] if name == "year" else []))
    assert "/admin/login/" in client.get(address).url
    assert_status(client_of(make_agent(("manager", root), is_staff=True)).get(address), 403)
    assert_status(client_of(make_agent(("admin", make_service("voirie")), is_staff=True)).get(address), 403)
    assert_status(client_of(make_agent(("admin", root), is_staff=True)).get(address), 200)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_in_a_browser(page: Any, live_server: Any, client_of: Any) -> None:
    root = make_town()
    session = client_of(make_agent(("admin", root), is_staff=True)).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(url(Calendar, "add"))
    page.locator("[name=name]").fill("Auxerre")
    page.locator("[name=hours-0-day_2]").fill("10:30-19:00")
    page.locator("[name=hours-0-day_5]").fill("9:00-13:00")
    page.locator("[name=_continue]").click()
    page.get_by_role("heading", name="Prochains jours fermés").wait_for()
    assert_accessible(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert_fits(page)
    page.get_by_role("link", name="Voir toute l’année").click()
    page.get_by_role("table", name="août").wait_for()
    assert_accessible(page)
    assert_fits(page)
