"""The counter's pages for agents: rights, the desk opened for a visitor, the waiting list."""

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from channels_intake.counter.actions import visit_call_next, visit_serve
from channels_intake.models import Visit, VisitState
from tests.support.asserts import assert_status
from tests.support.counter import arrive, make_desk, make_reason, make_screens, make_site
from tests.support.factories import make_agent, make_service, make_town, make_type
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
DESK, QUEUE, CALL = reverse("counter:desk"), reverse("counter:queue"), reverse("counter:call")


@pytest.fixture
def site():
    return make_site()


@pytest.fixture
def desk(site):
    return make_desk(site)


@pytest.fixture
def agent():
    return make_agent(("counter", make_town()))


@pytest.fixture
def client(client_of, agent, desk):
    client = client_of(agent)
    client.post(reverse("counter:place"), {"desk": desk.pk})
    return client


def step(visit, name, **data):
    return reverse("counter:step", args=[visit.pk, name]), data


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("get", DESK),
        ("get", QUEUE),
        ("get", reverse("counter:visitor")),
        ("post", CALL),
        ("post", reverse("counter:place")),
        ("post", reverse("counter:site")),
        ("post", reverse("counter:step", args=[1, "serve"])),
        ("post", reverse("counter:queue_step", args=[1, "leave"])),
    ],
)
def test_only_agents_who_log_visits_come_in(client_of, client, method, url):
    outsider = client_of(make_agent(("back_office", make_service("voirie"))))
    assert_status(getattr(outsider, method)(url), 403)
    client.logout()
    assert "connexion" in getattr(client, method)(url).url


def test_what_changes_something_is_posted(client, site):
    visit = arrive(site)
    for url in (CALL, step(visit, "serve")[0], reverse("counter:queue_step", args=[visit.pk, "leave"])):
        assert_status(client.get(url), 405)


def test_an_unknown_step_is_not_found(client, site):
    visit = arrive(site)
    assert_status(client.post(step(visit, "fly")[0]), 404)
    assert_status(client.post(reverse("counter:queue_step", args=[visit.pk, "fly"])), 404)
    assert_status(client.post(reverse("counter:queue_step", args=[visit.pk, "priority"]), {"priority": "9"}), 404)


def test_the_desk_is_chosen_once_and_kept(client_of, agent, site, desk):
    client = client_of(agent)
    assert "À quel guichet recevez-vous" in client.get(DESK).content.decode()
    assert_status(client.post(CALL), 302)
    assert "Indiquez d’abord" in client.get(DESK).content.decode()
    client.post(
        reverse("counter:place"), {"desk": make_desk(make_site("annexe", "Annexe", is_active=False), "Ailleurs").pk}
    )
    client.post(reverse("counter:place"), {"desk": "\x00"})
    assert client.get(DESK).context["my_desk"] is None
    client.post(reverse("counter:place"), {"desk": desk.pk})
    assert client.get(DESK).context["my_desk"] == desk


def test_a_site_without_desks_has_the_form_alone(client_of, agent, site):
    page = client_of(agent).get(DESK).content.decode()
    assert 'id="visitor"' not in page
    assert 'id="omnibox"' in page


def test_a_visitor_is_called_received_and_recorded(client, site, agent):
    kind = make_type("passeport", make_service("etat-civil"))
    arrive(site, reason=make_reason(request_type=kind), name="Claire Vasseur")
    assert_status(client.post(CALL), 302)
    visit = Visit.objects.get()
    assert (visit.state, visit.agent) == (VisitState.CALLED, agent)
    page = client.get(DESK)
    assert (page.context["visit"], page.context["form"].initial["request_type"]) == (visit, kind)
    assert page.context["lookup"].text == "Claire Vasseur"
    client.post(*step(visit, "serve"))
    data = {"key": str(uuid.uuid4()), "citizen": "new", "name": "Claire Vasseur", "visit": visit.pk}
    data |= {"question": "Refaire un passeport", "request_type": kind.pk, "outcome": "opened"}
    for _ in range(2):  # a double click
        client.post(DESK, data)
    visit.refresh_from_db()
    ticket = Ticket.objects.get()
    assert (visit.state, visit.ticket, visit.citizen) == (VisitState.DONE, ticket, ticket.requester)
    assert client.get(DESK).context["visit"] is None


def test_a_refused_form_leaves_the_visit_open(client, site):
    arrive(site)
    client.post(CALL)
    visit = Visit.objects.get()
    answer = client.post(DESK, {"key": str(uuid.uuid4()), "citizen": "new", "visit": visit.pk, "outcome": "opened"})
    assert_status(answer, 422)
    visit.refresh_from_db()
    assert visit.state == VisitState.CALLED


def test_the_visit_of_another_agent_is_not_ended_by_a_form(client, site):
    other = make_agent(("counter", make_town()))
    arrive(site)
    visit = visit_call_next(desk=make_desk(site, "Guichet 2"), agent=other, now=timezone.now())
    data = {"key": str(uuid.uuid4()), "citizen": "new", "question": "Une question", "outcome": "opened"}
    assert_status(client.post(DESK, data | {"visit": visit.pk}), 403)
    visit.refresh_from_db()
    assert visit.state == VisitState.CALLED
    assert not Ticket.objects.exists(), "in one transaction"


