"""Alerts in the application: the bell, « Mes alertes », and the morning's digest."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from directory.models import Agent
from notifications.actions.notices import digests_send, last_morning, notice_add
from notifications.models import Notice, OutboundMessage
from notifications.tasks import forget_notices, send_digests
from tests.support.asserts import assert_accessible, assert_fits, assert_status
from tests.support.factories import make_agent, make_service, make_ticket
from tests.support.threads import together
from tickets.models import Ticket

LIST = "/agents/alertes/"
TUESDAY = datetime.fromisoformat("2026-11-24T07:30:00+01:00")


@pytest.fixture
def agent(db: None) -> Agent:
    return make_agent(("back_office", make_service("accueil")))


def tell(agent: Agent, number: int = 1, **fields: Any) -> Notice:
    notice_add(agent_id=agent.pk, title=f"Réponse en retard {number}", dedupe_key=f"test:{agent.pk}:{number}", **fields)
    return Notice.objects.get(dedupe_key=f"test:{agent.pk}:{number}")


def test_an_alert_exists_once(agent: Agent) -> None:
    tell(agent)
    tell(agent)
    assert Notice.objects.count() == 1


@pytest.mark.parametrize(("role", "hears"), [("phone", True), ("back_office", False)])
def test_only_who_answers_the_telephone_is_told_where_calls_ring(
    role: str, hears: bool, client_of: Callable[[Agent], Client], settings: Any, db: None
) -> None:
    settings.LIVE_URL = "http://127.0.0.1:8002/"
    client = client_of(make_agent((role, make_service("accueil"))))
    page = assert_status(client.get(LIST), 200).content.decode()
    assert "data-alarms" in page
    assert ("/agents/telephone/appel/" in page) == hears
    assert_status(client.get("/agents/telephone/appel/?banner=1"), 200 if hears else 403)


def test_the_bell_counts_what_is_not_read(client_of: Callable[[Agent], Client], agent: Agent) -> None:
    other = make_agent(("back_office", make_service("accueil")))
    browser = client_of(agent)
    assert "bell__count" not in browser.get(LIST).content.decode()
    for number in range(3):
        tell(agent, number)
    tell(other)
    page = browser.get("/agents/demandes/", follow=True).content.decode()
    assert '<span class="bell__count" aria-hidden="true">3</span>' in page
    assert "3 alertes non lues" in page
    for number in range(3, 140):
        tell(agent, number)
    assert '<span class="bell__count" aria-hidden="true">99+</span>' in browser.get(LIST).content.decode()


def test_opening_reads_and_goes_to_the_ticket(client_of: Callable[[Agent], Client], agent: Agent) -> None:
    ticket = make_ticket()
    path = f"/agents/demandes/{ticket.reference}/"
    notice = tell(agent, ticket_reference=ticket.reference, path=path, body="Une réponse était due.")
    browser = client_of(agent)
    page = browser.get(LIST).content.decode()
    assert "Une réponse était due." in page
    assert_status(browser.get(f"{LIST}{notice.pk}/ouvrir/"), 405)  # GET never writes
    notice.refresh_from_db()
    assert notice.read_at is None
    assert browser.post(f"{LIST}{notice.pk}/ouvrir/").url == path
    notice.refresh_from_db()
    assert notice.read_at is not None
    assert "Une réponse était due." not in browser.get(LIST).content.decode()
    assert "Une réponse était due." in browser.get(f"{LIST}?show=all").content.decode()


def test_one_or_all_are_read_by_post(client_of: Callable[[Agent], Client], agent: Agent) -> None:
    notices = [tell(agent, number) for number in range(3)]
    browser = client_of(agent)
    assert browser.post(f"{LIST}{notices[0].pk}/lue/", {"show": "all"}).url == f"{LIST}?show=all"
    assert Notice.objects.filter(read_at=None).count() == 2
    assert "2 alertes marquées comme lues." in browser.post(f"{LIST}lues/", follow=True).content.decode()
    assert not Notice.objects.filter(read_at=None).exists()


@pytest.mark.parametrize("action", ["ouvrir", "lue"])
def test_the_alerts_of_others_do_not_exist(client_of: Callable[[Agent], Client], agent: Agent, action: str) -> None:
    other = make_agent(("admin", make_service("accueil")))
    notice = tell(agent)
    assert_status(client_of(other).post(f"{LIST}{notice.pk}/{action}/"), 404)
    client_of(other).post(f"{LIST}lues/")
    notice.refresh_from_db()
    assert notice.read_at is None
    assert notice.title not in client_of(other).get(LIST).content.decode()
    assert_status(Client().get(LIST), 302)


def test_a_ticket_that_left_the_agents_reach_keeps_its_reference_alone(
    client_of: Callable[[Agent], Client], agent: Agent
) -> None:
    ticket = make_ticket()
    body = "Objet : Lampadaire éteint"
    tell(agent, ticket_reference=ticket.reference, path=f"/agents/demandes/{ticket.reference}/", body=body)
    Ticket.objects.update(service=make_service("ccas"))
    page = client_of(agent).get(LIST).content.decode()
    assert ticket.reference in page
    assert body not in page
    assert f'href="/agents/demandes/{ticket.reference}/"' not in page


def test_pages_cost_a_fixed_number_of_queries(
    client_of: Callable[[Agent], Client], agent: Agent, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        tell(agent, number)
    browser = client_of(agent)
    with django_assert_max_num_queries(10):
        first = browser.get(LIST)
    with django_assert_max_num_queries(10):
        second = browser.get(f"{LIST}{first.context['next_url']}")
    seen = [row["notice"].pk for row in [*first.context["rows"], *second.context["rows"]]]
    assert seen == list(Notice.objects.order_by("-id").values_list("pk", flat=True)[:50])


def test_alerts_read_long_ago_are_forgotten(agent: Agent) -> None:
    now = timezone.now()
    kept = [tell(agent, 1), tell(agent, 2), tell(agent, 3, created_at=now - timedelta(days=365))]
    Notice.objects.filter(pk=kept[1].pk).update(read_at=now - timedelta(days=89))
    tell(agent, 4, created_at=now - timedelta(days=367))
    Notice.objects.filter(pk=tell(agent, 5).pk).update(read_at=now - timedelta(days=91))
    forget_notices()
    assert list(Notice.objects.order_by("id")) == kept


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        ("2026-11-24T07:30:00+01:00", "2026-11-24T07:30:00+01:00"),
        ("2026-11-24T07:29:59+01:00", "2026-11-23T07:30:00+01:00"),
        ("2026-11-29T23:00:00+01:00", "2026-11-27T07:30:00+01:00"),  # Sunday: Friday's
        ("2026-11-30T07:00:00+01:00", "2026-11-27T07:30:00+01:00"),
        ("2026-03-30T05:30:00+00:00", "2026-03-30T07:30:00+02:00"),  # the day after summer time begins
    ],
)
def test_the_last_morning(now: str, morning: str) -> None:
    assert last_morning(datetime.fromisoformat(now)) == datetime.fromisoformat(morning)


def digests() -> list[OutboundMessage]:
    return list(OutboundMessage.objects.filter(kind="digest").order_by("id"))


def test_the_digest_is_one_mail_a_morning(agent: Agent, told: Any, django_capture_on_commit_callbacks: Any) -> None:
    other = make_agent(("back_office", make_service("accueil")))
    evening = TUESDAY - timedelta(hours=12)
    ticket = make_ticket()
    tell(agent, 1, in_digest=True, created_at=evening, body="Une réponse est due.", ticket_reference=ticket.reference)
    tell(agent, 2, in_digest=True, created_at=evening, is_urgent=True, path=f"/agents/demandes/{ticket.reference}/")
    tell(agent, 3, created_at=evening)
    tell(agent, 4, in_digest=True, created_at=TUESDAY)
    tell(other, 5, in_digest=True, created_at=evening)
    assert digests_send(TUESDAY - timedelta(seconds=1)) == 0
    told.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert digests_send(TUESDAY) == 2
    assert told == [("notifications.sweep_outbox", ())]
    for late in (1, 60, 3600 * 20):
        assert digests_send(TUESDAY + timedelta(seconds=late)) == 0
    mail = next(mail for mail in digests() if mail.to_address == agent.email)
    assert mail.subject == "Vos alertes du jour : 2"
    assert mail.body.index("Réponse en retard 2") < mail.body.index("Réponse en retard 1")  # urgent ones first
    assert f"/agents/demandes/{ticket.reference}/" in mail.body
    assert LIST in mail.body
    assert "Réponse en retard 3" not in mail.body
    assert "Réponse en retard 4" not in mail.body
    assert digests_send(TUESDAY + timedelta(days=1)) == 1
    assert "Réponse en retard 4" in digests()[-1].body


def test_a_stopped_server_sends_its_digest_when_it_comes_back(agent: Agent) -> None:
    tell(agent, 1, in_digest=True, created_at=TUESDAY - timedelta(days=1))
    assert digests_send(TUESDAY + timedelta(days=2, hours=13)) == 1


def test_what_was_read_meanwhile_is_not_told_again(agent: Agent) -> None:
    notice = tell(agent, 1, in_digest=True, created_at=TUESDAY - timedelta(hours=12))
    Notice.objects.update(read_at=timezone.now())
    gone = make_agent(("back_office", make_service("accueil")), is_active=False)
    tell(gone, 2, in_digest=True, created_at=TUESDAY - timedelta(hours=12))
    assert digests_send(TUESDAY) == 0
    assert digests() == []
    notice.refresh_from_db()
    assert notice.in_digest is False
    assert not Notice.objects.filter(in_digest=True).exists()


def test_a_clock_set_back_sends_no_second_digest_of_the_day(agent: Agent) -> None:
    tell(agent, 1, in_digest=True, created_at=TUESDAY - timedelta(hours=12))
    assert digests_send(TUESDAY + timedelta(hours=2)) == 1
    tell(agent, 2, in_digest=True, created_at=TUESDAY - timedelta(minutes=5))
    assert digests_send(TUESDAY + timedelta(minutes=1)) == 0
    assert Notice.objects.get(dedupe_key=f"test:{agent.pk}:2").in_digest is True
    assert digests_send(TUESDAY + timedelta(days=1)) == 1


def test_the_task_reads_the_clock(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.tasks.timezone.now", lambda: TUESDAY)
    tell(agent, 1, in_digest=True, created_at=TUESDAY - timedelta(hours=1))
    send_digests()
    assert [mail.subject for mail in digests()] == ["Alerte du jour : Réponse en retard 1"]


@pytest.mark.django_db(transaction=True)
def test_two_digest_tasks_at_once_send_one_mail_each() -> None:
    agents = [make_agent(("back_office", make_service("accueil"))) for _ in range(8)]
    for agent in agents:
        for number in range(3):
            tell(agent, number, in_digest=True, created_at=TUESDAY - timedelta(hours=1))
    together(lambda _number: digests_send(TUESDAY), 3)
    assert sorted(mail.to_address for mail in digests()) == sorted(agent.email for agent in agents)
    assert all(mail.body.count("Réponse en retard") == 3 for mail in digests())
    assert not Notice.objects.filter(in_digest=True).exists()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_page_in_a_browser(page: Any, live_server: Any, client_of: Callable[[Agent], Client]) -> None:
    agent = make_agent(("back_office", make_service("accueil")))
    ticket = make_ticket()
    path = f"/agents/demandes/{ticket.reference}/"
    for number in range(3):
        tell(
            agent,
            number,
            ticket_reference=ticket.reference,
            path=path,
            is_urgent=bool(number),
            body="Une réponse était due le 26 novembre 2026 à 09h00. Objet : " + "x" * 60,
        )
    session = client_of(agent).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto("/agents/demandes/")
    bell = page.get_by_role("link", name="Mes alertes — 3 alertes non lues")
    bell.wait_for()
    assert_accessible(page)
    bell.click()
    assert page.locator("h1").inner_text() == "Mes alertes"
    assert_accessible(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert_fits(page)
    assert_accessible(page)
    page.get_by_role("button", name="Marquer comme lue — Réponse en retard 2").click()
    page.get_by_role("link", name="Mes alertes — 2 alertes non lues").wait_for()
    page.get_by_role("button", name="Réponse en retard 1", exact=True).click()
    page.wait_for_url(f"**{path}")
    page.get_by_role("link", name="Mes alertes — 1 alerte non lue").click()
    page.get_by_role("button", name="Tout marquer comme lu").click()
    page.get_by_text("Vous avez tout lu").wait_for()
    assert_accessible(page)
