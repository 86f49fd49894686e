"""Who may do what where. Rights are guardian permissions granted on a service and inherited down the tree.

The only module of the app that imports guardian.
"""

from collections.abc import Iterable

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from guardian.models import UserObjectPermission

from directory.models import Agent, Service
from directory.roles import ALL_PERMISSIONS, ROLE_PERMISSIONS

Rights = dict[str, frozenset[int]]


def rights_of(agent: Agent) -> Rights:
    """Permission codename → ids of the services where ``agent`` has it. Two queries, then kept on the instance."""
    known: Rights | None = getattr(agent, "_rights", None)
    if known is None:
        known = _compute(agent)
        agent._rights = known  # type: ignore[attr-defined]
    return known


def _compute(agent: Agent) -> Rights:
    if not agent.is_authenticated or not agent.is_active:
        return {}
    children: dict[int | None, list[int]] = {}
    for pk, parent in Service.objects.order_by().values_list("pk", "parent_id"):
        children.setdefault(parent, []).append(pk)
    if agent.is_superuser:
        everything = frozenset(pk for group in children.values() for pk in group)
        return dict.fromkeys(ALL_PERMISSIONS, everything)
    granted: dict[str, set[int]] = {}
    rows = UserObjectPermission.objects.filter(
        user=agent, content_type=ContentType.objects.get_for_model(Service), permission__codename__in=ALL_PERMISSIONS
    ).values_list("permission__codename", "object_pk")
    for codename, object_pk in rows:
        granted.setdefault(codename, set()).update(_subtree(int(object_pk), children))
    return {codename: frozenset(pks) for codename, pks in granted.items()}


def _subtree(root: int, children: dict[int | None, list[int]]) -> Iterable[int]:
    todo = [root]
    while todo:
        pk = todo.pop()
        yield pk
        todo.extend(children.get(pk, ()))


def service_ids_with(agent: Agent, permission: str) -> frozenset[int]:
    return rights_of(agent).get(permission, frozenset())


def has_right(agent: Agent, permission: str, service_id: int | None = None) -> bool:
    """True when the agent has ``permission`` on the service, or on any service when none is given."""
    ids = service_ids_with(agent, permission)
    return bool(ids) if service_id is None else service_id in ids


def sync_object_permissions(agent: Agent, service: Service, roles: Iterable[str]) -> None:
    """Make the guardian permissions of ``agent`` on ``service`` exactly those of ``roles``."""
    wanted = frozenset[str]().union(*(ROLE_PERMISSIONS[role] for role in roles))
    content_type = ContentType.objects.get_for_model(Service)
    current = UserObjectPermission.objects.filter(user=agent, content_type=content_type, object_pk=str(service.pk))
    current.exclude(permission__codename__in=wanted).delete()
    have = set(current.values_list("permission__codename", flat=True))
    permissions = Permission.objects.filter(content_type=content_type, codename__in=wanted - have)
    UserObjectPermission.objects.bulk_create(
        [
            UserObjectPermission(
                user=agent, content_type=content_type, object_pk=str(service.pk), permission=permission
            )
            for permission in permissions
        ],
        ignore_conflicts=True,
    )
    if hasattr(agent, "_rights"):
        del agent._rights
