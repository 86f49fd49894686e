"""« Try it »: what it says is what a real request would get."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from directory.models import Calendar, CalendarHours, Closure, Service, Town
from tests.support.asserts import assert_accessible, assert_fits, assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tickets.admin.reasoning import TEXTS, line_text
from tickets.admin.trial import unmet
from tickets.deadlines.sla import Line, Why
from tickets.models import Deadline, EscalationStep, Recomputation, SlaPolicy, SlaTarget, Ticket
from tickets.selectors.commitments import commitments_forget, commitments_now

URL = reverse("admin:tickets_slapolicy_try")
ASKED = {"start": "2026-12-23T16:30", "kind": "answer", "channel": "email", "priority": "2"}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> Any:
    commitments_forget()
    yield
    commitments_forget()


@pytest.fixture
def auxerre(root: Service) -> Calendar:
    """9:00–17:00, Wednesday 10:30–19:00, closed from 24 December to 2 January; the town's usual calendar."""
    calendar = Calendar.objects.create(name="Auxerre")
    usual, wednesday = [["09:00", "17:00"]], [["10:30", "19:00"]]
    CalendarHours.objects.create(calendar=calendar, week=[usual, usual, wednesday, usual, usual, [], []])
    Closure.objects.create(starts_on=date(2026, 12, 24), ends_on=date(2027, 1, 2), label="Fêtes")
    Town.objects.update(calendar=calendar)
    return calendar


def policy(name: str, *targets: tuple[str, int, str], **fields: Any) -> SlaPolicy:
    row = SlaPolicy.objects.create(name=name, **fields)
    for kind, amount, unit in targets:
        SlaTarget.objects.create(policy=row, kind=kind, amount=amount, unit=unit)
    return row


def tried(office: Any, status: int = 200, **query: Any) -> Any:
    return assert_status(office.get(URL, ASKED | query), status)


def test_the_page_waits_for_a_request(office: Any) -> None:
    page = assert_status(office.get(URL), 200)
    assert "Pas encore de résultat" in page.content.decode()
    assert page.context["form"]["channel"].value() == "web"


def test_without_a_policy_the_town_s_own_delay(office: Any) -> None:
    page = tried(office).content.decode()
    assert "samedi 26 décembre 2026 à 16:30" in page
    assert "72 heures, jour et nuit" in page
    assert "Aucun ne s’applique" in page


def test_opening_hours_day_by_day(office: Any, auxerre: Calendar) -> None:
    policy("Courriels", ("answer", 4, "open_hours"), channel="email", position=1)
    page = tried(office).content.decode()
    assert "lundi 4 janvier 2027 à 10:30" in page
    for text in (
        "2 h 30 comptées, reste 1 h 30.",
        "Fermeture exceptionnelle\u00a0: pas compté.",
        "Jour férié (Noël)\u00a0: pas compté.",
        "Fermé chaque semaine\u00a0: pas compté.",
        "1 h 30 comptées, reste 0 h.",
    ):
        assert text in page, text


def test_the_answer_is_what_a_real_request_gets(office: Any, auxerre: Calendar) -> None:
    voirie = make_service("voirie", "Voirie")
    lighting = make_type("eclairage", voirie)
    policy("Éclairage", ("answer", 3, "working_days"), ("target", 12, "open_hours"), request_type=lighting)
    Town.objects.update(commitments_version=7)
    start = datetime(2026, 12, 23, 15, 30, tzinfo=UTC)
    ticket = make_ticket(channel="email", request_type=lighting, received_at=start, now=start)
    clocks = {clock.kind: clock.due_at for clock in Deadline.objects.filter(ticket=ticket)}
    for kind in ("answer", "target"):
        page = tried(office, kind=kind, request_type=lighting.pk)
        local = timezone.localtime(clocks[kind])
        assert page.context["found"]["due"].endswith(f"{local:%H:%M}")
        assert f" {local.day} " in page.context["found"]["due"]


