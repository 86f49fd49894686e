"""Who gives out requests by itself, who knows what, who is away soon; and the first lesson of the learned routing."""

from datetime import datetime, timedelta

from django.utils import timezone

from directory.models import Absence, Agent, Assignment, RequestType, Service
from tickets.actions.routing.training import training_ask

ASSIGNMENTS = {"scolaire": Assignment.ROUND_ROBIN, "urbanisme": Assignment.LEAST_LOADED}
SKILLS = {"urbanisme": ("declaration-prealable", "permis-construire"), "scolaire": ("cantine-periscolaire",)}
AWAY_IN, AWAY_FOR = timedelta(days=9), timedelta(days=7)


def presence_build(now: datetime) -> int:
    """Set it up in the services of ASSIGNMENTS and have the history learned by a worker; how many services."""
    today = timezone.localtime(now).date()
    for code, assignment in ASSIGNMENTS.items():
        Service.objects.filter(code=code).update(assignment=assignment)
        agents = Agent.objects.filter(memberships__service__code=code).distinct().order_by("last_name", "pk")
        specialist, colleague = agents[0], agents[1]
        specialist.skills.set(RequestType.objects.filter(code__in=SKILLS[code]))
        Absence.objects.create(
            agent=colleague, starts_on=today + AWAY_IN, ends_on=today + AWAY_IN + AWAY_FOR, created_by=colleague
        )
    training_ask(actor=None, now=now)
    return len(ASSIGNMENTS)
