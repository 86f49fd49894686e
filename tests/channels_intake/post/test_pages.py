from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from channels_intake.models import Scan, ScanState
from channels_intake.post.holding import scan_discard, scan_take
from channels_intake.post.reading import scan_read
from channels_intake.post.storing import scan_store
from directory.actions.citizens import Requester
from directory.models import Agent
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_citizen, make_service, make_ticket, make_town, make_type
from tests.support.scans import pdf, png, tiff
from tickets.actions.clocks.commitments_change import version_bump
from tickets.models import Emergency, Ticket

LIST = "/agents/courrier-papier/"
NOW = timezone.now()
ClientOf = Callable[[Agent], Client]


def scan_of(number: int = 1, content: bytes = b"", **fields: Any) -> Scan:
    return scan_store(
        name=fields.get("name", f"lettre-{number}.png"), content=content or png(number), origin=str(number), now=NOW
    ).scan


@pytest.fixture
def agent(db: None) -> Agent:
    return make_agent(("counter", make_town()))


@pytest.fixture
def browser_of(agent: Agent, client_of: ClientOf) -> Client:
    return client_of(agent)


def typed(**fields: Any) -> dict[str, Any]:
    return {"citizen": "new", "received_on": timezone.localdate().isoformat(), "subject": "Un banc cassé"} | fields


@pytest.mark.django_db
def test_who_may_enter_letters(client_of: ClientOf, client: Client) -> None:
    root, voirie = make_town(), make_service("voirie")
    scan = scan_of(content=tiff())
    pages = (LIST, *(f"{LIST}{scan.pk}/{end}" for end in ("", "fichier/?inline=1", "page/1/")))
    posts = [f"{LIST}{end}" for end in ("", "suivant/", *(f"{scan.pk}/{one}/" for one in ("prendre", "laisser")))]
    posts += [f"{LIST}{scan.pk}/", f"{LIST}{scan.pk}/ecarter/", f"{LIST}{scan.pk}/remettre/"]
    for role, service in (("back_office", root), ("manager", root), ("elected", root)):
        refused = client_of(make_agent((role, service)))
        for url in pages:
            assert_status(refused.get(url), 403)
        for url in posts:
            assert_status(refused.post(url), 403)
    for role in ("phone", "counter", "pilot"):
        allowed = client_of(make_agent((role, voirie)))
        for url in pages:
            assert_status(allowed.get(url), 200)
    for url in pages:
        assert_status(client.get(url), 302)
    scan.refresh_from_db()
    assert (scan.state, scan.held_by) == (ScanState.NEW, None)
    for end in ("suivant/", f"{scan.pk}/prendre/", f"{scan.pk}/ecarter/"):
        assert_status(client_of(make_agent(("counter", root))).get(f"{LIST}{end}"), 405)


@pytest.mark.django_db
def test_there_is_no_such_letter(browser_of: Client) -> None:
    for end in ("999999/", "999999/fichier/"):
        assert_status(browser_of.get(f"{LIST}{end}"), 404)
    for end in ("999999/", "999999/prendre/", "999999/ecarter/", "999999/remettre/"):
        assert_status(browser_of.post(f"{LIST}{end}", {"reason": "advertising"} | typed()), 404)
    assert_status(browser_of.get(f"{LIST}?cursor=forged"), 400)


@pytest.mark.django_db
def test_the_menu_shows_the_desk_to_those_who_log(client_of: ClientOf, browser_of: Client) -> None:
    assert f'href="{LIST}"' in browser_of.get("/agents/demandes/").content.decode()
    other = client_of(make_agent(("back_office", make_town())))
    assert f'href="{LIST}"' not in other.get("/agents/demandes/").content.decode()


