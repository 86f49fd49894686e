"""The telephone desk without a browser: who may, what each outcome leaves behind, how many queries."""

import uuid

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from channels_intake.models import IntakeKey
from directory.actions.citizens import Requester
from directory.models import Citizen, ContactPoint
from directory.roles import ROLE_PERMISSIONS, Role
from tests.support.asserts import assert_status
from tests.support.factories import (
    make_agent,
    make_article,
    make_citizen,
    make_service,
    make_ticket,
    make_town,
    make_type,
)
from tickets.actions.clocks.commitments_change import version_bump
from tickets.actions.people.merging import citizens_merge
from tickets.actions.routing.route import ticket_route
from tickets.enums import EventKind, MessageKind, Status
from tickets.models import Emergency, Ticket

URL = reverse("phone:desk")
pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return make_agent(("phone", make_town()))


@pytest.fixture
def desk(agent, client_of):
    return client_of(agent)


def contact(**fields):
    return {"key": str(uuid.uuid4()), "citizen": "new", "question": "Mon lampadaire est éteint"} | fields


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("url", [URL, reverse("counter:desk")])
def test_only_those_who_log_contacts_come_in(role, url, client_of):
    client = client_of(make_agent((role, make_town())))
    expected = 200 if "log_contacts" in ROLE_PERMISSIONS[role] else 403
    assert_status(client.get(url), expected)
    assert_status(client.post(url, {}), 422 if expected == 200 else 403)
    assert not Ticket.objects.exists()


def test_others_are_sent_to_the_login_page(client):
    assert client.get(URL).url.startswith(reverse("directory:login"))


def test_an_article_answers_and_closes_in_one_action(desk, agent):
    service = make_service("etat-civil")
    passport = make_type("passeport", service)
    article = make_article("Comment refaire un passeport ?", "Prenez rendez-vous.", service, request_type=passport)
    response = desk.post(URL, contact(question="passep", article=article.pk))
    ticket = Ticket.objects.get()
    assert response.url == f"{URL}?done={ticket.reference}&as=answered"
    assert (ticket.status, ticket.channel, ticket.is_first_contact) == (Status.CLOSED, "phone", True)
    assert (ticket.subject, ticket.resolved_with, ticket.request_type) == (article.question, article, passport)
    assert (ticket.service, ticket.assignee, ticket.created_by) == (service, agent, agent)
    assert [message.kind for message in ticket.messages.all()] == [MessageKind.INBOUND, MessageKind.REPLY]
    article.refresh_from_db()
    assert article.answer_count == 1
    page = desk.get(response.url).content.decode()
    assert ticket.reference in page
    assert article.question in page
    assert "Mon lampadaire" not in page, "the desk is fresh again"


@pytest.mark.parametrize("question", ["On ne se comprend pas", ""])
def test_an_internal_article_answers_without_being_shown_to_the_person(desk, question):
    article = make_article("Accueillir une famille", "Parlez lentement.", make_service("accueil"), audience="internal")
    desk.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"  # the agent's, not the person's
    desk.post(URL, contact(question=question, article=article.pk))
    ticket = Ticket.objects.get()
    assert (ticket.resolved_with, ticket.status) == (article, Status.CLOSED)
    shown = "\n".join([ticket.subject, *(message.body for message in ticket.messages.all())])
    assert article.question not in shown
    assert article.answer not in shown
    assert question in shown
    asked, answered = ticket.messages.order_by("id").values_list("body", flat=True)
    assert (asked, answered) == (question or "Question posée à un agent.", "Un agent vous a répondu de vive voix.")


def test_own_words_answer_and_close(desk):
    response = desk.post(URL, contact(outcome="answered", answer="Le service passe demain."))
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.is_first_contact, ticket.resolved_with) == (Status.CLOSED, True, None)
    assert ticket.messages.get(kind=MessageKind.REPLY).body == "Le service passe demain."
    assert "as=answered" in response.url


