"""The pages of letters: written with a preview, refused without losing a word, downloaded, posted; what they lack."""

import pytest
from django.urls import reverse
from django.utils import timezone

from directory.models import Agent, Service, Town
from notifications.models import OutboundMessage
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tests.tickets.letters.town import ADDRESS, clerk, complete_town, request
from tickets.actions.letters.files import pdf_ensure
from tickets.enums import LetterKind
from tickets.models import Letter
from tickets.selectors.letters import receipt_of

pytestmark = pytest.mark.django_db
MENTIONS = "/agents/mentions-manquantes/"


def form(**fields):
    return {"kind": "answer", "way": "email", "body": "Votre dossier est prêt.", "outcome": "", "do": "send"} | fields


def write_url(ticket):
    return reverse("tickets:letter_write", args=[ticket.reference])


@pytest.fixture
def ticket():
    return request()


@pytest.fixture
def office(ticket, client_of):
    return client_of(clerk(ticket.service))


def test_a_preview_shows_the_letter_and_sends_nothing(ticket, office):
    response = assert_status(office.post(write_url(ticket), form(do="preview", outcome="refused")), 200)
    text = response.context["preview"].text
    assert "Votre demande est rejetée." in text
    assert "tribunal administratif du Val-d’Orme" in text
    assert text.splitlines()[0] in response.content.decode()
    assert "Votre dossier est prêt." in response.context["form"]["body"].value()
    assert not ticket.letters.filter(kind=LetterKind.ANSWER).exists()


def test_a_letter_is_sent_from_its_page_and_listed(ticket, office):
    response = office.post(write_url(ticket), form())
    assert response.url == reverse("tickets:detail", args=[ticket.reference]) + "#letters"
    letter = ticket.letters.get(kind=LetterKind.ANSWER)
    page = office.get(response.url).content.decode()
    assert letter.reference in page
    assert reverse("tickets:letter", args=[letter.pk]) in page
    assert "En cours d’envoi par courriel" in page


def test_what_lacks_is_listed_and_nothing_is_lost(ticket, client_of):
    Service.objects.update(phone="")
    agent = clerk(ticket.service, title="")
    response = assert_status(client_of(agent).post(write_url(ticket), form()), 422)
    page = response.content.decode()
    assert "Voirie — téléphone du service" in page
    assert "qualité (fonction) de l’agent" in page
    assert "Votre dossier est prêt." in page
    assert "/admin/" not in page, "who may not mend it is not sent there"
    assert OutboundMessage.objects.filter(kind="letter").count() == 0
    root = make_town()
    boss = client_of(make_agent(("admin", root), is_staff=True))
    page = boss.post(write_url(ticket), form()).content.decode()
    assert reverse("admin:directory_service_change", args=[ticket.service.pk]) in page


def test_a_letter_without_a_text_comes_back(ticket, office):
    response = assert_status(office.post(write_url(ticket), form(body=" ", subject="Mon objet")), 422)
    assert "Écrivez le texte du courrier." in response.content.decode()
    assert response.context["form"]["subject"].value() == "Mon objet"


def test_a_refusal_of_the_law_comes_back_with_the_text(office):
    sva = request("SVA", received_at=timezone.now() - timezone.timedelta(days=100))
    response = assert_status(office.post(write_url(sva), form(outcome="refused")), 409)
    assert "L242-1" in response.content.decode()
    assert response.context["form"]["body"].value() == "Votre dossier est prêt."
    assert not sva.letters.filter(kind=LetterKind.ANSWER).exists()


def test_on_paper_the_address_is_asked_kept_and_printed(client_of):
    ticket = request(channel="post")
    ticket.requester.address = ""
    ticket.requester.save()
    agent = client_of(clerk(ticket.service))
    page = assert_status(agent.post(write_url(ticket), form(way="paper")), 422).content.decode()
    assert "adresse postale du demandeur" in page
    assert_status(agent.post(write_url(ticket), form(way="paper", address=ADDRESS)), 302)
    letter = ticket.letters.get()
    assert letter.data["recipient"][1:] == ["12 allée des Tilleuls", "00000 Rives-sur-Orme"]
    ticket.requester.refresh_from_db()
    assert ticket.requester.address == ADDRESS