@pytest.mark.django_db
def test_scans_are_dropped_and_bad_files_are_named(browser_of: Client) -> None:
    good = [SimpleUploadedFile(f"l{number}.png", png(number)) for number in (1, 2)]
    answer = browser_of.post(LIST, {"scans": good, "key": "a"}, follow=True)
    assert "2 courriers ajoutés." in answer.content.decode()
    mixed = [
        SimpleUploadedFile("<b>faux.pdf", b"MZ"),
        SimpleUploadedFile("l1.png", png(1)),
        SimpleUploadedFile("l3.tif", tiff()),
    ]
    answer = assert_status(browser_of.post(LIST, {"scans": mixed, "key": "b"}), 422)
    page = answer.content.decode()
    assert "&lt;b&gt;faux.pdf" in page
    assert "2 courriers ajoutés. 1 était déjà connu." in page
    assert Scan.objects.count() == 4
    assert_status(browser_of.post(LIST, {"key": "c"}), 422)


@pytest.mark.django_db
def test_pages_and_queries_do_not_grow(browser_of: Client, agent: Agent, django_assert_max_num_queries: Any) -> None:
    first = scan_of(0)
    for number in range(1, 31):
        scan = scan_of(number)
        if number % 3 == 0:
            scan_take(scan_id=scan.pk, actor=make_agent(("counter", make_town())), now=NOW)
    Scan.objects.filter(pk__gt=first.pk).update(duplicate_of=first, dropped_by=agent)
    browser_of.get(LIST)
    with django_assert_max_num_queries(15):
        page = browser_of.get(LIST)
    assert page.context["states"][0]["count"] == "31"
    seen = [row.scan.pk for row in page.context["rows"]]
    page = browser_of.get(f"{LIST}{page.context['next_url']}")
    seen += [row.scan.pk for row in page.context["rows"]]
    assert seen == sorted(Scan.objects.values_list("pk", flat=True))
    scan_read(scan_id=first.pk, now=NOW)
    scan_take(scan_id=first.pk, actor=agent, now=NOW)
    with django_assert_max_num_queries(15):
        assert_status(browser_of.get(f"{LIST}{first.pk}/"), 200)


@pytest.mark.django_db
def test_letters_are_entered_one_after_the_other(browser_of: Client, agent: Agent) -> None:
    kind = make_type("permis", make_service("urbanisme"), regime="SVR", delay_months=2)
    one, two = scan_of(1), scan_of(2)
    assert "Saisir le suivant" in browser_of.get(LIST).content.decode()
    answer = browser_of.post(f"{LIST}suivant/")
    assert answer["Location"] == f"{LIST}{one.pk}/"
    answer = browser_of.post(f"{LIST}{one.pk}/", typed(name="Paul Martin", request_type=kind.pk, then="next"))
    ticket = Ticket.objects.get()
    assert answer["Location"] == f"{LIST}{two.pk}/?done={ticket.reference}"
    page = browser_of.get(answer["Location"]).content.decode()
    assert ticket.reference in page
    assert f"/agents/demandes/{ticket.reference}/courrier/?kind=receipt" in page
    answer = browser_of.post(f"{LIST}{two.pk}/", typed(subject="Merci"))
    assert answer["Location"].startswith(f"{LIST}?done=")  # nothing is left
    page = browser_of.get(answer["Location"]).content.decode()
    assert "Courrier saisi." in page
    assert "kind=receipt" not in page  # no legal regime, no acknowledgement
    assert "Tous les courriers sont saisis" in page
    # entered: its page is the ticket's, its file too
    assert_status(browser_of.get(f"{LIST}{one.pk}/fichier/"), 404)
    assert browser_of.get(f"{LIST}{one.pk}/")["Location"].endswith(f"{ticket.reference}/")
    Ticket.objects.update(is_sensitive=True)
    assert_status(browser_of.get(f"{LIST}{one.pk}/"), 404)


