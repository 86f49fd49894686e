"""Roles on services become permissions, inherited down the tree, and go away with the role."""

import pytest
from guardian.models import UserObjectPermission

from directory.actions.memberships import membership_set
from directory.models import Agent, Membership
from directory.permissions import has_right, rights_of, service_ids_with
from directory.roles import ALL_PERMISSIONS, ROLE_PERMISSIONS, Role
from tests.support.factories import make_agent, make_service, make_town


def fresh(agent):
    return Agent.objects.get(pk=agent.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_a_role_gives_exactly_its_permissions(role):
    voirie, parcs = make_service("voirie"), make_service("parcs")
    agent = make_agent((role, voirie))
    for permission in ALL_PERMISSIONS:
        expected = permission in ROLE_PERMISSIONS[role]
        assert has_right(agent, permission, voirie.pk) is expected, permission
        assert not has_right(agent, permission, parcs.pk)
        assert has_right(agent, permission) is expected, "on any service"


@pytest.mark.django_db
def test_a_role_holds_on_the_services_below_and_not_above():
    direction = make_service("technique", kind="direction")
    voirie = make_service("voirie", parent=direction)
    eclairage = make_service("eclairage", parent=voirie)
    agent = make_agent(("manager", voirie))
    assert service_ids_with(agent, "view_tickets") == {voirie.pk, eclairage.pk}
    assert not has_right(agent, "view_tickets", direction.pk)
    assert not has_right(agent, "view_sensitive", voirie.pk), "a high role does not open sensitive files"


@pytest.mark.django_db
def test_roles_add_up_and_removing_one_leaves_the_other():
    voirie = make_service("voirie")
    agent = make_agent(("phone", voirie), ("back_office", voirie))
    assert has_right(agent, "log_contacts")
    assert has_right(agent, "view_sensitive")
    membership_set(agent=agent, service=voirie, roles=["back_office"])
    assert not has_right(agent, "log_contacts")
    assert has_right(agent, "work_tickets")
    assert has_right(agent, "view_sensitive")
    assert not has_right(fresh(agent), "log_contacts")


@pytest.mark.django_db
def test_leaving_a_service_leaves_nothing_behind():
    voirie, parcs = make_service("voirie"), make_service("parcs")
    agent = make_agent(("phone", voirie), ("phone", parcs))
    membership_set(agent=agent, service=voirie, roles=[])
    assert service_ids_with(agent, "view_tickets") == {parcs.pk}
    assert not Membership.objects.filter(agent=agent, service=voirie).exists()
    assert set(UserObjectPermission.objects.filter(user=agent).values_list("object_pk", flat=True)) == {str(parcs.pk)}


@pytest.mark.django_db
def test_the_same_roles_again_change_nothing():
    voirie = make_service("voirie")
    agent = make_agent(("phone", voirie))
    before = set(UserObjectPermission.objects.values_list("pk", flat=True))
    membership_set(agent=agent, service=voirie, roles=["phone", "phone"])
    assert set(UserObjectPermission.objects.values_list("pk", flat=True)) == before
    assert agent.memberships.count() == 1


@pytest.mark.django_db
def test_an_unknown_role_is_refused():
    agent, voirie = make_agent(), make_service("voirie")
    with pytest.raises(ValueError, match="roi"):
        membership_set(agent=agent, service=voirie, roles=["roi"])


@pytest.mark.django_db
def test_an_inactive_agent_may_nothing_and_a_superuser_everything():
    root = make_town()
    voirie = make_service("voirie")
    gone = make_agent(("admin", root), is_active=False)
    assert rights_of(gone) == {}
    above = make_agent(is_superuser=True)
    assert all(has_right(above, permission, voirie.pk) for permission in ALL_PERMISSIONS)


@pytest.mark.django_db
def test_rights_cost_one_query_then_none(django_assert_num_queries):
    voirie = make_service("voirie")
    agent = fresh(make_agent(("phone", voirie)))
    with django_assert_num_queries(1):
        rights_of(agent)
        has_right(agent, "view_tickets", voirie.pk)
        has_right(agent, "log_contacts")
