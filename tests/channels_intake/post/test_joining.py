"""A letter scanned in several files: joined, separated, entered as one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from channels_intake.models import Scan, ScanState
from channels_intake.post.entering import Letter, scan_enter
from channels_intake.post.holding import Missing, scan_discard, scan_next, scan_restore, scan_take
from channels_intake.post.joining import scan_join, scan_separate, sheets_joined, sheets_to_join
from channels_intake.post.reading import scan_read
from channels_intake.post.storing import scan_store
from channels_intake.post.tidying import scans_sweep
from core.errors import Conflict
from directory.models import Agent
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_town
from tests.support.scans import LETTER, pdf, png
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
NOW = timezone.now()
LIST = "/agents/courrier-papier/"


@pytest.fixture
def agent() -> Agent:
    return make_agent(("counter", make_town()))


@pytest.fixture
def colleague() -> Agent:
    return make_agent(("counter", make_town()))


def dropped(*contents: bytes, actor: Agent, now: Any = NOW) -> list[Scan]:
    return [
        scan_store(name=f"page-{number}", content=one, origin=f"{now}{number}", now=now, actor=actor).scan
        for number, one in enumerate(contents, 1)
    ]


def names(scans: list[Scan]) -> list[str]:
    return [scan.name.partition(".")[0] for scan in scans]


def test_three_files_make_one_ticket(agent: Agent) -> None:
    scans = dropped(pdf(LETTER[:4]), pdf(LETTER[4:]), png(3), actor=agent)
    first, second, third = scans
    for one in (third, second, second):  # clicked twice
        scan_join(scan_id=first.pk, sheet_id=one.pk, actor=agent, now=NOW)
    scan_separate(scan_id=first.pk, sheet_id=third.pk, actor=agent, now=NOW)
    scan_join(scan_id=first.pk, sheet_id=third.pk, actor=agent, now=NOW)
    assert names(sheets_joined(first)) == ["page-2", "page-3"]
    for one in scans:
        scan_read(scan_id=one.pk, now=NOW)
    assert scan_next(actor=agent, now=NOW, after=first.pk) == first  # the only letter left
    letter = Letter(received_on=timezone.localdate(), subject="Lampadaire")
    ticket = scan_enter(scan_id=first.pk, letter=letter, actor=agent, now=NOW)
    assert scan_enter(scan_id=first.pk, letter=letter, actor=agent, now=NOW) == ticket
    message = ticket.messages.get()
    files = message.attachments.order_by("id")
    assert [file.sha256 for file in files] == [one.sha256 for one in scans]
    assert message.quoted.index("Objet : lampadaire éteint") < message.quoted.index("plongée dans le noir")
    assert set(Scan.objects.values_list("state", "ticket", "text")) == {(ScanState.ENTERED, ticket.pk, "")}
    scans_sweep(now=NOW)
    assert not Scan.objects.exclude(file="").exists()
    again = scan_store(name="bis.png", content=png(3), origin="later", now=NOW).scan
    assert again.duplicate_of == third
    with pytest.raises(Conflict):
        scan_separate(scan_id=first.pk, sheet_id=third.pk, actor=agent, now=NOW)


def test_what_cannot_be_joined_stays_where_it_is(agent: Agent, colleague: Agent) -> None:
    first, second, third, held = dropped(*(png(number) for number in range(4)), actor=agent)
    scan_take(scan_id=held.pk, actor=colleague, now=NOW)
    scan_join(scan_id=first.pk, sheet_id=second.pk, actor=agent, now=NOW)
    refused = [
        (first, held, agent),  # a colleague is entering it
        (third, first, agent),  # a letter of several sheets
        (second, third, agent),  # a sheet
        (first, third, colleague),  # not the colleague's letter
        (third, second, colleague),  # a sheet of another
        (third, third, agent),
    ]
    for scan, sheet, who in refused:
        with pytest.raises(Conflict):
            scan_join(scan_id=scan.pk, sheet_id=sheet.pk, actor=who, now=NOW)
    with pytest.raises(Conflict):
        scan_separate(scan_id=first.pk, sheet_id=second.pk, actor=colleague, now=NOW)
    for action in (scan_take, scan_enter):
        with pytest.raises(Conflict):
            action(scan_id=second.pk, actor=agent, now=NOW, **({} if action is scan_take else {"letter": None}))  # type: ignore[arg-type]
    with pytest.raises(Missing):
        scan_join(scan_id=10**9, sheet_id=third.pk, actor=agent, now=NOW)
    scan_discard(scan_id=first.pk, reason="Publicité", actor=agent, now=NOW)
    scan_restore(scan_id=second.pk)
    scan_restore(scan_id=first.pk)
    assert dict(Scan.objects.values_list("pk", "state")) == {
        first.pk: "new",
        second.pk: "joined",
        third.pk: "new",
        held.pk: "new",
    }
    for wrong in ({"joined_to": first.pk}, {"joined_to": third.pk, "state": "joined", "position": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Scan.objects.filter(pk=third.pk).update(**wrong)


def test_the_page_joins_and_separates_and_keeps_what_was_typed(
    agent: Agent, colleague: Agent, client_of: Callable[[Agent], Client]
) -> None:
    first, second, third = dropped(pdf(LETTER[:4]), pdf(LETTER[4:]), png(3), actor=agent)
    dropped(png(9), actor=colleague)
    dropped(png(8), actor=agent, now=NOW - timedelta(hours=1))
    for one in (first, second):
        scan_read(scan_id=one.pk, now=NOW)
    browser, url = client_of(agent), f"{LIST}{first.pk}/"
    scan_take(scan_id=first.pk, actor=agent, now=timezone.now())
    page = browser.get(url)
    assert names(page.context["to_join"]) == ["page-2", "page-3"]
    form = page.context["form"]
    typed = {name: form[name].value() or "" for name in ("citizen", "received_on", "subject", "body")}
    typed |= {"name": "Paul Martin", "do": "join", "sheet": second.pk}
    answer = assert_status(browser.post(url, typed | {"subject": "Lampadaire, rue des Lilas"}), 200)
    form, text = answer.context["form"], answer.content.decode()
    assert (form["subject"].value(), form["name"].value()) == ("Lampadaire, rue des Lilas", "Paul Martin")
    assert form["body"].value().startswith("Le lampadaire du 3 rue")  # what the second sheet says
    assert answer.context["next_sheet"] == third.pk
    assert f'src="{LIST}{second.pk}/fichier/?inline=1' in text
    assert "data-focus-on-load" in text  # the next page is chosen at once
    assert " autofocus" not in text
    assert not Ticket.objects.exists()
    assert browser.get(f"{LIST}{second.pk}/")["Location"] == url
    assert Scan.objects.filter(state=ScanState.NEW).count() == 4
    browser.post(url, typed | {"do": f"separate-{second.pk}"})
    assert names(sheets_to_join(first, agent, NOW)) == ["page-2", "page-3"]
    text = assert_status(browser.post(url, typed | {"sheet": "x"}), 200).content.decode()
    assert "Cette numérisation ne peut pas être ajoutée" in text
