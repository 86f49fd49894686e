"""What leaves, what is refused, and that a refused text always comes back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from core.errors import Conflict, Invalid
from directory.actions.citizens import Requester
from directory.models import Agent, ContactPoint, Service, Town
from notifications.models import OutboundMessage
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_article, make_ticket, make_type
from tickets.actions.clocks.callbacks import callback_request
from tickets.actions.letters.answers import answer_letter_write
from tickets.actions.lists.bulk import bulk_run, bulk_start
from tickets.actions.messages import Incoming, message_receive, note_add, reply_send
from tickets.actions.replies.drafts import draft_save
from tickets.actions.replies.phone_answers import phone_answer_add
from tickets.actions.teamwork.tasks import task_add
from tickets.models import BulkJob, Letter, Message, Ticket, WrittenDraft

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def url(name: str, ticket: Ticket) -> str:
    return reverse(f"tickets:{name}", args=[ticket.reference])


def test_no_reply_leaves_without_its_frame(voirie: Service, agent: Agent) -> None:
    ticket = make_ticket(service=voirie, subject="RE: Re : Banc cassé")
    message = reply_send(ticket=ticket, actor=agent, body="Réparé hier.", now=timezone.now())
    mail = OutboundMessage.objects.get(kind="reply")
    assert mail.subject == f"Re: Banc cassé [{ticket.reference}]"
    assert mail.body.startswith("Bonjour,\n\nRéparé hier.\n\nCordialement,\n\n--\nCamille DURAND, Référente — Voirie\n")
    assert mail.body.rstrip().splitlines()[-1].startswith("Suivre votre demande ou nous écrire à nouveau : http")
    assert message.body == "Réparé hier."


@pytest.mark.parametrize("left", ["le {{ date }}", "le [à compléter : date]", "le XXX"])
def test_nothing_to_complete_ever_leaves(left: str, voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie)
    body = f"Bonjour, nous passons {left}."
    page = assert_status(client_of(agent).post(url("reply", ticket), {"body": body, "then": "answered"}), 422)
    assert f"Complétez le texte avant de l’envoyer\u00a0: {left.removeprefix('le ')}" in page.content.decode()
    assert body in page.content.decode()
    assert not OutboundMessage.objects.filter(kind="reply").exists()
    for act in (phone_answer_add,):
        with pytest.raises(Invalid):
            act(ticket=ticket, actor=agent, body=body, now=timezone.now())
    with pytest.raises(Invalid, match="Complétez"):
        answer_letter_write(ticket=ticket, actor=agent, body=body, now=timezone.now(), by_email=True)
    assert not Letter.objects.exists()


def test_two_clients_answer_at_once_and_one_is_refused_with_the_text(
    voirie: Service, agent: Agent, client_of: Any
) -> None:
    ticket = make_ticket(service=voirie)
    colleague = make_agent(("back_office", voirie), first_name="Yanis", last_name="Morel")
    seen = Message.objects.get(ticket=ticket).pk
    first, second = client_of(agent), client_of(colleague)
    fields = {"then": "answered", "seen": str(seen)}
    assert_status(first.post(url("reply", ticket), fields | {"body": "Nous passons lundi."}), 302)
    page = assert_status(
        second.post(url("reply", ticket), fields | {"body": "Nous passons mardi."}), 409
    ).content.decode()
    assert "Camille DURAND vient de répondre" in page
    assert "Nous passons mardi.</textarea>" in page
    assert OutboundMessage.objects.filter(kind="reply").count() == 1


def test_what_the_citizen_wrote_meanwhile_is_read_first(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket, client = make_ticket(service=voirie), client_of(agent)
    seen = str(Message.objects.get(ticket=ticket).pk)
    bulk_start(kind="reply", actor=agent, params={"body": "Vu.", "then": "open"}, ticket_ids=[ticket.pk], now=NOW)
    incoming = Incoming(channel="email", body="Ne venez pas lundi.")
    last = message_receive(ticket=ticket, incoming=incoming, now=timezone.now())
    told = "L’usager vient d’écrire."
    letter = {"kind": "answer", "way": "paper", "address": "1 rue Haute", "outcome": "", "do": "send"}
    written = {"reply": {"then": "answered"}, "phone_answer": {}, "letter_write": letter}
    for name, fields in written.items():
        fields = {**fields, "body": "Nous passons lundi."}
        page = assert_status(client.post(url(name, ticket), fields | {"seen": seen}), 409).content.decode()
        assert told in page
        assert "Nous passons lundi.</textarea>" in page
        assert "Ne venez pas lundi." in page
        assert f'name="seen" value="{last.pk}"' in page, "sending again means having read it"
    carried = client.post(url("letter_write", ticket), {"do": "carry", "body": "Lundi.", "seen": seen}).content.decode()
    assert f'name="seen" value="{seen}"' in carried
    job = BulkJob.objects.get()
    bulk_run(job_id=job.pk, now=NOW + timedelta(minutes=5))
    assert told in job.items.get().error
    assert not Letter.objects.exists()
    assert not OutboundMessage.objects.filter(kind="reply").exists()
    assert_status(client.post(url("letter_write", ticket), letter | {"body": "D’accord.", "seen": str(last.pk)}), 302)


def test_closing_says_what_would_be_left_undone(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket, client = make_ticket(service=voirie), client_of(agent)
    assert 'name="remains_known"' not in client.get(url("detail", ticket)).content.decode()
    task_add(ticket=ticket, title="Voir", service=voirie, due_at=NOW + timedelta(days=30), actor=agent, now=NOW)
    callback_request(ticket=ticket, actor=agent, phone="06 39 98 12 34", now=NOW)
    letter = {"kind": "answer", "way": "paper", "address": "1 rue Haute", "outcome": "", "do": "send"}
    assert_status(client.post(url("letter_write", ticket), letter | {"body": "Par écrit."}), 302)
    left = "1 tâche confiée à un service\u202f; 1 courrier à poster\u202f; un rappel promis"
    page = client.get(url("detail", ticket)).content.decode()
    assert left.replace("\u202f; ", ", ") in page
    for kind, params in (("close", {"reason": "Vu"}), ("reply", {"body": "Vu.", "then": "closed"})):
        job = bulk_start(kind=kind, actor=agent, params=params, ticket_ids=[ticket.pk], now=NOW)
        bulk_run(job_id=job.pk, now=NOW + timedelta(minutes=5))
        assert left in job.items.get().error
    fields = {"body": "C’est fini.", "then": "closed"}
    refused = assert_status(client.post(url("reply", ticket), fields), 422).content.decode()
    assert left in refused
    assert "C’est fini.</textarea>" in refused
    assert_status(client.post(url("reply", ticket), fields | {"remains_known": "on"}), 302)
    ticket.refresh_from_db()
    assert ticket.status == "closed"


def test_a_telephone_answer_is_an_answer(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie)
    page = client_of(agent).post(url("phone_answer", ticket), {"body": "Réparation lundi, dit à Mme Vasseur."})
    assert_status(page, 302)
    ticket.refresh_from_db()
    assert ticket.status == "answered"
    assert ticket.first_answered_at is not None
    assert ticket.assignee == agent
    message = Message.objects.get(ticket=ticket, kind="reply")
    assert message.channel == "phone"
    assert message.outbound is None
    assert not OutboundMessage.objects.filter(kind="reply").exists()
    assert "Réponse donnée par téléphone" not in client_of(agent).get(url("detail", ticket)).content.decode()
    assert "Réponse donnée par téléphone" in client_of(agent).get(url("aside", ticket)).content.decode()


def test_a_telephone_answer_needs_words_and_an_open_ticket(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie)
    assert_status(client_of(agent).post(url("phone_answer", ticket), {"body": " "}), 422)
    seen = Message.objects.get(ticket=ticket).pk
    reply_send(ticket=ticket, actor=agent, body="Réparé.", now=timezone.now())
    with pytest.raises(Conflict):
        phone_answer_add(ticket=ticket, actor=agent, body="Dit.", now=timezone.now(), seen_message_id=seen)
    Ticket.objects.filter(pk=ticket.pk).update(status="closed")
    with pytest.raises(Conflict):
        phone_answer_add(ticket=ticket, actor=agent, body="Dit.", now=timezone.now())


def test_without_an_address_the_letter_is_proposed(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie, channel="phone", requester=Requester(name="Léa Roy", phone="0612345678"))
    page = client_of(agent).get(url("detail", ticket)).content.decode()
    assert 'data-compose="letter"' in page
    assert "n’a pas d’adresse" in page
    assert "06 12 34 56 78" in page
    assert 'data-compose-show="reply"' not in page


def test_a_failing_address_is_told(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie)
    ContactPoint.objects.filter(citizen=ticket.requester).update(failing_since=timezone.now(), failure="boîte pleine")
    page = client_of(agent).get(url("detail", ticket)).content.decode()
    assert "est revenu\u00a0: boîte pleine. Préférez le courrier" in page


def test_the_letter_takes_the_text_over_without_its_frame(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie)
    body = "Bonjour Madame,\n\nNous passons lundi.\n\nCordialement,\nCamille"
    page = client_of(agent).post(url("letter_write", ticket), {"do": "carry", "body": body}).content.decode()
    assert "Nous passons lundi.</textarea>" in page
    assert "Bonjour Madame" not in page.split('id="id_body"')[1]
    assert WrittenDraft.objects.get().body == body


def test_the_preview_is_the_mail(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie)
    client = client_of(agent)
    fields = {"body": "Réparé <hier>.", "then": "closed"}
    headers = {"HX-Request": "true", "HX-Target": "reply-preview"}
    page = assert_status(client.post(url("reply_preview", ticket), fields, headers=headers), 200).content.decode()
    html = assert_status(client.get(url("reply_preview_html", ticket)), 200)
    assert "style-src 'unsafe-inline'" in html["Content-Security-Policy"]
    assert "script-src" not in html["Content-Security-Policy"]
    assert html["X-Frame-Options"] == "SAMEORIGIN"
    assert WrittenDraft.objects.get().body == fields["body"], "the text is kept"
    client.post(url("reply", ticket), fields)
    sent = OutboundMessage.objects.get(kind="reply")
    text = page.split('<pre class="mail-text')[1].split(">", 1)[1].split("</pre>")[0]
    assert text == sent.body.replace("<hier>", "&lt;hier&gt;").replace("'", "&#x27;")
    assert sent.to_address in page
    assert "Clôturée" in page
    from notifications.drivers.building import email_build

    mail: Any = email_build(sent)
    assert html.content.decode() == mail.alternatives[0][0]
    assert not WrittenDraft.objects.exists(), "what was sent is no draft any more"


def test_the_preview_of_a_refusal_tells_the_appeals(voirie: Service, agent: Agent, client_of: Any) -> None:
    Town.objects.update(tribunal_name="tribunal administratif de Rives", tribunal_address="3 rue du Droit")
    kind = make_type("terrasse", voirie, regime="SVR", delay_months=2)
    ticket = make_ticket(request_type=kind)
    headers = {"HX-Request": "true", "HX-Target": "reply-preview"}
    fields = {"body": "La terrasse gêne le passage.", "then": "closed", "outcome": "refused"}
    page = client_of(agent).post(url("reply_preview", ticket), fields, headers=headers).content.decode()
    assert "tribunal administratif de Rives" in page
    assert "Madame, Monsieur," in page
    html = client_of(agent).get(url("reply_preview_html", ticket) + "?outcome=refused").content.decode()
    assert "tribunal administratif de Rives" in html


def test_a_preview_of_nothing_and_of_something_to_complete(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie)
    client = client_of(agent)
    assert_status(client.post(url("reply_preview", ticket), {"body": " "}), 422)
    assert_status(client.get(url("reply_preview_html", ticket)), 404)
    headers = {"HX-Request": "true", "HX-Target": "reply-preview"}
    page = client.post(
        url("reply_preview", ticket), {"body": "Le XXX", "then": "open"}, headers=headers
    ).content.decode()
    assert "ne peut pas encore partir" in page
    assert "data-send-now" not in page


def test_drafts_are_kept_found_again_and_forgotten(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie)
    client = client_of(agent)
    seen = Message.objects.get(ticket=ticket).pk
    answer = client.post(url("draft_save", ticket), {"kind": "reply", "body": "Bonjour, je", "seen": seen})
    assert answer.json()["at"]
    page = client.get(url("detail", ticket)).content.decode()
    assert "Bonjour, je</textarea>" in page
    assert "Brouillon du" in page
    listed = client.get(reverse("tickets:drafts")).content.decode()
    assert ticket.reference in listed
    WrittenDraft.objects.update(updated_at=datetime(2026, 11, 3, 11, 4, tzinfo=UTC))
    assert "Brouillon du 3 novembre, 12 h 04" in client.get(url("detail", ticket)).content.decode()
    other = make_agent(("back_office", voirie))
    assert "Bonjour, je" not in client_of(other).get(url("detail", ticket)).content.decode()
    assert client.post(url("draft_save", ticket), {"kind": "reply", "body": " "}).json() == {"at": None}
    assert not WrittenDraft.objects.exists()
    client.post(url("draft_save", ticket), {"kind": "note", "body": "À voir", "do": "keep"})
    assert WrittenDraft.objects.get().kind == "note"
    client.post(url("draft_discard", ticket), {"kind": "note"})
    assert not WrittenDraft.objects.exists()


def test_a_draft_that_comes_after_its_reply_is_not_kept(voirie: Service, agent: Agent) -> None:
    ticket = make_ticket(service=voirie)
    seen, now = Message.objects.get(ticket=ticket).pk, timezone.now()
    reply_send(ticket=ticket, actor=agent, body="Réparé.", now=now)
    late = draft_save(ticket=ticket, actor=agent, kind="reply", body="Réparé.", seen_message_id=seen, now=now)
    assert late is None
    assert draft_save(ticket=ticket, actor=agent, kind="note", body="Vu", seen_message_id=seen, now=now) is not None


@pytest.mark.parametrize(("kind", "body"), [("inbound", "x"), ("", "x"), ("reply", "x" * 50_001)])
def test_what_is_no_draft(kind: str, body: str, voirie: Service, agent: Agent) -> None:
    with pytest.raises(Invalid):
        draft_save(ticket=make_ticket(service=voirie), actor=agent, kind=kind, body=body, now=timezone.now())


def test_an_article_is_inserted_below_the_draft(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie)
    article = make_article("Quand ?", "Sous trois jours.", voirie)
    draft_save(ticket=ticket, actor=agent, kind="reply", body="Bonjour,", now=timezone.now())
    page = client_of(agent).get(url("detail", ticket) + f"?article={article.pk}").content.decode()
    assert "Bonjour,\n\nSous trois jours.</textarea>" in page


def test_the_list_of_drafts_costs_the_same_whatever_their_number(
    voirie: Service, agent: Agent, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(4):
        ticket = make_ticket(service=voirie)
        draft_save(ticket=ticket, actor=agent, kind="reply", body=f"Texte {number}", now=timezone.now())
    client = client_of(agent)
    client.get(reverse("tickets:drafts"))
    with django_assert_max_num_queries(12):
        client.get(reverse("tickets:drafts"))


def test_a_note_forgets_its_own_draft_only(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie)
    for kind in ("reply", "note"):
        draft_save(ticket=ticket, actor=agent, kind=kind, body="Texte", now=timezone.now() - timedelta(minutes=1))
    client_of(agent).post(url("note", ticket), {"body": "Vu"})
    assert [draft.kind for draft in WrittenDraft.objects.all()] == ["reply"]
    note_add(ticket=ticket, actor=agent, body="Encore", now=timezone.now())