@pytest.mark.django_db
def test_a_refused_form_comes_back_filled(browser_of: Client, agent: Agent) -> None:
    scan = scan_of()
    scan_take(scan_id=scan.pk, actor=agent, now=NOW)
    tomorrow = timezone.localdate() + timedelta(days=1)
    for wrong, sentence in (
        ({"received_on": tomorrow.isoformat()}, "La date de réception est dans le futur."),
        ({"received_on": "0202-01-01"}, "Cette date est trop ancienne"),
        ({"received_on": ""}, "Indiquez le jour de réception"),
        ({"subject": " "}, "Écrivez l’objet"),
        ({"citizen": "999999"}, "Choisissez"),
        ({"phone": "12"}, "numéro de téléphone"),
        ({"registered_number": "<script>"}, "Des lettres et des chiffres seulement"),
    ):
        page = assert_status(browser_of.post(f"{LIST}{scan.pk}/", typed(body="Long résumé") | wrong), 422)
        text = page.content.decode()
        assert sentence in text, wrong
        assert "Long résumé" in text
    scan.refresh_from_db()
    assert scan.held_at is not None
    assert scan.held_at > NOW  # still held, from now
    assert not Ticket.objects.exists()


@pytest.mark.django_db
def test_the_number_of_a_registered_letter_already_entered_is_said_before_it_is_entered_again(
    browser_of: Client, agent: Agent
) -> None:
    first, second = scan_of(1), scan_of(2)
    number = {"registered_number": "1a 200 123"}

    def enter(pk: int, status: int, **more: str) -> str:
        scan_take(scan_id=pk, actor=agent, now=NOW)
        return assert_status(browser_of.post(f"{LIST}{pk}/", typed() | number | more), status).content.decode()

    enter(first.pk, 302)
    assert_status(browser_of.post(f"{LIST}{first.pk}/", typed() | number), 302)  # clicked twice
    refused = enter(second.pk, 422)
    assert "Une lettre portant ce numéro a déjà été entrée" in refused
    assert "C’est une autre lettre" in refused
    assert Ticket.objects.count() == 1
    enter(second.pk, 302, registered_again="on")
    assert Ticket.objects.count() == 2


@pytest.mark.django_db
def test_what_was_read_fills_the_form(browser_of: Client, agent: Agent) -> None:
    kind = make_type("eclairage", make_service("voirie"), keywords=["lampadaire"])
    scan = scan_of(1, pdf())
    scan_take(scan_id=scan.pk, actor=agent, now=NOW)
    assert "en cours de lecture" in browser_of.get(f"{LIST}{scan.pk}/").content.decode()
    scan_read(scan_id=scan.pk, now=NOW)
    form = browser_of.get(f"{LIST}{scan.pk}/").context["form"]
    assert (form["subject"].value(), form["request_type"].value()) == ("lampadaire éteint", kind.pk)
    assert form["body"].value().startswith("Le lampadaire du 3 rue")
    assert form["received_on"].value() == timezone.localdate()


@pytest.mark.django_db
def test_an_emergency_written_in_a_letter_is_told_above_it(browser_of: Client, agent: Agent) -> None:
    Emergency.objects.create(name="Gaz", words=["odeur de gaz"], instruction="Sortir.", priority=4)
    version_bump()
    scan = scan_of(1, pdf(("Madame, Monsieur,", "Une odeur de gaz dans la cave.", "Cordialement")))
    scan_take(scan_id=scan.pk, actor=agent, now=NOW)
    scan_read(scan_id=scan.pk, now=NOW)
    page = browser_of.get(f"{LIST}{scan.pk}/").content.decode()
    assert page.index('role="alert"') < page.index("Sortir.") < page.index('class="post-page"')
    headers = {"HX-Request": "true", "HX-Target": "again"}
    for subject, count in (("Odeur de gaz", 1), ("Banc cassé", 0)):
        assert (
            browser_of.get(f"{LIST}{scan.pk}/", {"subject": subject}, headers=headers).content.decode().count("Sortir.")
            == count
        )


