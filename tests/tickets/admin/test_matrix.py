"""The escalation matrix in the administration: sentences, grid, numbers."""

from typing import Any

import pytest
from django.urls import reverse

from tests.support.asserts import assert_accessible, assert_fits, assert_status
from tests.support.factories import make_agent, make_service, make_ticket
from tickets.actions.rights.matrix import Line, matrix_restore, matrix_write, usual_lines
from tickets.deadlines.escalation import DEFAULT_STEPS, FIRST_FREE_NUMBER
from tickets.enums import Audience, DeadlineKind, Delivery
from tickets.models import Deadline, EscalationRecord, EscalationStep, Recomputation, SlaPolicy

MATRIX = reverse("admin:tickets_escalationstep_changelist")
RESTORE = reverse("admin:tickets_escalationstep_restore")
pytestmark = pytest.mark.django_db


def grid(kind: str = "answer", policy: SlaPolicy | None = None) -> str:
    url = reverse("admin:tickets_escalationstep_grid", args=[kind])
    return f"{url}?policy={policy.pk}" if policy else url


def posted(page: Any, *, changes: dict[int, dict[str, Any]] | None = None, **extra: Any) -> dict[str, Any]:
    """What the browser would send back of a grid, with ``changes`` by position of the line."""
    lines = page.context["lines"]
    data: dict[str, Any] = {
        "l-TOTAL_FORMS": len(lines.forms),
        "l-INITIAL_FORMS": lines.initial_form_count(),
    }
    for position, form in enumerate(lines.forms):
        values = {name: form[name].value() for name in form.fields} | (changes or {}).get(position, {})
        for name, value in values.items():
            if value is True:
                data[f"l-{position}-{name}"] = "on"
            elif value is not None and value is not False:
                data[f"l-{position}-{name}"] = value
    return data | extra


def numbers(kind: str = "answer", policy: SlaPolicy | None = None) -> dict[int, int]:
    rows = EscalationStep.objects.filter(kind=kind, policy=policy)
    return {row.number: row.offset for row in rows}


def test_the_usual_matrix_reads_in_sentences(office: Any) -> None:
    page = office.get(MATRIX).content.decode()
    for sentence in (
        "24 heures avant l’échéance\u00a0: l’agent chargé de la demande, par courriel aussitôt",
        "À l’échéance\u00a0: l’agent chargé de la demande, par courriel aussitôt",
        "Quand 80 % du délai est écoulé\u00a0: l’agent chargé de la demande",
        "30 jours avant le dernier jour\u00a0: l’agent chargé de la demande, dans le récapitulatif du matin",
        "Le matin du dernier jour\u00a0: le responsable du service",
        "elle est enregistrée, et le service et le pilote sont prévenus",
    ):
        assert sentence in page, sentence
    for kind in DeadlineKind:
        assert grid(kind) in page


def test_nothing_is_written_while_nothing_changes(office: Any) -> None:
    for kind in DeadlineKind:
        assert_status(office.get(grid(kind)), 200)
        sent = posted(office.get(grid(kind)))
        assert_status(office.post(grid(kind), sent), 302)
        assert_status(office.post(grid(kind), sent), 302)
        usual = {line.number: line.offset for line in usual_lines(kind)}
        assert numbers(kind) == usual, "the usual steps, under their own numbers"
    assert Recomputation.objects.count() == len(DeadlineKind), "saving them the second time changes nothing"


