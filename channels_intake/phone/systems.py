"""Telephone systems and extensions: who may tell us calls, and who sits where."""

import secrets

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from channels_intake.models import Extension, TelephoneSystem
from core.errors import Conflict, Invalid
from core.sealing import seal
from directory.models import Agent

SHORTEST_SECRET = 32


def secret_set(*, system: TelephoneSystem, secret: str = "") -> str:
    """Give the system a secret of its own choice or a new one, and return it: it is shown once, and kept sealed."""
    if secret and len(secret) < SHORTEST_SECRET:
        raise Invalid(_("The secret must have at least 32 characters."), field="secret")
    chosen = secret or secrets.token_urlsafe(36)
    system.secret = seal(chosen)
    system.save()
    return chosen


@transaction.atomic
def extension_claim(*, agent: Agent, number: str, take: bool) -> Extension | None:
    """« I sit at this extension »: calls that ring there open on the agent's desk. An empty number means none.

    An extension has one agent and an agent one extension. Raises `Conflict` (``taken``) when a colleague holds it,
    unless ``take``: desks are shared, and yesterday's agent forgets to leave.
    """
    wanted = "".join(number.split())[:30]
    if wanted and not wanted.isascii():
        raise Invalid(_("This is not an extension."), field="number")
    held = Extension.objects.select_for_update(of=("self",)).select_related("agent").filter(number=wanted).first()
    if held is not None and held.agent_id != agent.pk and not take:
        message = _("%(name)s sits at this extension.") % {"name": held.agent.full_name}
        raise Conflict(message, code="taken")
    Extension.objects.filter(agent=agent).exclude(number=wanted).delete()
    if not wanted:
        return None
    return Extension.objects.update_or_create(number=wanted, defaults={"agent": agent})[0]