@pytest.mark.django_db
def test_the_sender_is_found_by_name_and_the_letter_joins_a_request(browser_of: Client, agent: Agent) -> None:
    citizen = make_citizen("Élodie Lefèvre", phone="06 39 98 12 34")
    ticket = make_ticket(citizen=citizen)
    scan = scan_of()
    scan_take(scan_id=scan.pk, actor=agent, now=NOW)
    headers = {"HX-Request": "true", "HX-Target": "caller"}
    part = browser_of.get(f"{LIST}{scan.pk}/", {"q": "lefevre"}, headers=headers).content.decode()
    assert "<html" not in part
    assert f'value="{citizen.pk}"' in part
    assert "Ajouter ce courrier à cette demande" in part
    browser_of.post(f"{LIST}{scan.pk}/", typed(citizen=citizen.pk, address="3 rue des Lilas", ticket=ticket.reference))
    assert ticket.messages.filter(channel="post").count() == 1
    citizen.refresh_from_db()
    assert citizen.address == "3 rue des Lilas"
    assert Ticket.objects.count() == 1
    hidden = make_ticket()
    Ticket.objects.filter(pk=hidden.pk).update(is_sensitive=True)
    other = scan_of(2)
    assert_status(browser_of.post(f"{LIST}{other.pk}/", typed(ticket=hidden.reference)), 422)


@pytest.mark.django_db
def test_a_letter_a_colleague_holds(browser_of: Client, agent: Agent, client_of: ClientOf) -> None:
    colleague = make_agent(("counter", make_town()))
    scan = scan_of()
    scan_take(scan_id=scan.pk, actor=colleague, now=timezone.now())
    page = browser_of.get(f"{LIST}{scan.pk}/").content.decode()
    assert f"{colleague.full_name} est en train de saisir ce courrier." in page
    assert 'name="subject"' not in page
    answer = browser_of.post(f"{LIST}{scan.pk}/", typed())
    page = assert_status(answer, 422).content.decode()
    assert "est en train de saisir" in page
    assert 'value="Un banc cassé"' in page  # what was typed is not lost
    assert browser_of.post(f"{LIST}{scan.pk}/prendre/")["Location"] == LIST
    assert browser_of.post(f"{LIST}suivant/")["Location"] == LIST
    client_of(colleague).post(f"{LIST}{scan.pk}/laisser/")
    assert browser_of.post(f"{LIST}suivant/")["Location"] == f"{LIST}{scan.pk}/"
    assert browser_of.post(f"{LIST}suivant/", {"after": scan.pk})["Location"] == f"{LIST}{scan.pk}/"


@pytest.mark.django_db
def test_a_letter_is_set_aside_and_put_back(browser_of: Client, agent: Agent) -> None:
    first, twin = scan_of(1), scan_store(name="bis.png", content=png(1), origin="bis", now=NOW).scan
    page = browser_of.get(f"{LIST}{twin.pk}/").content.decode()
    assert "Cette même numérisation a déjà été reçue" in page
    assert f'href="{LIST}{first.pk}/"' in page
    browser_of.post(f"{LIST}{twin.pk}/ecarter/", {"reason": "other", "detail": ""})
    assert Scan.objects.filter(state=ScanState.NEW).count() == 2
    answer = browser_of.post(f"{LIST}{twin.pk}/ecarter/", {"reason": "duplicate", "detail": "le 3"}, follow=True)
    assert "est écarté" in answer.content.decode()
    page = browser_of.get(f"{LIST}?state=discarded").content.decode()
    assert "Déjà reçu — le 3" in page
    assert "Remettre à saisir" in browser_of.get(f"{LIST}{twin.pk}/").content.decode()
    assert browser_of.post(f"{LIST}{twin.pk}/remettre/")["Location"] == f"{LIST}{twin.pk}/"
    assert Scan.objects.filter(state=ScanState.NEW).count() == 2
    browser_of.post(f"{LIST}{first.pk}/", typed())
    ticket = Ticket.objects.get()
    assert ticket.reference in browser_of.get(f"{LIST}{twin.pk}/").content.decode()
    Ticket.objects.update(is_sensitive=True)
    page = browser_of.get(f"{LIST}{twin.pk}/").content.decode()
    assert ticket.reference not in page
    assert "déjà saisie" in page
    scan_discard(scan_id=twin.pk, reason="Déjà reçu", actor=agent, now=timezone.now())
    assert_status(browser_of.post(f"{LIST}{first.pk}/ecarter/", {"reason": "advertising"}), 302)
    first.refresh_from_db()
    assert first.state == ScanState.ENTERED


