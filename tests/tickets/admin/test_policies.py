"""SLA policies and presets in the administration."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from tests.support.asserts import assert_accessible, assert_fits, assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tickets.actions.clocks.presets import presets
from tickets.actions.clocks.recomputation import recomputation_run
from tickets.enums import CountIn
from tickets.models import Deadline, Recomputation, SlaPolicy, SlaTarget

LIST = reverse("admin:tickets_slapolicy_changelist")
ADD = reverse("admin:tickets_slapolicy_add")
PRESETS = reverse("admin:tickets_slapolicy_presets")


def change(policy: SlaPolicy) -> str:
    return reverse("admin:tickets_slapolicy_change", args=[policy.pk])


def form(*targets: dict[str, Any], **fields: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"name": "Courriels", "position": 10, "is_active": "on"} | fields
    data |= {"targets-TOTAL_FORMS": len(targets), "targets-INITIAL_FORMS": sum("id" in row for row in targets)}
    for number, row in enumerate(targets):
        data |= {f"targets-{number}-{name}": value for name, value in row.items()}
    return data


ANSWER = {"kind": "answer", "amount": 5, "unit": "working_days", "pauses": "on"}


def test_a_policy_is_written_with_its_targets(office: Any) -> None:
    urban = make_service("urbanisme", "Urbanisme")
    data = form(ANSWER, channel="email", service=urban.pk, effective_from="2026-12-01")
    response = office.post(ADD, data, follow=True)
    policy = SlaPolicy.objects.get()
    assert (policy.channel, policy.service, policy.effective_from) == ("email", urban, date(2026, 12, 1))
    target = policy.targets.get()
    assert (target.kind, target.amount, target.unit, target.pauses) == ("answer", 5, "working_days", True)
    asked = Recomputation.objects.get()
    assert asked.reason == "Engagement de délai : Courriels"
    assert asked.actor is not None
    page = response.content.decode()
    assert "Courriel, Urbanisme → Première réponse\u00a0: 5 jours ouvrés" in page
    assert reverse("admin:tickets_recomputation_changelist") in page


def test_one_save_asks_for_one_recomputation(office: Any, told: Any) -> None:
    office.post(ADD, form(ANSWER))
    policy = SlaPolicy.objects.get()
    row = {"id": policy.targets.get().pk, "policy": policy.pk} | ANSWER
    assert_status(office.post(change(policy), form(row | {"amount": 3}, position=20)), 302)
    assert Recomputation.objects.count() == 2
    assert_status(office.post(change(policy), form(row | {"amount": 3}, position=20)), 302)
    assert_status(office.post(change(policy), form(row | {"amount": 3}, position=20, note="Pour mémoire")), 302)
    assert Recomputation.objects.count() == 2, "nothing that counts has changed"


def test_the_open_requests_follow_what_was_saved(office: Any) -> None:
    start = datetime(2026, 11, 18, 10, tzinfo=UTC)  # a Wednesday
    ticket = make_ticket(channel="email", received_at=start, now=start)
    office.post(ADD, form(ANSWER, channel="email"))
    recomputation_run(recomputation_id=Recomputation.objects.get().pk, now=start)
    clock = Deadline.objects.get(ticket=ticket, kind="answer")
    assert clock.policy == SlaPolicy.objects.get()
    assert clock.due_at == datetime(2026, 11, 25, 17, tzinfo=UTC), "five working days later, at 18:00"
    page = office.get(reverse("admin:tickets_recomputation_changelist")).content.decode()
    assert "1 échéance déplacée" in page


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (form(ANSWER, effective_from="2026-12-02", effective_until="2026-12-01"), "effective_until"),
        (form(ANSWER, name=""), "name"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(office: Any, data: dict[str, Any], field: str) -> None:
    response = assert_status(office.post(ADD, data), 200)
    assert field in response.context["adminform"].form.errors
    assert not Recomputation.objects.exists()


@pytest.mark.parametrize("targets", [[ANSWER | {"amount": 0}], [ANSWER, ANSWER]])
def test_a_target_that_makes_no_sense_is_refused(office: Any, targets: list[dict[str, Any]]) -> None:
    response = assert_status(office.post(ADD, form(*targets)), 200)
    formset = response.context["inline_admin_formsets"][0].formset
    assert formset.total_error_count()
    assert not SlaPolicy.objects.exists()


def test_a_policy_is_deactivated_and_never_deleted(office: Any) -> None:
    policy = SlaPolicy.objects.create(name="Été")
    assert_status(office.get(reverse("admin:tickets_slapolicy_delete", args=[policy.pk])), 403)
    for action, active in (("deactivate", False), ("activate", True)):
        office.post(LIST, {"action": action, "_selected_action": [policy.pk]})
        policy.refresh_from_db()
        assert policy.is_active is active
    assert Recomputation.objects.count() == 2


def test_every_unit_and_condition_reads_as_a_sentence(office: Any, django_assert_max_num_queries: Any) -> None:
    lighting = make_type("eclairage", make_service("voirie"), name="Éclairage")
    sentences = {
        CountIn.HOURS: "2 heures, jour et nuit",
        CountIn.OPEN_HOURS: "2 heures d’ouverture",
        CountIn.WORKING_DAYS: "2 jours ouvrés",
        CountIn.DAYS: "2 jours calendaires",
        CountIn.MONTHS: "2 mois",
    }
    assert set(sentences) == set(CountIn)
    for unit in CountIn:
        policy = SlaPolicy.objects.create(name=unit.value, request_type=lighting, priority=4)
        SlaTarget.objects.create(policy=policy, kind="target", amount=2, unit=unit)
    SlaPolicy.objects.create(name="Toutes", effective_from=date(2026, 1, 1), effective_until=date(2026, 12, 31))
    with django_assert_max_num_queries(15):
        page = office.get(LIST).content.decode()
    for sentence in sentences.values():
        assert f"Éclairage, priorité «\u00a0Immédiate\u00a0» → Traitement complet\u00a0: {sentence}" in page
    assert "Toutes les demandes → rien pour l’instant" in page
    assert "du 1 janvier 2026 au 31 décembre 2026" in page


def test_the_presets_say_what_they_contain(office: Any) -> None:
    page = office.get(PRESETS).content.decode()
    for preset in presets().values():
        assert preset.name in page
    assert (
        "Première réponse\u00a0: 72 heures, jour et nuit · Rappel téléphonique\u00a0: 48 heures, jour et nuit" in page
    )
    assert "ajoutez-le avant de charger ce modèle" in page, "the catalogue has no « renseignement-notaire »"
    assert "certifi" not in page.lower()


def test_a_preset_is_loaded_once(office: Any) -> None:
    def load(code: str) -> list[str]:
        response = office.post(PRESETS, {"preset": code})
        assert_status(response, 302)
        return [str(message) for message in get_messages(response.wsgi_request)][-2:]

    assert any("Suivre le recalcul" in text for text in load("guichet-unique"))
    policy = SlaPolicy.objects.get()
    assert {target.kind for target in policy.targets.all()} == {"answer", "callback"}
    assert "En vigueur" in office.get(PRESETS).content.decode()
    load("guichet-unique")
    assert Recomputation.objects.count() == 1
    load("notaires")
    load("inconnu")
    assert SlaPolicy.objects.count() == 1, "refused: no such type, no such preset"
    make_type("renseignement-notaire", make_service("urbanisme"))
    load("notaires")
    assert SlaPolicy.objects.get(preset="notaires").request_type.code == "renseignement-notaire"
    assert Recomputation.objects.count() == 2


@pytest.mark.parametrize("url", [LIST, ADD, PRESETS])
def test_others_stay_out(url: str, only_administrators: Any) -> None:
    only_administrators(url)


def test_only_administrators_load_a_preset(client_of: Any, root: Any) -> None:
    manager = client_of(make_agent(("manager", root), is_staff=True))
    assert_status(manager.post(PRESETS, {"preset": "guichet-unique"}), 403)
    assert not SlaPolicy.objects.exists()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_in_a_browser(admin_page: Any) -> None:
    admin_page.goto(PRESETS)
    assert_accessible(admin_page)
    admin_page.get_by_role("button", name="Charger – Guichet unique 72 h").click()
    admin_page.get_by_text("Les engagements sont chargés.").wait_for()
    admin_page.set_viewport_size({"width": 390, "height": 844})
    assert_fits(admin_page)
    admin_page.set_viewport_size({"width": 1440, "height": 900})
    admin_page.goto(LIST)
    assert_accessible(admin_page)
    admin_page.get_by_role("link", name="Guichet unique : 72 heures").click()
    admin_page.get_by_role("heading", name="Ce qui est promis").wait_for()
    assert_accessible(admin_page)
    admin_page.goto(reverse("admin:index"))
    assert_accessible(admin_page)
    for label in ("Engagements de délai", "Matrice d’escalade", "Essayer les engagements", "Recalculs des échéances"):
        assert admin_page.get_by_role("link", name=label, exact=True).is_visible()
