import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from channels_intake.admin.mail_fetch import MailFetchForm
from channels_intake.models import Mailbox, MailFetch
from core.sealing import unseal
from directory.models import Agent
from tests.support.asserts import assert_accessible, assert_status
from tests.support.factories import make_agent, make_town
from tests.support.imap import PASSWORD, USER, ImapServer, imap_server

URL = "/admin/channels_intake/mailfetch/"


@pytest.fixture(scope="module")
def server() -> Iterator[ImapServer]:
    with imap_server() as running:
        yield running


def admin_agent() -> Agent:
    return make_agent(("admin", make_town()), is_staff=True)


def fields(server: ImapServer, **changed: Any) -> dict[str, Any]:
    mailbox = Mailbox.objects.get_or_create(address=USER)[0]
    now = timezone.localtime()
    return {
        "mailbox": mailbox.pk,
        "host": "127.0.0.1",
        "port": server.port,
        "security": "none",
        "username": USER,
        "authentication": "password",
        "typed_secret": PASSWORD,
        "folder": "INBOX",
        "after": "keep",
        "poll_seconds": 60,
        "uses_idle": "on",
        "import_from": now.date().isoformat(),
        "answer_from": now.strftime("%Y-%m-%dT%H:%M"),
        "is_active": "on",
    } | changed


@pytest.mark.django_db
def test_an_account_is_added_checked_and_its_secret_never_shown(
    server: ImapServer, client_of: Callable[[Agent], Client]
) -> None:
    browser = client_of(admin_agent())
    page = browser.get(f"{URL}add/").content.decode()
    assert "Laissez vide" not in page, "nothing is stored yet"
    assert f'value="{timezone.localdate():%d/%m/%Y}"' in page or f'value="{timezone.localdate():%Y-%m-%d}"' in page
    answer = browser.post(f"{URL}add/", fields(server, _check="1"), follow=True)
    account = MailFetch.objects.get()
    assert answer.redirect_chain[-1][0] == f"{URL}{account.pk}/change/"
    assert "fonctionne\u00a0: connexion acceptée" in answer.content.decode()
    assert PASSWORD not in account.secret
    assert unseal(account.secret) == PASSWORD
    page = browser.get(f"{URL}{account.pk}/change/").content.decode()
    assert PASSWORD not in page
    assert account.secret not in page
    assert page.count("Laissez vide pour garder") == 1, "no refresh token is stored"
    again = browser.post(f"{URL}{account.pk}/change/", fields(server, port="", typed_secret="tout neuf"))
    assert "À saisir de nouveau" in again.content.decode()
    assert "tout neuf" not in again.content.decode()
    kept = account.secret
    browser.post(f"{URL}{account.pk}/change/", fields(server, typed_secret="", folder="Absent"))
    account.refresh_from_db()
    assert (account.secret, account.folder) == (kept, "Absent")
    answer = browser.post(f"{URL}{account.pk}/change/", fields(server, typed_secret="faux", _check="1"), follow=True)
    told = answer.content.decode()
    assert f"Enregistré, mais le compte {account.username}" in told
    assert "refuse le nom d’utilisateur ou le mot de passe. Il sera réessayé" in told
    assert re.search(r"<small>[^<]+</small>", told)
    answer = browser.post(URL, {"action": "check_connection", "_selected_action": [account.pk]}, follow=True)
    assert "ne fonctionne pas" in answer.content.decode()


@pytest.mark.django_db
def test_the_position_is_the_workers_and_starts_again_when_the_place_changes(
    server: ImapServer, client_of: Callable[[Agent], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, today = client_of(admin_agent()), timezone.localdate()
    account = server.account(import_from=today, answer_from=timezone.now(), last_uid=5, uid_validity=7)

    def position(**changed: Any) -> tuple[int | None, int]:
        MailFetch.objects.update(last_uid=5, uid_validity=7)
        assert_status(browser.post(f"{URL}{account.pk}/change/", fields(server, **changed)), 302)
        account.refresh_from_db()
        return account.uid_validity, account.last_uid

    original = MailFetchForm.save

    def worker_writes_meanwhile(form: MailFetchForm, commit: bool = True) -> MailFetch:
        MailFetch.objects.update(last_uid=9)
        return original(form, commit)

    with monkeypatch.context() as patched:
        patched.setattr(MailFetchForm, "save", worker_writes_meanwhile)
        assert position(poll_seconds=90) == (7, 9)
    assert account.poll_seconds == 90
    assert position(import_from=(today + timedelta(days=1)).isoformat()) == (7, 5)
    assert position(import_from=(today - timedelta(days=30)).isoformat()) == (None, 0)
    assert position(import_from="") == (None, 0)
    assert position(import_from="", folder="Archives") == (None, 0)
    assert position(import_from="", folder="Archives", username="x@example.org") == (None, 0)
    assert position(import_from="", folder="Archives", username="x@example.org") == (7, 5)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"host": "imap.example.org"}, "circule en clair"),
        ({"security": "starttls", "port": 993}, "port 143"),
        ({"after": "move"}, "Vers quel dossier"),
        ({"after": "move", "move_to": "INBOX"}, "relevé lui-même"),
        ({"typed_secret": ""}, "Obligatoire"),
        ({"token_url": "https://login.example.org/token"}, "XOAUTH2 seulement"),
    ],
)
def test_what_cannot_work_is_refused(
    server: ImapServer, client_of: Callable[[Agent], Client], changed: dict[str, Any], told: str
) -> None:
    answer = client_of(admin_agent()).post(f"{URL}add/", fields(server, **changed))
    assert told in answer.content.decode()
    assert not MailFetch.objects.exists()


@pytest.mark.django_db
def test_only_administrators(client_of: Callable[[Agent], Client]) -> None:
    assert_status(client_of(make_agent(("pilot", make_town()), is_staff=True)).get(URL), 403)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_form_in_a_browser(
    page: Any, live_server: Any, server: ImapServer, client_of: Callable[[Agent], Client]
) -> None:
    agent = admin_agent()
    account = server.account(last_error="Le serveur refuse le nom d’utilisateur", failing_since=timezone.now())
    session = client_of(agent).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(f"{URL}{account.pk}/change/")
    assert_accessible(page)
    page.get_by_role("button", name="Enregistrer et vérifier la connexion").click()
    page.get_by_text("connexion acceptée").wait_for()
    page.goto(URL)
    assert_accessible(page)