def test_why_the_others_do_not_apply(office: Any, root: Service) -> None:
    voirie = make_service("voirie", "Voirie")
    lighting = make_type("eclairage", voirie, name="Éclairage")
    policy("Inactif", ("answer", 1, "days"), is_active=False, position=1)
    policy("À venir", ("answer", 1, "days"), effective_from=date(2027, 1, 1), position=2)
    policy("Passé", ("answer", 1, "days"), effective_until=date(2026, 1, 1), position=3)
    policy("Téléphone", ("answer", 1, "days"), channel="phone", position=4)
    policy("Lampes", ("answer", 1, "days"), request_type=lighting, position=5)
    policy("Rues", ("answer", 1, "days"), service=voirie, position=6)
    policy("Urgent", ("answer", 1, "days"), priority=4, position=7)
    policy("Rappel", ("callback", 1, "days"), position=8)
    policy("Bon", ("answer", 2, "days"), position=9)
    policy("Suivant", ("answer", 3, "days"), position=10)
    found = {one.policy.name: one.against for one in tried(office).context["found"]["considered"]}
    assert found == {
        "Inactif": "Il n’est pas actif.",
        "À venir": "Il n’est en vigueur qu’à partir du 1 janvier 2027.",
        "Passé": "Il n’était en vigueur que jusqu’au 1 janvier 2026.",
        "Téléphone": "Le canal n’est pas «\u00a0Téléphone\u00a0».",
        "Lampes": "Le type n’est pas «\u00a0Éclairage\u00a0».",
        "Rues": "Le service n’est pas «\u00a0Voirie\u00a0», ni l’un de ceux qui en dépendent.",
        "Urgent": "La priorité n’est pas «\u00a0Immédiate\u00a0».",
        "Rappel": "Il ne promet rien de tel.",
        "Bon": "",
        "Suivant": "Un autre passe avant.",
    }


@pytest.mark.parametrize("channel", ["email", "web"])
@pytest.mark.parametrize("priority", [2, 4])
@pytest.mark.parametrize("typed", [True, False])
def test_the_reason_agrees_with_the_rule(root: Service, channel: str, priority: int, typed: bool) -> None:
    """A policy has something against it here exactly when `Policy.fits` says no."""
    top = make_service("technique")
    lighting = make_type("eclairage", make_service("voirie", parent=top))
    on = date(2026, 12, 23)
    for number, fields in enumerate(
        [{}, {"channel": "email"}, {"priority": 4}, {"request_type": lighting}, {"service": top}]
        + [{"effective_from": on + timedelta(days=days)} for days in (-1, 0, 1)]
        + [{"effective_until": on + timedelta(days=days)} for days in (-1, 0, 1)]
    ):
        policy(f"P{number}", ("answer", 1, "days"), **fields)
    ticket = Ticket(
        service=lighting.service if typed else root,
        request_type=lighting if typed else None,
        channel=channel,
        priority=priority,
    )
    commitments = commitments_now()
    lineage = commitments.lineage(ticket.service_id)
    rules = {rule.pk: rule for rule in commitments.policies}
    for row in SlaPolicy.objects.all():
        assert (not unmet(row, ticket, lineage, on)) == rules[row.pk].fits(ticket, lineage, on), row


def test_a_policy_is_tried_directly_even_before_it_is_active(office: Any, auxerre: Calendar) -> None:
    draft = policy("Brouillon", ("answer", 2, "working_days"), is_active=False, calendar=None)
    page = tried(office, policy=draft.pk)
    assert "mardi 5 janvier 2027 à 17:00" in page.content.decode()
    assert "(pas actif)" in page.content.decode()
    refused = tried(office, status=422, policy=draft.pk, kind="callback")
    assert "policy" in refused.context["form"].errors


def test_a_policy_counts_in_its_own_calendar(office: Any, auxerre: Calendar) -> None:
    night = Calendar.objects.create(name="Nuit", region="metropole")
    CalendarHours.objects.create(calendar=night, week=[[["20:00", "24:00"]]] * 7)
    row = policy("Nuit", ("answer", 4, "open_hours"), calendar=night)
    assert "jeudi 24 décembre 2026 à 00:00" in tried(office, policy=row.pk).content.decode()


def test_a_pause_moves_the_due_date_unless_the_promise_runs_on(office: Any) -> None:
    row = policy("Deux jours", ("answer", 48, "hours"))
    pause = {"pause_from": "2026-12-24T08:00", "pause_until": "2026-12-24T12:00"}
    assert "vendredi 25 décembre 2026 à 20:30" in tried(office, **pause).content.decode()
    SlaTarget.objects.filter(policy=row).update(pauses=False)
    commitments_forget()
    page = tried(office, **pause).content.decode()
    assert "vendredi 25 décembre 2026 à 16:30" in page
    assert "l’attente ne change rien" in page


