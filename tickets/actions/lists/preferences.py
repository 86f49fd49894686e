"""What an agent chose for their own screens: columns of the lists, groups of the sidebar that are folded."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from core.errors import Invalid
from directory.models import Agent


@transaction.atomic
def columns_choose(*, actor: Agent, columns: Iterable[str]) -> Agent:
    """The columns of this agent's lists; none means the usual ones."""
    return _set(actor, "columns", list(dict.fromkeys(columns))[:30])


@transaction.atomic
def group_fold(*, actor: Agent, group: str, folded: bool) -> Agent:
    """Fold or unfold a group of the sidebar. Raises `Invalid` for a name that cannot be one."""
    if not group.isascii() or not group.isalpha() or len(group) > 20:
        raise Invalid("This group does not exist.", field="group")
    kept = [name for name in actor.preferences.get("folded", ()) if name != group]
    return _set(actor, "folded", [*kept, group] if folded else kept)


def _set(actor: Agent, name: str, value: Any) -> Agent:
    agent = Agent.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.pk)
    preferences = {**agent.preferences, name: value}
    if not value:
        del preferences[name]
    if preferences != agent.preferences:
        agent.preferences = preferences
        agent.save(update_fields=["preferences"])
    return agent