def test_a_line_is_changed_removed_and_added(office: Any) -> None:
    agent = make_agent()
    first = office.get(grid())
    changes: dict[int, dict[str, Any]] = {
        0: {"amount": 36},
        2: {"remove": True, "amount": ""},
        4: {"amount": 90, "moment": "percent", "audience": "agent", "agent": agent.pk, "delivery": "digest"},
    }
    assert_status(office.post(grid(), posted(first, changes=changes)), 302)
    assert numbers() == {1: -36, 2: 0, 4: 48, FIRST_FREE_NUMBER: 90}
    added = EscalationStep.objects.get(number=FIRST_FREE_NUMBER)
    assert (added.offset_unit, added.audience, added.agent, added.delivery) == ("percent", "agent", agent, "digest")
    assert Recomputation.objects.get().reason == "Matrice d’escalade\u00a0: Première réponse"
    page = office.get(MATRIX).content.decode()
    assert f"Quand 90 % du délai est écoulé\u00a0: {agent.full_name}, dans le récapitulatif du matin" in page


def test_save_and_add_keeps_the_grid_open(office: Any) -> None:
    response = office.post(grid(), posted(office.get(grid()), changes={4: {"amount": 72}}, another="1"))
    assert response.url == grid()
    assert len(office.get(grid()).context["lines"].forms) == 6


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"amount": 5, "audience": "agent"}, "agent", "Choisissez l’agent à prévenir."),
        ({"amount": 0, "moment": "percent"}, "amount", "Une part du délai commence à 1 %."),
        ({"amount": -1}, "amount", "supérieure ou égale à 0"),
        ({"amount": 5, "moment": "weeks"}, "moment", "Sélectionnez un choix valide"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(office: Any, change: dict[str, Any], field: str, sentence: str) -> None:
    response = assert_status(office.post(grid(), posted(office.get(grid()), changes={4: change})), 422)
    assert sentence in response.context["lines"].errors[4][field][0]
    assert not EscalationStep.objects.exists()


def test_the_same_alert_twice_is_refused(office: Any) -> None:
    twin = {"amount": 24, "moment": "hours_before"}
    response = assert_status(office.post(grid(), posted(office.get(grid()), changes={4: twin})), 422)
    assert "préviennent la même personne" in response.content.decode()


def test_numbers_are_never_used_twice(root: Any) -> None:
    line = Line(number=None, offset=1, offset_unit="hours", audience="pilot")
    own = usual_lines("answer")
    matrix_write(policy=None, kind="answer", lines=[*own, line])
    assert max(numbers()) == FIRST_FREE_NUMBER
    clock = Deadline.objects.get(ticket=make_ticket(), kind="answer")
    EscalationRecord.objects.create(deadline=clock, level=FIRST_FREE_NUMBER + 5, step="late")
    matrix_write(policy=None, kind="answer", lines=own)
    matrix_write(policy=None, kind="answer", lines=[*own, line])
    assert max(numbers()) == FIRST_FREE_NUMBER + 6, "after what was told"
    Deadline.objects.filter(pk=clock.pk).update(taken=[1, FIRST_FREE_NUMBER + 8])
    matrix_write(policy=None, kind="answer", lines=own)
    matrix_write(policy=None, kind="answer", lines=[*own, line, line])
    assert sorted(numbers())[-2:] == [FIRST_FREE_NUMBER + 9, FIRST_FREE_NUMBER + 10], "after what was skipped"
    matrix_write(policy=None, kind="target", lines=[line])
    assert numbers("target") == {FIRST_FREE_NUMBER: 1}, "each kind counts for itself"


def test_a_number_that_is_not_its_own_is_replaced(root: Any) -> None:
    forged = Line(number=7, offset=1, offset_unit="hours", audience="pilot")
    twice = [Line(number=1, offset=offset, offset_unit="hours", audience="pilot") for offset in (1, 2)]
    matrix_write(policy=None, kind="answer", lines=[forged, *twice])
    assert numbers() == {FIRST_FREE_NUMBER: 1, 1: 1, FIRST_FREE_NUMBER + 1: 2}


def test_a_policy_has_a_matrix_of_its_own(office: Any, root: Any) -> None:
    policy = SlaPolicy.objects.create(name="Courriels")
    page = office.get(f"{MATRIX}?policy={policy.pk}").content.decode()
    assert "Comme pour toute la commune." in page
    assert grid("legal", policy) not in page, "the law's clocks follow no policy"
    assert_status(office.get(grid("legal", policy)), 404)
    sent = posted(office.get(grid("answer", policy)), changes={0: {"amount": 12}})
    assert_status(office.post(grid("answer", policy), sent), 302)
    assert numbers(policy=policy) == {1: -12, 2: 0, 3: 24, 4: 48}
    assert not numbers(), "the town's stays as it is"
    everything = {position: {"remove": True} for position in range(4)}
    office.post(grid("answer", policy), posted(office.get(grid("answer", policy)), changes=everything))
    assert not EscalationStep.objects.exists()


def test_the_usual_matrix_is_restored(office: Any) -> None:
    policy = SlaPolicy.objects.create(name="Courriels")
    line = Line(number=None, offset=1, offset_unit="hours", audience="pilot")
    matrix_write(policy=None, kind="answer", lines=[line])
    matrix_write(policy=policy, kind="answer", lines=[line])
    own = numbers(policy=policy)
    assert own == {FIRST_FREE_NUMBER + 1: 1}, "a number means one step of a kind, whatever the matrix"
    assert_status(office.get(RESTORE), 302)
    assert numbers() == {FIRST_FREE_NUMBER: 1}, "asking for the address writes nothing"
    assert_status(office.post(RESTORE), 302)
    for kind, steps in DEFAULT_STEPS.items():
        assert set(numbers(kind)) == {step.number for step in steps if not step.is_decision}
    assert numbers(policy=policy) == own
    assert Recomputation.objects.count() == 1
    assert matrix_restore() is False


def test_every_audience_and_delivery_has_its_words(office: Any) -> None:
    agent = make_agent()
    lines = [
        Line(None, offset, "hours", audience, agent.pk if audience == "agent" else None, delivery=delivery)
        for offset, (audience, delivery) in enumerate((a, d) for a in Audience.values for d in Delivery.values)
    ]
    matrix_write(policy=None, kind="answer", lines=lines)
    cards = {card["kind"]: card for card in office.get(MATRIX).context["cards"]}
    texts = [sentence["text"] for sentence in cards["answer"]["sentences"]]
    assert len(set(texts)) == len(lines)


@pytest.mark.parametrize("query", ["?policy=999", "?policy=x", "?policy=²"])
def test_an_unknown_policy_or_kind_is_not_found(office: Any, query: str) -> None:
    assert_status(office.get(f"{MATRIX}{query}"), 404)
    assert_status(office.get(grid("answer") + query), 404)
    assert_status(office.get(grid("nothing")), 404)


@pytest.mark.parametrize("url", [MATRIX, grid()])
def test_others_stay_out(url: str, only_administrators: Any) -> None:
    only_administrators(url)


def test_others_write_nothing(client_of: Any, root: Any) -> None:
    manager = client_of(make_agent(("manager", root), ("admin", make_service("voirie")), is_staff=True))
    assert_status(manager.post(RESTORE), 403)
    assert_status(manager.post(grid(), {"l-TOTAL_FORMS": 0, "l-INITIAL_FORMS": 0}), 403)
    assert not EscalationStep.objects.exists()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_in_a_browser(admin_page: Any) -> None:
    admin_page.goto(MATRIX)
    assert_accessible(admin_page)
    admin_page.get_by_role("link", name="Modifier – Première réponse").click()
    new = admin_page.get_by_role("group", name="Nouvelle étape")
    new.get_by_label("Moment").fill("72")
    new.locator("[name$=-audience]").select_option("pilot")
    assert_accessible(admin_page)
    admin_page.set_viewport_size({"width": 390, "height": 844})
    assert_fits(admin_page)
    admin_page.get_by_role("button", name="Enregistrer", exact=True).click()
    admin_page.get_by_text("72 heures après l’échéance\u00a0: le service pilote, par courriel aussitôt").wait_for()
    assert_fits(admin_page)
    assert_accessible(admin_page)
