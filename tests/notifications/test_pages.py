from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from directory.models import Agent
from notifications.models import OutboundKind, OutboundMessage, OutboundStatus
from tests.notifications.test_delivery import queue
from tests.support.asserts import assert_accessible, assert_fits, assert_status
from tests.support.factories import make_agent, make_ticket, make_town
from tickets.models import Ticket

LIST = "/agents/envois/"
LINK = "https://guichet.example/suivi/lien/Sekret-t0ken_1234567890/"


@pytest.fixture
def admin(db: None) -> Agent:
    return make_agent(("admin", make_town()))


@pytest.mark.django_db
def test_one_time_links_are_masked_outside_a_demonstration(
    client_of: Callable[[Agent], Client], admin: Agent, settings: Any
) -> None:
    row = queue(kind=OutboundKind.TRACKING_LINK, body=f"Votre lien :\n{LINK}\nMerci")
    settings.DEMO = False
    page = client_of(admin).get(f"{LIST}{row.pk}/").content.decode()
    assert "Votre lien" in page
    assert "Sekret" not in page
    settings.DEMO = True
    assert LINK in client_of(admin).get(f"{LIST}{row.pk}/").content.decode()


@pytest.mark.django_db
def test_messages_of_hidden_tickets_stay_hidden(client_of: Callable[[Agent], Client], admin: Agent) -> None:
    ticket = make_ticket(subject="Demande de RSA")
    row = OutboundMessage.objects.get(ticket_reference=ticket.reference)
    browser = client_of(admin)
    assert row.to_address in browser.get(LIST).content.decode()
    assert_status(browser.get(f"{LIST}{row.pk}/"), 200)
    Ticket.objects.update(is_sensitive=True)
    page = browser.get(LIST).content.decode()
    assert row.to_address not in page
    assert ticket.reference not in page
    assert_status(browser.get(f"{LIST}{row.pk}/"), 403)
    OutboundMessage.objects.update(status=OutboundStatus.FAILED)
    assert_status(browser.post(f"{LIST}{row.pk}/renvoyer/"), 403)
    row.refresh_from_db()
    assert row.status == OutboundStatus.FAILED


@pytest.mark.django_db
def test_filters_pages_and_a_fixed_number_of_queries(
    client_of: Callable[[Agent], Client], admin: Agent, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        queue(number)
    make_ticket()
    OutboundMessage.objects.filter(to_address="claire7@example.org").update(
        status=OutboundStatus.FAILED, last_error="550 No such user"
    )
    browser = client_of(admin)
    with django_assert_max_num_queries(15):
        first = browser.get(LIST)
    second = browser.get(f"{LIST}{first.context['next_url']}")
    seen = {row["message"].pk for row in [*first.context["rows"], *second.context["rows"]]}
    assert len(seen) == 31
    failed = browser.get(f"{LIST}?status=failed")
    assert [row["message"].to_address for row in failed.context["rows"]] == ["claire7@example.org"]
    assert len(browser.get(f"{LIST}?kind=acknowledgement&status=nonsense").context["rows"]) == 1


@pytest.mark.django_db
def test_a_failed_message_is_sent_again_on_request(
    client_of: Callable[[Agent], Client],
    admin: Agent,
    told: list[tuple[str, tuple[object, ...]]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    row = queue()
    OutboundMessage.objects.update(status=OutboundStatus.FAILED, attempts=16)
    told.clear()
    with django_capture_on_commit_callbacks(execute=True):
        client_of(admin).post(f"{LIST}{row.pk}/renvoyer/")
    assert told == [("notifications.deliver", (row.pk,))]
    row.refresh_from_db()
    assert (row.status, row.attempts) == (OutboundStatus.QUEUED, 0)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_pages_in_a_browser(page: Any, live_server: Any, client_of: Callable[[Agent], Client]) -> None:
    admin = make_agent(("admin", make_town()))
    make_ticket()
    row = queue()
    OutboundMessage.objects.filter(pk=row.pk).update(status=OutboundStatus.FAILED, last_error="550 No such user")
    session = client_of(admin).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(LIST)
    assert page.locator("h1").inner_text() == "Courriels envoyés"
    assert_accessible(page)
    page.get_by_role("link", name="Réponse n° 1").click()
    page.get_by_role("button", name="Renvoyer").wait_for()
    assert_accessible(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert_fits(page)
    page.get_by_role("button", name="Renvoyer").click()
    page.get_by_text("Le message va être renvoyé.").wait_for()
