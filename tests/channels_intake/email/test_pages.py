from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from channels_intake.email.processing import mail_process
from channels_intake.email.storing import mail_store
from channels_intake.email.watching import failures_tell, waiting_counter
from channels_intake.models import InboundMail, InboundStatus, Mailbox, MailFetch
from directory.models import Agent, Service
from notifications.models import Notice
from tests.support.asserts import assert_accessible, assert_fits, assert_status
from tests.support.factories import make_agent, make_service, make_town, make_type
from tickets.models import Ticket

LIST = "/agents/courrier-entrant/"
RAW = "From: Claire <claire@example.org>\r\nSubject: Aide\r\nMessage-ID: <{}@example.org>\r\n\r\nMon RSA\r\n"


def receive(number: int = 1) -> InboundMail:
    make_town()
    box = Mailbox.objects.get_or_create(address="mairie@rives-sur-orme.example")[0]
    [pk] = mail_store(mailbox_ids=[box.pk], raw=RAW.format(number).encode(), envelope_from="claire@example.org")
    mail_process(mail_id=pk, now=timezone.now())
    return InboundMail.objects.get(pk=pk)


@pytest.fixture
def admin(db: None) -> Agent:
    return make_agent(("admin", make_town()))


@pytest.mark.django_db
def test_who_may_watch(client_of: Callable[[Agent], Client], client: Client, admin: Agent) -> None:
    root = make_town()
    voirie = make_service("voirie")
    pilot_service = Service.objects.get(is_pilot=True)
    for agent, status in (
        (admin, 200),
        (make_agent(("pilot", root)), 200),
        (make_agent(("pilot", pilot_service)), 200),
        (make_agent(("manager", voirie)), 403),
        (make_agent(("back_office", root)), 403),
        (make_agent(("elected", root)), 403),
        (make_agent(), 403),
    ):
        for url in (LIST, "/agents/envois/"):
            assert_status(client_of(agent).get(url), status)
    assert_status(client.get(LIST), 302)


@pytest.mark.django_db
def test_what_the_agent_may_not_see_is_hidden_and_refused(client_of: Callable[[Agent], Client], admin: Agent) -> None:
    social = make_service("action-sociale")
    make_type("rsa", social, keywords=["rsa"], is_sensitive=True)
    row = receive()
    assert row.ticket is not None
    assert row.ticket.is_sensitive
    page = client_of(admin).get(LIST).content.decode()
    assert "claire@example.org" not in page
    assert row.ticket.reference not in page
    assert_status(client_of(admin).get(f"{LIST}{row.pk}/original/"), 403)
    Ticket.objects.update(is_sensitive=False)
    page = client_of(admin).get(LIST).content.decode()
    assert "claire@example.org" in page
    assert row.ticket.reference in page
    original = assert_status(client_of(admin).get(f"{LIST}{row.pk}/original/"), 200)
    assert original.content == RAW.format(1).encode()
    assert original["Content-Type"] == "application/octet-stream"
    assert original["Content-Disposition"].startswith("attachment")


