"""The views an agent finds in the sidebar: their own, and those shared with their services."""

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from directory.models import Agent, Membership, Service
from tickets.models import SavedView

MOST_VIEWS = 30

# the services of an agent and everything above them: a view shared with a direction is for its services too
_ABOVE = f"""
WITH RECURSIVE above AS (
    SELECT service_id AS id FROM {Membership._meta.db_table} WHERE agent_id = %s
  UNION
    SELECT service.parent_id FROM above JOIN {Service._meta.db_table} service ON service.id = above.id
    WHERE service.parent_id IS NOT NULL
)
SELECT id FROM above
"""  # noqa: S608 — names of tables only


def views_visible_to(agent: Agent) -> QuerySet[SavedView]:
    """The agent's views in the order they chose, then the shared ones. What a view lists is asked again under the
    rights of whoever opens it: sharing one gives no right on any ticket."""
    shared = Q(shared_with__in=RawSQL(_ABOVE, [agent.pk]))  # noqa: S611 — a constant statement
    mine_first = Case(When(owner=agent, then=Value(0)), default=Value(1), output_field=IntegerField())
    return SavedView.objects.filter(Q(owner=agent) | shared).order_by(mine_first, "position", "name", "id")
