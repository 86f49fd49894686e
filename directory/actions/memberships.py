from collections.abc import Iterable

from django.db import transaction

from directory.models import Agent, Membership, Service
from directory.permissions import sync_object_permissions
from directory.roles import Role


@transaction.atomic
def membership_set(*, agent: Agent, service: Service, roles: Iterable[str]) -> None:
    """Give ``agent`` exactly these ``roles`` on ``service`` (none removes the agent from it), permissions included."""
    wanted = {Role(role) for role in roles}
    Service.objects.select_for_update(of=("self",), no_key=True).get(pk=service.pk)
    current = Membership.objects.filter(agent=agent, service=service)
    current.exclude(role__in=wanted).delete()
    have = set(current.values_list("role", flat=True))
    Membership.objects.bulk_create(
        [Membership(agent=agent, service=service, role=role) for role in sorted(wanted - have)]
    )
    sync_object_permissions(agent, service, wanted)