def test_a_refused_letter_keeps_no_address(client_of):
    ticket = request(channel="post")
    agent = client_of(clerk(ticket.service, title=""))
    assert_status(agent.post(write_url(ticket), form(way="paper", address="3 place Haute")), 422)
    ticket.requester.refresh_from_db()
    assert ticket.requester.address == ADDRESS


def test_the_acknowledgement_of_a_request_on_paper_is_written_then_posted(client_of):
    ticket = request(channel="post")
    agent = client_of(clerk(ticket.service))
    detail = reverse("tickets:detail", args=[ticket.reference])
    assert "Aucun accusé de réception n’a été écrit" in agent.get(detail).content.decode()
    assert_status(agent.post(write_url(ticket), form(kind="receipt", way="paper", body="")), 302)
    letter = ticket.letters.get()
    assert "R. 112-5" in letter.text
    page = agent.get(detail).content.decode()
    assert "À imprimer et à poster" in page
    assert "Aucun accusé de réception n’a été écrit" not in page
    posted = reverse("tickets:letter_posted", args=[letter.pk])
    page = assert_status(agent.post(posted, {"on": "2000-01-01", "registered_number": "1A 22"}), 422).content.decode()
    assert "antérieur à la rédaction" in page
    assert "1A 22" in page
    today = timezone.localdate().isoformat()
    assert_status(agent.post(posted, {"on": today, "registered_number": "1A 22"}), 302)
    assert receipt_of(ticket) == letter
    assert "Recommandé n° 1A 22" in agent.get(detail).content.decode()


def test_a_letter_is_downloaded_by_those_who_see_its_ticket(ticket, office, client, client_of):
    letter = ticket.letters.get()
    url = reverse("tickets:letter", args=[letter.pk])
    response = assert_status(office.get(url), 200)
    assert b"".join(response.streaming_content).startswith(b"%PDF-")
    assert response["Content-Disposition"] == f'attachment; filename="{letter.reference}.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert assert_status(office.get(url + "?inline=1"), 200)["Content-Disposition"].startswith("inline")
    stranger = client_of(clerk(make_service("autre")))
    assert_status(stranger.get(url), 404)
    assert_status(stranger.post(reverse("tickets:letter_posted", args=[letter.pk])), 404)
    assert_status(stranger.get(write_url(ticket)), 404)
    assert_status(client.get(url), 302)
    assert_status(office.get(reverse("tickets:letter", args=[letter.pk + 1])), 404)
    pdf_ensure(letter.pk).pdf.delete(save=False)
    assert_status(office.get(url), 404)


def test_letters_of_a_sensitive_ticket_stay_in_their_compartment(client_of):
    complete_town()
    service = make_service("ccas", "CCAS")
    kind = make_type("aide", service, regime="SVR", delay_months=2, is_sensitive=True)
    ticket = make_ticket(request_type=kind)
    url = reverse("tickets:letter", args=[ticket.letters.get().pk])
    assert_status(client_of(make_agent(("manager", service))).get(url), 404)
    assert_status(client_of(clerk(service)).get(url), 200)


def test_who_may_not_work_may_not_write(ticket, client_of):
    from guardian.shortcuts import assign_perm

    from directory.permissions import sync_object_permissions
    from directory.roles import VIEW

    reader = make_agent()
    sync_object_permissions(reader, ticket.service, [])
    assign_perm(VIEW, reader, ticket.service)
    client = client_of(Agent.objects.get(pk=reader.pk))
    assert_status(client.get(write_url(ticket)), 403)
    assert_status(client.post(write_url(ticket), form()), 403)
    assert_status(client.post(reverse("tickets:receipt_send", args=[ticket.reference])), 403)