def test_a_request_is_created_with_its_announced_date(desk, told, django_capture_on_commit_callbacks):
    voirie = make_service("voirie")
    lighting = make_type("eclairage", voirie)
    data = contact(
        outcome="opened",
        name="Claire Vasseur",
        phone="06 39 98 12 34",
        email="claire@example.org",
        request_type=lighting.pk,
        location="12 rue des Lilas",
    )
    with django_capture_on_commit_callbacks(execute=True):
        response = desk.post(URL, data)
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.channel, ticket.location) == (Status.NEW, "phone", "12 rue des Lilas")
    assert (ticket.request_type, ticket.requester.display_name) == (lighting, "Claire Vasseur")
    assert set(ContactPoint.objects.values_list("value", flat=True)) == {"+33639981234", "claire@example.org"}
    assert ("tickets.route", (ticket.pk,)) in told
    page = desk.get(response.url).content.decode()
    assert ticket.reference in page
    assert "une réponse au plus tard le" in page


def test_an_anonymous_caller_is_served_and_no_answer_is_promised(desk):
    response = desk.post(URL, contact(outcome="opened"))
    assert Ticket.objects.get().requester is None
    assert not Citizen.objects.exists()
    page = desk.get(response.url).content.decode()
    assert "Aucune réponse ne pourra être envoyée" in page
    assert "desk-done--warning" in page
    assert "une réponse au plus tard le" not in page


def test_who_cannot_be_reached_is_marked_before_the_request_is_made(desk):
    make_citizen("Claire Vasseur", phone="06 39 98 12 34")
    assert "data-unreachable" not in fragment(desk, "caller", q="vasseur").content.decode()
    make_citizen("Bernadette Quignard").contact_points.all().delete()
    assert "data-unreachable" in fragment(desk, "caller", q="quignard").content.decode()


def test_the_summary_of_a_refused_form_names_the_person_in_french(desk):
    page = desk.post(URL, contact(outcome="opened", citizen="")).content.decode()
    assert "Personne – Choisissez la personne" in page
    assert "Citizen" not in page


def test_a_known_person_is_not_made_twice(desk):
    citizen = make_citizen(phone="06 39 98 12 34")
    desk.post(URL, contact(outcome="opened", citizen=citizen.pk, name="ignored"))
    assert Ticket.objects.get().requester == citizen
    assert Citizen.objects.count() == 1


def test_a_call_is_added_to_a_request_and_reopens_it(desk):
    ticket = make_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(status=Status.ANSWERED)
    response = desk.post(URL, contact(citizen=ticket.requester.pk, ticket=ticket.reference))
    ticket.refresh_from_db()
    assert Ticket.objects.count() == 1
    assert ticket.status == Status.OPEN
    added = ticket.messages.last()
    assert (added.kind, added.channel, added.body) == (MessageKind.INBOUND, "phone", "Mon lampadaire est éteint")
    assert added.author_name == "Claire Vasseur"
    assert ticket.events.filter(kind=EventKind.MESSAGE).count() == 1
    assert response.url == f"{URL}?done={ticket.reference}&as=added"


@pytest.mark.parametrize(
    "outcome", [{"outcome": "opened"}, {"outcome": "answered", "answer": "Oui."}, "article", "ticket"]
)
def test_the_same_form_twice_is_one_contact(desk, outcome):
    existing = make_ticket()
    if outcome == "article":
        outcome = {"article": make_article("Une question ?", "Une réponse.", existing.service).pk}
    elif outcome == "ticket":
        outcome = {"ticket": existing.reference}
    data = contact(**outcome)
    first, second = desk.post(URL, data), desk.post(URL, data)
    assert first.url == second.url
    assert first.status_code == second.status_code == 302
    assert IntakeKey.objects.filter(source="phone").count() == 1
    assert Ticket.objects.count() == (1 if "ticket" in outcome else 2)
    assert existing.messages.count() == (2 if "ticket" in outcome else 1)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"question": ""}, "question"),
        ({"question": "\x00"}, "question"),
        ({"phone": "pas un numéro"}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"email": "pas une adresse"}, "email"),
        ({"outcome": "answered"}, "answer"),
        ({"outcome": "opened", "answer": "déjà dit"}, "answer"),
        ({"outcome": "autre"}, "__all__"),
        ({"citizen": ""}, "citizen"),
        ({"citizen": "999999"}, "citizen"),
        ({"citizen": "9" * 20}, "citizen"),
        ({"article": "999999"}, "__all__"),
        ({"article": "x"}, "__all__"),
        ({"ticket": "G-22222-22222"}, "__all__"),
        ({"request_type": "999999"}, "request_type"),
        ({"key": "pas un uuid"}, "key"),
        ({"key": ""}, "key"),
    ],
)
def test_wrong_input_comes_back_filled(desk, wrong, field):
    data = contact(name="Claire Vasseur", location="12 rue des Lilas") | wrong
    response = assert_status(desk.post(URL, data), 422)
    assert field in response.context["form"].errors
    page = response.content.decode()
    assert "12 rue des Lilas" in page
    assert data["question"].strip("\x00") in page
    assert not Ticket.objects.exists()