@pytest.mark.django_db
def test_a_scan_is_never_run_as_a_part_of_the_site(browser_of: Client) -> None:
    shown = browser_of.get(f"{LIST}{scan_of(1, pdf()).pk}/fichier/?inline=1")
    assert shown["Content-Type"] == "application/pdf"
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in shown["Content-Security-Policy"]
    assert "default-src 'none'" in shown["Content-Security-Policy"]
    for number, content in ((2, tiff()), (3, png())):
        scan = scan_of(number, content, name='a"b\n.x')
        answer = browser_of.get(f"{LIST}{scan.pk}/fichier/")
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"] == "private, no-store"
    tif = Scan.objects.get(content_type="image/tiff")
    answer = browser_of.get(f"{LIST}{tif.pk}/fichier/?inline=1")
    assert answer["Content-Disposition"].startswith("attachment")
    shown = browser_of.get(f"{LIST}{tif.pk}/page/1/")
    assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert shown["Content-Security-Policy"] == answer["Content-Security-Policy"]
    assert shown["Cache-Control"] == "private, no-store", "it may be a sensitive request"
    for absent in (f"{tif.pk}/page/0/", f"{tif.pk}/page/2/", f"{scan.pk}/page/1/"):  # the last one is no TIFF
        assert_status(browser_of.get(f"{LIST}{absent}"), 404)
    tif.file.storage.delete(tif.file.name)
    for end in ("fichier", "page/1"):
        assert_status(browser_of.get(f"{LIST}{tif.pk}/{end}/"), 404)
    assert "ne peut pas être affichée" in browser_of.get(f"{LIST}{tif.pk}/").content.decode()


@pytest.mark.django_db
def test_what_the_sender_asked_already_is_shown_as_the_subject_is_typed(browser_of: Client, agent: Agent) -> None:
    claire, scan = make_citizen("Claire Vasseur"), scan_of()
    scan_take(scan_id=scan.pk, actor=agent, now=NOW)
    first = make_ticket(citizen=claire, requester=Requester(), subject="Un banc cassé au parc")
    url, fragment = f"{LIST}{scan.pk}/", {"HX-Request": "true", "HX-Target": "again"}
    page = browser_of.get(url, {"citizen": claire.pk, "subject": "Banc cassé"}, headers=fragment).content.decode()
    assert "Déjà demandé le" in page
    assert "C’est une autre demande" in page
    assert (
        "Déjà"
        not in browser_of.get(url, {"citizen": "new", "subject": "Banc cassé"}, headers=fragment).content.decode()
    )
    browser_of.post(url, typed(citizen=claire.pk, ticket=first.reference))
    assert Ticket.objects.get() == first
    assert first.messages.count() == 2


@pytest.mark.django_db
def test_the_date_of_birth_of_a_letter_goes_on_the_new_card(browser_of: Client, agent: Agent) -> None:
    scan = scan_of()
    scan_take(scan_id=scan.pk, actor=agent, now=NOW)
    url = f"{LIST}{scan.pk}/"
    assert_status(browser_of.post(url, typed(name="Claire Vasseur", birth_date="2999-01-01")), 422)
    assert_status(browser_of.post(url, typed(name="Claire Vasseur", birth_date="1987-05-04")), 302)
    requester = Ticket.objects.get().requester
    assert requester is not None
    assert requester.birth_date == date(1987, 5, 4)
