import uuid

import pytest
from django.urls import reverse

from channels_intake.models import IntakeKey
from directory.models import Site
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_article, make_service, make_town
from tickets.enums import Status
from tickets.models import Ticket

URL = reverse("counter:desk")
pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client_of):
    return client_of(make_agent(("counter", make_town())))


def visit(**fields):
    return {"key": str(uuid.uuid4()), "citizen": "new", "question": "Où est la salle des mariages ?"} | fields


def test_a_visit_is_answered_and_closed(desk):
    article = make_article("Où est la salle des mariages ?", "Au premier étage.", make_service("etat-civil"))
    desk.post(URL, visit(article=article.pk))
    ticket = Ticket.objects.get()
    assert (ticket.channel, ticket.status, ticket.is_first_contact) == ("counter", Status.CLOSED, True)


def test_the_site_is_asked_once_and_recorded(desk):
    Site.objects.create(code="hotel-de-ville", name="Hôtel de ville")
    Site.objects.create(code="annexe", name="Mairie annexe")
    Site.objects.create(code="ferme", name="Fermée", is_active=False)
    asked = desk.get(URL).content.decode()
    assert "Hôtel de ville" in asked
    assert "Fermée" not in asked
    assert "omnibox" not in asked
    desk.post(reverse("counter:site"), {"site": "annexe"})
    page = desk.get(URL)
    assert page.context["site"].code == "annexe"
    desk.post(URL, visit(outcome="opened"))
    assert IntakeKey.objects.get().source == "counter:annexe"


@pytest.mark.parametrize("code", ["ferme", "inconnu", "", "\x00"])
def test_a_site_that_is_not_open_is_not_chosen(desk, code):
    for name in ("un", "deux"):
        Site.objects.create(code=name, name=name)
    Site.objects.create(code="ferme", name="Fermée", is_active=False)
    assert_status(desk.post(reverse("counter:site"), {"site": code}), 302)
    assert "omnibox" not in desk.get(URL).content.decode()


def test_a_single_site_is_never_asked(desk):
    Site.objects.create(code="hotel-de-ville", name="Hôtel de ville")
    assert desk.get(URL).context["site"].code == "hotel-de-ville"


def test_choosing_a_site_needs_the_right_and_a_post(client_of, client):
    outsider = client_of(make_agent(("back_office", make_service("voirie"))))
    assert_status(outsider.post(reverse("counter:site"), {"site": "x"}), 403)
    assert_status(client.get(reverse("counter:site")), 405)


def test_the_two_desks_do_not_share_their_keys(desk):
    data = visit(outcome="opened")
    desk.post(URL, data)
    desk.post(reverse("phone:desk"), data)
    assert sorted(Ticket.objects.values_list("channel", flat=True)) == ["counter", "phone"]