def test_a_request_one_may_not_see_cannot_be_added_to_nor_read_by_its_reference(client_of):
    voirie, parcs = make_service("voirie"), make_service("parcs")
    make_type("eclairage", voirie, keywords=["lampadaire"])
    hidden = make_ticket()
    client = client_of(make_agent(("phone", parcs)))
    assert_status(client.post(URL, contact(ticket=hidden.reference)), 422)
    assert hidden.messages.count() == 1
    page = client.get(URL, {"done": hidden.reference, "as": "opened"})
    assert page.context["done"] is None
    assert hidden.subject not in page.content.decode()
    found = client.get(URL, {"q": hidden.reference})
    assert found.context["lookup"].cards == ()
    assert hidden.subject not in found.content.decode()
    by_name = client.get(URL, {"q": "Vasseur"})
    assert [card.open_tickets for card in by_name.context["lookup"].cards] == [[]]
    assert hidden.subject not in by_name.content.decode()


def test_the_confirmation_of_what_one_logged_stays_readable_after_routing_elsewhere(client_of):
    make_town()
    client = client_of(make_agent(("phone", make_service("parcs"))))
    response = client.post(URL, contact(outcome="opened"))  # it goes to the pilot service, out of this agent's sight
    ticket = Ticket.objects.get()
    assert ticket.reference in client.get(response.url).content.decode()


@pytest.mark.parametrize("query", ["?done=%00&as=opened", "?done=G-22222-22222&as=opened", "?done=x&as=y", "?as=added"])
def test_an_address_made_up_confirms_nothing(desk, query):
    assert assert_status(desk.get(URL + query), 200).context["done"] is None


def fragment(client, target, **query):
    return client.get(URL, query, headers={"HX-Request": "true", "HX-Target": target})


def test_the_omnibox_finds_by_number_address_reference_and_name(desk):
    citizen = make_citizen("Élodie Lefèvre", "elodie@example.org", "06 39 98 12 34")
    ticket = make_ticket(citizen=citizen)
    for typed in ("06.39.98.12.34", "+33 6 39 98 12 34", "ELODIE@example.org", ticket.reference.lower()):
        lookup = fragment(desk, "caller", q=typed).context["lookup"]
        assert lookup.chosen == str(citizen.pk), typed
        assert [one.pk for one in lookup.cards[0].open_tickets] == [ticket.pk]
    lookup = fragment(desk, "caller", q="lefev").context["lookup"]
    assert (lookup.chosen, [card.citizen for card in lookup.cards]) == ("", [citizen]), "a namesake is never assumed"
    page = fragment(desk, "caller", q="06 39 98 12 34").content.decode()
    assert "<html" not in page
    assert "2e contact pour ce sujet" in page
    assert ticket.subject in page


@pytest.mark.parametrize(
    ("typed", "field"),
    [("Paul Nouveau", "name"), ("06 00 00 00 09", "phone"), ("paul@example.org", "email")],
)
def test_what_was_typed_in_vain_is_kept_for_the_new_person(desk, typed, field):
    response = fragment(desk, "caller", q=typed)
    assert response.context["lookup"].chosen == "new"
    assert response.context["form"][field].value() == typed


