"""The demonstration shows requests given out, skills, absences to come, and a history to learn from."""

from datetime import datetime, timedelta

import pytest

from directory.models import Absence, Agent, Assignment, Service
from grc.demo import foundation
from grc.demo.loader import history_load
from grc.demo.presence import ASSIGNMENTS, SKILLS, presence_build
from tickets.actions.routing.training import training_run
from tickets.models import RoutingTraining

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-23T09:00:00+01:00")


def test_services_give_out_their_requests_and_the_history_is_learned() -> None:
    foundation.town_build()
    foundation.agents_build()
    foundation.catalogue_build()
    foundation.commitments_build(NOW)
    assert presence_build(NOW) == len(ASSIGNMENTS)
    for code, assignment in ASSIGNMENTS.items():
        service = Service.objects.get(code=code)
        assert service.assignment == assignment
        team = Agent.objects.filter(memberships__service=service).distinct()
        skilled = team.filter(skills__isnull=False).distinct().get()
        assert {kind.code for kind in skilled.skills.all()} == set(SKILLS[code])
        away = Absence.objects.get(agent__in=team)
        assert away.starts_on > (NOW + timedelta(days=1)).date()
        assert away.agent != skilled
    assert Service.objects.exclude(assignment=Assignment.MANUAL).count() == len(ASSIGNMENTS)
    history_load(seed=1, tickets=250, now=NOW)
    model = training_run(training_id=RoutingTraining.objects.get().pk, now=NOW)
    assert model is not None
    assert model.is_current, model.report["against"]
