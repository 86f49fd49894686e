"""Commitments ready to load."""

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core.errors import Invalid
from tests.support.factories import make_policy, make_service, make_ticket, make_type
from tickets.actions.clocks.presets import preset_load, presets
from tickets.models import Recomputation, SlaPolicy, SlaTarget

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-23T09:00:00+01:00")  # a Monday


@pytest.fixture
def urbanisme():
    return make_service("urbanisme")


def load(preset: str):
    return preset_load(preset=preset, actor=None, now=NOW)


def answer(**draft) -> tuple[int, str, str]:
    clock = make_ticket(now=NOW, **draft).deadlines.get(kind="answer")
    return clock.amount, clock.unit, clock.policy.preset if clock.policy else ""


def test_every_preset_loads_and_one_is_the_default(urbanisme):
    make_type("renseignement-notaire", urbanisme)
    for code in presets():
        assert load(code) is not None, code
    assert [code for code, preset in presets().items() if preset.is_default] == ["guichet-unique"]
    assert set(SlaPolicy.objects.values_list("preset", flat=True)) == set(presets())


def test_what_each_one_promises(urbanisme):
    notary = make_type("renseignement-notaire", urbanisme)
    for code in presets():
        load(code)
    assert answer(service=urbanisme, channel="phone") == (72, "hours", "guichet-unique")
    assert answer(service=urbanisme, channel="email") == (5, "working_days", "marianne")
    assert answer(service=urbanisme, channel="post") == (15, "working_days", "marianne")
    assert answer(service=urbanisme, channel="email", request_type=notary) == (7, "days", "notaires")


def test_figures_of_the_dashboard_are_no_clocks():
    figures = [figure for preset in presets().values() for figure in preset.figures]
    assert any("95" in figure for figure in figures)
    kinds = {kind for preset in presets().values() for policy in preset.policies for kind in policy.targets}
    assert kinds <= {"acknowledge", "answer", "callback", "target"}


def test_loading_again_changes_nothing_then_restores_its_own_and_leaves_the_others_alone(urbanisme):
    mine = make_policy("Marianne : courriels", {"answer": "1 hours"}, channel="api")
    assert load("marianne") is not None
    assert load("marianne") is None
    assert Recomputation.objects.count() == 1
    own = SlaPolicy.objects.get(preset="marianne", channel="email")
    SlaPolicy.objects.filter(pk=own.pk).update(name="Renommé par la mairie", is_active=False)
    SlaTarget.objects.filter(policy=own, kind="answer").update(amount=9)
    assert load("marianne") is not None
    own.refresh_from_db()
    assert own.is_active
    assert own.targets.get(kind="answer").amount == 5
    assert SlaPolicy.objects.filter(preset="marianne").count() == 3
    assert mine.targets.get().amount == 1


def test_the_notaries_need_their_type(urbanisme):
    with pytest.raises(Invalid):
        load("notaires")
    with pytest.raises(Invalid):
        load("certifié")
    assert not SlaPolicy.objects.exists()


def test_the_command_lists_and_loads(urbanisme):
    out = StringIO()
    call_command("load_commitments", list=True, stdout=out)
    assert "guichet-unique (default)" in out.getvalue()
    call_command("load_commitments", "guichet-unique", stdout=out)
    call_command("load_commitments", "guichet-unique", stdout=out)
    call_command("load_commitments", stdout=out)
    assert "nothing to change" in out.getvalue()
    assert "guichet-unique (loaded)" in out.getvalue()
    with pytest.raises(CommandError, match="renseignement-notaire"):
        call_command("load_commitments", "notaires")
    ticket = make_ticket(now=NOW, service=urbanisme)
    assert ticket.answer_due_at == NOW + timedelta(hours=72)