@pytest.mark.parametrize("typed", ["", "a", "\x00\x00", "G-AAAAA-AAAAA", "'; DROP", "& | !", "%_%", "9" * 500])
def test_nothing_found_is_not_an_error(desk, typed):
    assert_status(fragment(desk, "caller", q=typed), 200)
    assert_status(fragment(desk, "articles", question=typed), 200)


def test_articles_come_as_one_types_internal_ones_too_but_no_draft(desk):
    service = make_service("etat-civil")
    make_article("Comment refaire un passeport ?", "Prenez rendez-vous.", service)
    make_article("Passeport en urgence : qui appeler ?", "La préfecture.", service, audience="internal")
    make_article("Passeport : brouillon", "À écrire.", service, is_published=False)
    page = fragment(desk, "articles", question="passep").content.decode()
    assert "Prenez rendez-vous" in page
    assert "La préfecture" in page
    assert "brouillon" not in page


def test_an_emergency_comes_with_the_articles_for_the_top_of_the_desk(desk):
    Emergency.objects.create(name="Gaz", words=["odeur de gaz"], instruction="Sortir.", priority=4)
    version_bump()
    page = fragment(desk, "articles", question="une odeur de gaz").content.decode()
    assert page.index('id="desk-alarms" hx-swap-oob="innerHTML"') < page.index("Sortir.")
    whole = desk.get(URL, {"question": "une odeur de gaz"}).content.decode()
    assert whole.index('role="alert"') < whole.index("Sortir.") < whole.index('id="articles"')
    assert "hx-swap-oob" not in whole


def test_an_article_cannot_carry_code(desk):
    make_article("Danger ?", "<script>alert(1)</script> https://example.org/a", make_service("etat-civil"))
    page = fragment(desk, "articles", question="danger").content.decode()
    assert "<script>" not in page
    assert '<a href="https://example.org/a"' in page


def test_the_page_costs_a_fixed_number_of_queries(desk, django_assert_max_num_queries):
    make_article("Comment refaire un passeport ?", "Prenez rendez-vous.", make_service("etat-civil"))
    for number in range(6):
        citizen = make_citizen(f"Claire Vasseur{number}", phone=f"06 39 98 12 3{number}")
        for _ in range(4):
            make_ticket(citizen=citizen)
    desk.get(URL)
    with django_assert_max_num_queries(15):
        response = desk.get(URL, {"q": "vasseur", "question": "passeport"})
    assert len(response.context["lookup"].cards) == 6
    with django_assert_max_num_queries(10):
        fragment(desk, "caller", q="vasseur")
    with django_assert_max_num_queries(5):
        fragment(desk, "articles", question="passeport")


def test_what_was_asked_already_is_said_with_where_it_stands(desk):
    claire = make_citizen("Claire Vasseur", phone="06 39 98 12 34")
    voirie = make_service("voirie", "Voirie")
    first = make_ticket(
        citizen=claire, requester=Requester(), subject="Lampadaire éteint allée du Stade", service=voirie
    )
    query = {"question": "lampadaire éteint", "citizen": claire.pk, "request_type": ""}
    page = desk.get(URL, query, headers={"HX-Request": "true", "HX-Target": "articles"}).content.decode()
    assert "Déjà demandé le" in page
    assert "chez Voirie" in page
    assert "Réponse attendue le" in page
    assert f'value="{first.reference}"' in page, "add to it"
    assert "C’est une autre demande" in page
    desk.post(URL, contact(citizen=claire.pk, question="Lampadaire éteint", outcome="opened"))
    again = Ticket.objects.exclude(pk=first.pk).get()
    ticket_route(ticket_id=again.pk, now=timezone.now())
    again.refresh_from_db()
    assert again.flag == "", "the agent saw it and said that it is another one"


def test_a_card_merged_while_the_agent_types_leads_to_the_one_it_became(desk, agent):
    source, target = make_citizen("Claire Vasseur"), make_citizen("Claire Vasseur")
    citizens_merge(source=source, target=target, actor=agent, now=timezone.now())
    desk.post(URL, contact(citizen=source.pk, outcome="opened"))
    assert Ticket.objects.get().requester == target