def test_the_acknowledgement_that_waits_is_shown_and_sent_by_a_button(client_of):
    make_service("voirie", "Voirie", phone="")
    ticket = request()
    agent = client_of(clerk(ticket.service))
    detail, send = (reverse(f"tickets:{name}", args=[ticket.reference]) for name in ("detail", "receipt_send"))
    page = agent.get(detail).content.decode()
    assert "L’accusé de réception légal est en attente" in page
    assert "Voirie — téléphone du service" in page
    page = agent.post(send, follow=True).content.decode()
    assert "Il manque à ce courrier" in page
    Service.objects.update(phone="02 61 91 00 09")
    page = agent.post(send, follow=True).content.decode()
    assert "L’accusé de réception est parti." in page
    assert receipt_of(ticket) is not None


def test_the_page_costs_the_same_however_many_letters(ticket, office, django_assert_max_num_queries):
    detail = reverse("tickets:detail", args=[ticket.reference])
    for _ in range(3):
        office.post(write_url(ticket), form())
    office.get(detail)
    with django_assert_max_num_queries(22):
        assert office.get(detail).content.decode().count(f"{ticket.reference}-C") >= 4


# « Mentions manquantes »


@pytest.fixture
def boss(client_of):
    return client_of(make_agent(("admin", make_town()), is_staff=True))


def test_only_who_administers_the_whole_town_reads_the_list(client, client_of):
    root = make_town()
    assert_status(client.get(MENTIONS), 302)
    for agent in (
        make_agent(("manager", root), is_staff=True),
        make_agent(("admin", root)),
        make_agent(("admin", make_service("voirie")), is_staff=True),
    ):
        assert_status(client_of(agent).get(MENTIONS), 403)
        assert_status(client_of(agent).post(MENTIONS + "envoyer/"), 403)
    assert_status(client_of(make_agent(("admin", root), is_staff=True)).get(MENTIONS), 200)


def test_every_lack_is_listed_with_the_way_to_mend_it(boss):
    town = Town.objects.get()
    voirie = make_service("voirie", "Voirie", phone="", email="")
    bare = make_agent(("back_office", voirie), title="", first_name="Jeanne", last_name="Morel")
    hidden = make_agent(
        ("back_office", voirie), title="", is_anonymous_for_safety=True, first_name="Ana", last_name="Lin"
    )
    gone = make_agent(("back_office", voirie), title="", is_active=False, first_name="Paul", last_name="Parti")
    make_type("electorale", voirie, name="Inscription électorale", regime="special")
    page = boss.get(MENTIONS).content.decode()
    for url in (
        reverse("admin:directory_town_change", args=[town.pk]),
        reverse("admin:directory_service_change", args=[voirie.pk]),
        reverse("admin:directory_agent_change", args=[bare.pk]),
    ):
        assert url in page
    for words in ("tribunal administratif", "Téléphone du service", "Adresse électronique du service", "Jeanne MOREL"):
        assert words.casefold() in page.casefold()
    assert "Inscription électorale" in page
    assert hidden.full_name not in page
    assert gone.full_name not in page


def test_nothing_is_listed_once_all_is_given(boss):
    complete_town()
    Service.objects.update(phone="02 61 91 00 00", postal_address="1 place", email="a@example.org")
    page = boss.get(MENTIONS)
    assert page.context["groups"] == []
    assert "Rien ne manque" in page.content.decode()


def test_the_waiting_acknowledgements_are_counted_and_sent_from_there(boss):
    make_service("voirie", "Voirie", phone="")
    ticket = request()
    assert "1 demande attend son accusé de réception légal" in boss.get(MENTIONS).content.decode()
    assert "n’est encore complet" in boss.post(MENTIONS + "envoyer/", follow=True).content.decode()
    Service.objects.update(phone="02 61 91 00 09")
    assert "1 accusé de réception est parti." in boss.post(MENTIONS + "envoyer/", follow=True).content.decode()
    assert Letter.objects.filter(ticket=ticket, kind=LetterKind.RECEIPT).count() == 1


def test_the_list_of_the_administration_leads_there(boss):
    assert MENTIONS in boss.get(reverse("admin:index")).content.decode()