def test_the_steps_answer_htmx_with_the_strip(client, site):
    arrive(site)
    client.post(CALL)
    visit = Visit.objects.get()
    answer = client.post(*step(visit, "serve"), headers={"HX-Request": "true"})
    assert b'id="visitor"' in answer.content
    assert b"<html" not in answer.content
    again = client.post(*step(visit, "no-show"), headers={"HX-Request": "true"})
    assert again["HX-Redirect"] == DESK, "refused: the page says why"


def test_nobody_to_call_says_so_and_offers_to_give_a_number(client, site):
    for url, button in ((DESK, "visitor-call"), (QUEUE, "queue-call")):
        page = client.get(url).content.decode()
        assert re.search(rf'id="{button}"[^>]* disabled', page)
        assert "#arrival-title" in page
        assert 'id="arrival-title"' in client.get(QUEUE).content.decode()
    arrive(site)
    for url, button in ((DESK, "visitor-call"), (QUEUE, "queue-call")):
        assert not re.search(rf'id="{button}"[^>]* disabled', client.get(url).content.decode())


def test_a_refusal_is_told_on_the_page(client, site):
    visit = arrive(site)
    client.post(*step(visit, "serve"))
    assert "ce n’est plus possible" in client.get(DESK).content.decode()
    client.post(reverse("counter:queue_step", args=[visit.pk, "leave"]), {"back": "queue"})
    assert client.post(CALL, {"back": "queue"}).url == QUEUE
    assert "Personne n’attend pour ce guichet" in client.get(QUEUE).content.decode()


def test_a_transfer_says_where_and_refuses_an_unknown_service(client, site, agent):
    planning = make_service("urbanisme", "Urbanisme")
    make_desk(site, "Guichet U", planning)
    arrive(site)
    client.post(CALL)
    visit = Visit.objects.get()
    client.post(*step(visit, "transfer", service=make_service("voirie").pk))
    visit.refresh_from_db()
    assert visit.state == VisitState.CALLED
    client.post(*step(visit, "transfer", service=planning.pk, note="Plan joint"))
    visit.refresh_from_db()
    assert (visit.state, visit.service, visit.note) == (VisitState.WAITING, planning, "Plan joint")
    assert "Urbanisme" in client.get(DESK).content.decode()


def test_somebody_comes_in_through_the_agent(client, site):
    reason = make_reason()
    key = client.get(QUEUE).context["form"].initial["key"]
    data = {"key": key, "reason": reason.pk, "priority": 2, "name": "Mme Bertin", "appointment": ""}
    for _ in range(2):
        client.post(QUEUE, data)
    visit = Visit.objects.get()
    assert (visit.label, visit.name, visit.priority, visit.by_kiosk) == ("A001", "Mme Bertin", 2, False)
    page = client.get(QUEUE).content.decode()
    assert "Numéro à donner\u00a0: A001" in page
    client.post(QUEUE, {"key": str(uuid.uuid4()), "appointment": "10:30"})
    late = Visit.objects.get(number=2)
    assert (late.priority, timezone.localtime(late.appointment_at).strftime("%H:%M")) == (1, "10:30")
    assert_status(client.post(QUEUE, {"key": "x", "appointment": "99:99"}), 422)


def test_the_list_is_refreshed_alone(client, site):
    arrive(site, name="Mme Bertin")
    answer = client.get(QUEUE, headers={"HX-Request": "true", "HX-Target": "queue"})
    assert b"Mme Bertin" in answer.content
    assert b"<html" not in answer.content


def test_who_left_may_come_back(client, site):
    visit = arrive(site)
    client.post(reverse("counter:queue_step", args=[visit.pk, "leave"]), {"back": "queue"})
    assert client.get(QUEUE).context["gone"] == [visit]
    client.post(reverse("counter:queue_step", args=[visit.pk, "return"]), {"back": "queue"})
    assert client.get(QUEUE).context["visits"] == [visit]
    client.post(reverse("counter:queue_step", args=[visit.pk, "priority"]), {"priority": "2", "back": "queue"})
    visit.refresh_from_db()
    assert visit.priority == 2


def test_the_pages_cost_a_fixed_number_of_queries(client, site, agent, django_assert_max_num_queries):
    planning = make_service("urbanisme")
    make_screens(site)
    for number in range(12):
        make_desk(site, f"Bureau {number}", planning if number % 2 else None)
        arrive(
            site, timezone.now() - timedelta(minutes=number), reason=make_reason(f"Motif {number}", service=planning)
        )
        other = make_agent(("counter", make_town()))
        arrive(site)
        visit = visit_call_next(desk=site.desks.get(name=f"Bureau {number}"), agent=other, now=timezone.now())
        visit_serve(visit_id=visit.pk, agent=other, now=timezone.now())
    client.get(QUEUE)
    for url in (QUEUE, DESK, reverse("counter:visitor")):
        with django_assert_max_num_queries(20 if url == DESK else 16):
            assert_status(client.get(url), 200)
