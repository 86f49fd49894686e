"""`inbound_report` and `replay_inbound`: every mail is in the account, and what failed can be taken again."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from channels_intake.email import delivering
from channels_intake.email.storing import mail_store
from channels_intake.models import InboundMail, MailFetch
from notifications.models import OutboundMessage
from tests.channels_intake.email.test_processing import arrive, box, letter
from tests.support.factories import make_town
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    out = StringIO()
    call_command(*args, stdout=out, stderr=out)
    return out.getvalue()


def fail(monkeypatch: pytest.MonkeyPatch) -> InboundMail:
    def broken(**_: object) -> None:
        raise ValueError("no pilot service")

    with monkeypatch.context() as patched:
        patched.setattr(delivering, "intake", broken)
        [row] = arrive(letter())
    return row


def test_every_mail_is_accounted_for(monkeypatch: pytest.MonkeyPatch) -> None:
    make_town()
    arrive(letter(), box(), box("voirie@rives-sur-orme.example"))
    arrive(letter("Merci", In_Reply_To=OutboundMessage.objects.get().message_id))
    loop = arrive(letter(From="mairie@rives-sur-orme.example", Auto_Submitted="auto-generated"))[0]
    failed = fail(monkeypatch)
    mail_store(mailbox_ids=[box().pk], raw=letter(), envelope_from="", is_mute=True)
    MailFetch.objects.create(mailbox=box(), host="h", username="u", failing_since=timezone.now(), last_error="refus")
    report: dict[str, Any] = json.loads(run("inbound_report", "--json"))
    assert report["received"] == InboundMail.objects.count() == 6
    assert report["received"] == report["waiting"] + report["failed"] + sum(report["became"].values())
    assert (report["waiting"], report["failed"], report["mute"]) == (1, 1, 1)
    assert report["became"] == {"ticket": 1, "reply": 1, "service": 0, "note": 0, "bounce": 0, "twin": 1, "ignored": 1}
    assert report["ignored"] == [{"reason": loop.note, "number": 1, "first": loop.pk, "last": loop.pk}]
    assert report["failures"][0]["reason"] == failed.note
    assert report["accounts"][0]["error"] == "refus"
    text = run("inbound_report")
    assert "ValueError: no pilot service" in text
    assert "refus" in text


def test_since(monkeypatch: pytest.MonkeyPatch) -> None:
    make_town()
    arrive(letter())
    InboundMail.objects.update(stored_at=timezone.now() - timedelta(days=3))
    arrive(letter())
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    assert json.loads(run("inbound_report", "--json", "--since", yesterday))["received"] == 1
    assert json.loads(run("inbound_report", "--json", "--since", f"{yesterday}T10:00"))["received"] == 1
    with pytest.raises(CommandError, match="neither a date"):
        run("inbound_report", "--since", "hier")


def test_what_failed_is_taken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    make_town()
    first, second = fail(monkeypatch), fail(monkeypatch)
    [loop] = arrive(letter(From="mairie@rives-sur-orme.example", Auto_Submitted="auto-generated"))
    assert run("replay_inbound", str(first.pk)).strip() == "1 done"
    assert run("replay_inbound", str(first.pk)).strip() == "1 left as it was"
    assert run("replay_inbound", "--failed").strip() == "1 done"
    assert run("replay_inbound", "--ignored", str(second.pk)).strip() == "1 ignored, 1 left as it was"
    assert Ticket.objects.count() == 2
    loop.refresh_from_db()
    assert loop.status == "ignored"
    with pytest.raises(CommandError, match="Say which"):
        run("replay_inbound")
