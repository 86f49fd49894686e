"""Who may do what where. Rights are guardian permissions granted on a service and inherited down the tree.

The only module of the app that imports guardian.
"""

from collections.abc import Iterable

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from guardian.models import UserObjectPermission

from directory.models import Agent, Service
from directory.roles import ALL_PERMISSIONS, ROLE_PERMISSIONS

Rights = dict[str, frozenset[int]]


def rights_of(agent: Agent) -> Rights:
    """Permission codename → ids of the services where ``agent`` has it. One query, then kept on the instance."""
    known: Rights | None = getattr(agent, "_rights", None)
    if known is None:
        known = _compute(agent)
        agent._rights = known  # type: ignore[attr-defined]
    return known


def _compute(agent: Agent) -> Rights:
    if not agent.is_authenticated or not agent.is_active:
        return {}
    if agent.is_superuser:
        return dict.fromkeys(ALL_PERMISSIONS, frozenset(Service.objects.order_by().values_list("pk", flat=True)))
    with connection.cursor() as cursor:
        cursor.execute(_GRANTED, [agent.pk, ContentType.objects.get_for_model(Service).pk, list(ALL_PERMISSIONS)])
        return {codename: frozenset(pks) for codename, pks in cursor.fetchall()}


# every request asks this: one statement walks down the tree from each service where something is granted
_GRANTED = f"""
WITH RECURSIVE granted (codename, id) AS (
    SELECT permission.codename, held.object_pk::bigint
    FROM {UserObjectPermission._meta.db_table} held
    JOIN {Permission._meta.db_table} permission ON permission.id = held.permission_id
    WHERE held.user_id = %s AND held.content_type_id = %s AND permission.codename = ANY(%s)
  UNION
    SELECT granted.codename, service.id
    FROM granted JOIN {Service._meta.db_table} service ON service.parent_id = granted.id
)
SELECT codename, array_agg(id) FROM granted GROUP BY codename
"""  # noqa: S608 — names of tables only


def service_ids_with(agent: Agent, permission: str) -> frozenset[int]:
    return rights_of(agent).get(permission, frozenset())


def has_right(agent: Agent, permission: str, service_id: int | None = None) -> bool:
    """True when the agent has ``permission`` on the service, or on any service when none is given."""
    ids = service_ids_with(agent, permission)
    return bool(ids) if service_id is None else service_id in ids


def grants() -> list[tuple[int, int, str]]:
    """Every right given to an active agent on a service, as (agent id, service id, codename). One query."""
    rows = UserObjectPermission.objects.filter(
        content_type=ContentType.objects.get_for_model(Service),
        permission__codename__in=ALL_PERMISSIONS,
        user__is_active=True,
    )
    return [
        (agent, int(service), right)
        for agent, service, right in rows.values_list("user_id", "object_pk", "permission__codename")
    ]


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