@pytest.mark.django_db
def test_a_failed_mail_is_processed_again(
    client_of: Callable[[Agent], Client],
    admin: Agent,
    told: list[tuple[str, tuple[object, ...]]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    row = receive()
    InboundMail.objects.update(status=InboundStatus.FAILED, note="ValueError: essai", ticket=None)
    browser = client_of(admin)
    assert "ValueError: essai" in browser.get(f"{LIST}?status=failed").content.decode()
    assert "ValueError: essai" not in browser.get(f"{LIST}?status=done").content.decode()
    assert_status(browser.get(f"{LIST}{row.pk}/reprendre/"), 405)
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(f"{LIST}{row.pk}/reprendre/", {"next": "https://evil.example/"})
    assert answer["Location"] == LIST
    assert ("channels_intake.process_mail", (row.pk,)) in told
    row.refresh_from_db()
    assert (row.status, row.attempts) == (InboundStatus.STORED, 0)
    assert_status(client_of(make_agent()).post(f"{LIST}{row.pk}/reprendre/"), 403)


@pytest.mark.django_db
def test_pages_and_queries_do_not_grow(
    client_of: Callable[[Agent], Client], admin: Agent, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        receive(number)
    browser = client_of(admin)
    browser.get(LIST)
    with django_assert_max_num_queries(15):
        first = browser.get(LIST)
    seen = {row["mail"].pk for row in first.context["rows"]}
    second = browser.get(f"{LIST}{first.context['next_url']}")
    seen |= {row["mail"].pk for row in second.context["rows"]}
    assert len(seen) == 30
    assert_status(browser.get(f"{LIST}?cursor=forged"), 400)


@pytest.mark.django_db
def test_filtered_by_what_it_became(client_of: Callable[[Agent], Client], admin: Agent) -> None:
    row = receive(1)
    failing = receive(2)
    InboundMail.objects.filter(pk=failing.pk).update(outcome="ignored", status="ignored", note="boucle", ticket=None)
    browser = client_of(admin)
    shown = browser.get(f"{LIST}?outcome=ticket").context["rows"]
    assert [(one["mail"].pk, one["label"]) for one in shown] == [(row.pk, "Nouvelle demande")]
    assert [one["mail"].pk for one in browser.get(f"{LIST}?outcome=ignored").context["rows"]] == [failing.pk]
    assert len(browser.get(f"{LIST}?outcome=n'importe").context["rows"]) == 2
    assert "n’est plus relevée" not in browser.get(LIST).content.decode()
    box = Mailbox.objects.get()
    MailFetch.objects.create(
        mailbox=box, host="h.example", username="u", failing_since=timezone.now(), last_error="mot de passe refusé"
    )
    page = browser.get(LIST).content.decode()
    assert "n’est plus relevée" in page
    assert "mot de passe refusé" in page


@pytest.mark.django_db
def test_those_who_watch_mail_hear_of_what_failed_once(client_of: Callable[[Agent], Client], admin: Agent) -> None:
    row, now = receive(), timezone.now()
    pilot = make_agent(("pilot", Service.objects.get(is_pilot=True)))
    make_agent(("manager", make_service("voirie")))
    assert failures_tell(now) == 0
    assert waiting_counter(admin) == ("", "")
    cache.clear()
    InboundMail.objects.filter(pk=row.pk).update(status=InboundStatus.FAILED, ticket=None, processed_at=now)
    account = MailFetch.objects.create(
        mailbox=Mailbox.objects.get(), host="h.example", username="u", last_error="refus"
    )
    MailFetch.objects.update(failing_since=now - timedelta(minutes=14))
    assert failures_tell(now) == 2
    assert failures_tell(now + timedelta(seconds=1)) == 0
    MailFetch.objects.update(failing_since=now - timedelta(minutes=16))
    assert [failures_tell(now), failures_tell(now)] == [2, 0]
    assert {notice.agent for notice in Notice.objects.all()} == {admin, pilot}
    assert set(Notice.objects.values_list("title", flat=True)) == {
        "1 courriel reçu n’a pas pu être traité",
        f"{account.mailbox.address} n’est plus relevée",
    }
    Notice.objects.update(read_at=now)
    assert failures_tell(now) == 0
    second = receive(2)
    later = now + timedelta(minutes=5)
    InboundMail.objects.filter(pk=second.pk).update(status=InboundStatus.FAILED, processed_at=later)
    assert failures_tell(later) == 2
    entry = next(
        item for group in client_of(admin).get(LIST).context["nav"] for item in group["items"] if item["url"] == LIST
    )
    assert (entry["count"], entry["tone"]) == ("3", "late")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_page_in_a_browser(page: Any, live_server: Any, client_of: Callable[[Agent], Client]) -> None:
    admin = make_agent(("admin", make_town()))
    receive(1)
    failed = receive(2)
    InboundMail.objects.filter(pk=failed.pk).update(status=InboundStatus.FAILED, note="ValueError: essai", ticket=None)
    session = client_of(admin).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(LIST)
    assert page.locator("h1").inner_text() == "Courriels reçus"
    assert_accessible(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Traiter de nouveau").click()
    page.get_by_text("Le courriel va être traité de nouveau.").wait_for()
