"""The matrix says who may see what and why, and agrees with the rights that are really applied."""

import pytest

from directory.models import Service
from directory.permissions import has_right
from directory.rights_matrix import RIGHT_LABELS, RightsTable
from directory.roles import ALL_PERMISSIONS, SENSITIVE, VIEW, Role
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tickets.views.rights import reasons_of

pytestmark = pytest.mark.django_db
PAGE = "/agents/droits/"


@pytest.fixture
def town():
    root = make_town()
    direction = make_service("technique", "Direction technique", kind="direction")
    voirie = make_service("voirie", "Voirie", parent=direction)
    return {
        "root": root,
        "direction": direction,
        "voirie": voirie,
        "parcs": make_service("parcs", "Parcs"),
        "chief": make_agent(("manager", direction), first_name="Camille", last_name="Rey"),
        "referent": make_agent(("referent", voirie), ("phone", direction)),
        "admin": make_agent(("admin", root)),
    }


def test_every_right_has_a_name_and_the_matrix_agrees_with_the_rights_applied(town):
    assert set(RIGHT_LABELS) == set(ALL_PERMISSIONS)
    agents = [make_agent((role, town["direction"])) for role in Role]
    agents += [town["chief"], town["referent"], town["admin"], make_agent(), make_agent(is_superuser=True)]
    table = RightsTable.load()
    for agent in agents:
        for service in Service.objects.all():
            why = table.why(agent, service.pk)
            held = {right for right in ALL_PERMISSIONS if has_right(agent, right, service.pk)}
            assert set(why) == held, (agent.email, service.code)


def test_each_reason_says_which_role_and_where_it_comes_from(town):
    table = RightsTable.load()
    why = table.why(town["referent"], town["voirie"].pk)
    assert reasons_of(why, [VIEW]) == ["Référent — Voirie", "Agent du téléphone — Direction technique (hérité)"]
    assert reasons_of(why, [SENSITIVE]) == ["Référent — Voirie"]
    assert reasons_of(table.why(town["chief"], town["voirie"].pk)) == ["Responsable — Direction technique (hérité)"]
    assert reasons_of(table.why(make_agent(is_superuser=True), town["voirie"].pk)) == ["Super-utilisateur"]


def test_a_permission_without_a_role_is_told_apart(town):
    town["chief"].memberships.all().delete()  # the guardian permissions stay behind
    assert reasons_of(RightsTable.load().why(town["chief"], town["voirie"].pk)) == [
        "Droit donné directement, sans rôle — Direction technique (hérité)"
    ]


def test_inactive_agents_are_left_out(town):
    gone = make_agent(("referent", town["voirie"]), is_active=False)
    assert gone not in dict(RightsTable.load().of_service(town["voirie"].pk))


def test_the_table_is_read_in_four_queries(town, django_assert_num_queries):
    for _ in range(5):
        make_agent(("phone", town["parcs"]), ("referent", town["voirie"]))
    RightsTable.load()  # the content type is then known
    with django_assert_num_queries(4):
        table = RightsTable.load()
        for service in table.services:
            table.of_service(service)


def test_the_page_of_a_service_and_of_an_agent(town, client_of):
    client = client_of(town["admin"])
    page = assert_status(client.get(f"{PAGE}?service=voirie"), 200).content.decode()
    assert "Droits\u00a0: Voirie" in page
    assert "Camille REY" in page
    assert "Responsable — Direction technique (hérité)" in page
    page = assert_status(client.get(f"{PAGE}?agent={town['chief'].pk}"), 200).content.decode()
    assert "Que peut voir Camille REY" in page
    assert "Voirie" in page
    lines = client.get(f"{PAGE}?agent={town['chief'].pk}").context["lines"]
    assert [line.label for line in lines] == ["Direction technique", "Voirie"]
    assert_status(client.get(f"{PAGE}?service=nulle-part&agent=zz"), 200)


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("admin", 200),
        ("referent", 200),
        ("manager", 200),
        ("pilot", 200),
        ("counter", 403),
        ("phone", 403),
        ("back_office", 403),
        ("elected", 403),
    ],
)
def test_who_reads_the_matrix(town, client_of, role, status):
    client = client_of(make_agent((role, town["voirie"])))
    assert_status(client.get(PAGE), status)
    assert_status(client.get(f"{PAGE}?export=csv"), status)


def test_a_referent_reads_the_matrix_of_their_own_services_only(town, client_of):
    make_agent(("phone", town["parcs"]), first_name="Inès", last_name="Ailleurs")
    client = client_of(make_agent(("referent", town["voirie"])))
    page = client.get(f"{PAGE}?service=parcs").content.decode()
    assert "Droits\u00a0: Voirie" in page
    assert "AILLEURS" not in page
    assert "Parcs" not in client.get(f"{PAGE}?export=csv").content.decode()


def test_the_export_has_a_line_for_each_agent_and_service(town, client_of):
    lines = client_of(town["admin"]).get(f"{PAGE}?export=csv").content.decode("utf-8-sig").splitlines()
    assert len(lines[0].split(";")) == 4 + len(ALL_PERMISSIONS)
    (line,) = [line for line in lines if line.startswith("Camille REY;") and ";Voirie;" in line]
    assert "Responsable — Direction technique (hérité)" in line
    assert line.endswith(";x;;x;x;;x;;")


def test_who_can_see_this_ticket(town, client_of):
    secret = make_ticket(request_type=make_type("aide", town["voirie"], is_sensitive=True))
    plain = make_ticket(request_type=make_type("trou", town["voirie"]))
    client = client_of(town["referent"])
    response = assert_status(client.get(f"/agents/demandes/{plain.reference}/droits/"), 200)
    assert {row["agent"] for row in response.context["seeing"]} == {town["chief"], town["referent"], town["admin"]}
    assert response.context["accesses"] is None
    response = assert_status(client.get(f"/agents/demandes/{secret.reference}/droits/"), 200)
    assert [row["agent"] for row in response.context["seeing"]] == [town["referent"]]
    assert {row["agent"] for row in response.context["kept_out"]} == {town["chief"], town["admin"]}
    assert response.context["accesses"].count == 1
    for agent in (town["chief"], make_agent(("referent", town["parcs"]))):
        assert_status(client_of(agent).get(f"/agents/demandes/{secret.reference}/droits/"), 404)