def test_who_would_be_told_and_when(office: Any, auxerre: Calendar) -> None:
    paul = make_agent(first_name="Paul", last_name="Girard")
    voirie = make_service("voirie", "Voirie", referent=paul)
    EscalationStep.objects.create(
        kind="answer", number=20, offset=-24, offset_unit="hours", audience="referent", delivery="digest"
    )
    page = tried(office, service=voirie.pk)
    step = page.context["found"]["steps"][0]
    assert step["label"] == "mercredi 23 décembre 2026 à 19:00", "24 h before is closed: at the previous closing"
    assert step["actor"] == "24 heures avant l’échéance\u00a0: le référent du service, dans le récapitulatif du matin"
    assert step["detail"] == "Aujourd’hui, sans agent chargé de la demande\u00a0: Paul GIRARD"


def test_nothing_promised_and_no_service(office: Any, root: Service) -> None:
    assert "Rien n’est promis" in tried(office, kind="acknowledge").content.decode()
    Service.objects.update(is_pilot=False)
    refused = tried(office, status=422)
    assert "service" in refused.context["form"].errors


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"start": ""}, "start"),
        ({"start": "2026-02-30T09:00"}, "start"),
        ({"start": "9999-12-30T09:00"}, "start"),
        ({"start": "2027-03-28T02:30"}, "start"),  # the clocks skip that hour
        ({"kind": "legal"}, "kind"),
        ({"channel": "fax"}, "channel"),
        ({"priority": "x"}, "priority"),
        ({"request_type": "999"}, "request_type"),
        ({"policy": "x"}, "policy"),
        ({"pause_from": "2026-12-24T08:00"}, "pause_until"),
        ({"pause_until": "2026-12-24T08:00"}, "pause_from"),
        ({"pause_from": "2026-12-24T08:00", "pause_until": "2026-12-24T07:00"}, "pause_until"),
        ({"pause_from": "2026-12-22T08:00", "pause_until": "2026-12-24T07:00"}, "pause_from"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(office: Any, query: dict[str, str], field: str) -> None:
    page = tried(office, status=422, **query)
    assert list(page.context["form"].errors) == [field]
    assert 'aria-invalid="true"' in page.content.decode()


def test_every_reason_has_its_sentence() -> None:
    day, hour = date(2026, 1, 31), timedelta(hours=1)
    params: dict[Why, dict[str, Any]] = {
        Why.COUNTED: {"counted": hour, "left": hour, "paused": timedelta(0)},
        Why.DAYS_COUNTED: {"days": 2, "number": 3, "of": 5},
        Why.MORE: {"lines": 4},
        Why.HOLIDAY: {"name": "Noël"},
        Why.QUANTIEME: {"months": 1, "on": day},
        Why.MONTH_END: {"months": 1, "on": day},
    }
    texts = [line_text(Line(why, day, day, params.get(why, {}))) for why in Why]
    assert len(set(texts)) == len(Why)
    assert "Jours 2 à 3 sur 5." in texts
    assert set(TEXTS) == set(Why) - {Why.COUNTED, Why.DAYS_COUNTED, Why.MORE}


def test_it_reads_and_never_writes(office: Any, django_assert_max_num_queries: Any) -> None:
    for number in range(20):
        policy(f"P{number}", ("answer", 1, "days"), priority=4)
    tried(office)
    with django_assert_max_num_queries(30):
        tried(office)
    assert_status(office.post(URL, ASKED), 405)
    assert [model.objects.count() for model in (Ticket, Deadline, Recomputation)] == [0, 0, 0]


def test_others_stay_out(only_administrators: Any) -> None:
    only_administrators(URL)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_in_a_browser(admin_page: Any) -> None:
    policy("Courriels", ("answer", 5, "working_days"), channel="email")
    admin_page.goto(URL)
    assert_accessible(admin_page)
    admin_page.get_by_label("Demande reçue le").fill("2026-12-23T16:30")
    admin_page.get_by_label("Canal").select_option("email")
    admin_page.get_by_role("button", name="Essayer").click()
    admin_page.get_by_text("jeudi 31 décembre 2026 à 18:00").wait_for()
    assert admin_page.get_by_text("S’applique", exact=True).is_visible()
    assert_accessible(admin_page)
    admin_page.set_viewport_size({"width": 390, "height": 844})
    assert_fits(admin_page)
    admin_page.get_by_label("Attente de l’usager à partir de").fill("2026-12-24T10:00")
    admin_page.get_by_role("button", name="Essayer").click()
    admin_page.get_by_role("heading", name="Un point à corriger").wait_for()
    assert_accessible(admin_page)
