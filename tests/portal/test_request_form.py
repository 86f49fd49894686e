"""The citizens' form without JavaScript: errors, files, one ticket per request, and who sees the receipt."""

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.portal.steps import CONTACT, DETAILS, PNG, fill, reference_of, send
from tests.support.asserts import assert_status
from tests.support.factories import make_article, make_service, make_town, make_type
from tests.support.threads import together
from tickets.actions.routing.route import ticket_route
from tickets.models import Attachment, Ticket
from tickets.selectors.commitments import commitments_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    make_town()
    voirie = make_service("voirie", "Voirie")
    make_type("eclairage", voirie, name="Éclairage public", keywords=["lampadaire"])
    return voirie


def png(name="photo.png"):
    return SimpleUploadedFile(name, PNG + name.encode(), content_type="image/png")


def test_a_request_becomes_a_ticket_with_its_type_place_and_files(client, town):
    key = fill(client, "eclairage", details={"documents": [png()]})
    path = client.session["web_form"]["files"][0]["path"]
    answers = assert_status(client.get(reverse("portal:request_check")), 200).content.decode()
    assert "Éclairage public" in answers
    assert "photo.png" in answers
    assert "claire.vasseur@example.org" in answers

    reference = reference_of(assert_status(send(client, key), 302))
    ticket = Ticket.objects.get(reference=reference)
    message = ticket.messages.get()
    assert ticket.channel == "web"
    assert ticket.request_type.code == "eclairage"
    assert ticket.location == DETAILS["location"]
    assert message.body == DETAILS["body"]
    assert message.attachments.get().content_type == "image/png"
    assert ticket.requester.contact_points.get().value == "claire.vasseur@example.org"
    assert "web_form" not in client.session
    assert not default_storage.exists(path)

    page = assert_status(client.get(reverse("portal:receipt", args=[reference])), 200).content.decode()
    assert reference in page
    assert "Voirie" in page
    assert "photo.png" in page


def test_a_wrong_step_comes_back_filled_with_messages_beside_the_fields_and_keeps_the_files(client, town):
    response = client.post(
        reverse("portal:request_type", args=["eclairage"]), DETAILS | {"subject": " ", "documents": [png()]}
    )
    page = assert_status(response, 422).content.decode()
    assert "Dites en quelques mots de quoi il s’agit." in page
    assert "error-summary" in page
    assert DETAILS["body"] in page
    assert DETAILS["location"] in page
    assert "photo.png" in page
    assert 'id="id_subject-error"' in page
    assert 'aria-invalid="true"' in page

    # corrected: the file added the first time is still there
    client.post(reverse("portal:request_type", args=["eclairage"]), DETAILS)
    client.post(reverse("portal:request_contact"), CONTACT)
    send(client, client.session["web_form"]["key"])
    assert Attachment.objects.get().name == "photo.png"


@pytest.mark.parametrize(
    ("contact", "sentence"),
    [
        ({"email": "", "phone": ""}, "Donnez une adresse électronique ou un numéro de téléphone"),
        ({"email": "claire@"}, "Cette adresse électronique est incomplète."),
        ({"email": "", "phone": "06 12"}, "Ce numéro n’est pas valable."),
        ({"email": "", "phone": "12"}, "Ce numéro n’est pas valable."),
        ({"email": "claire@example.org", "phone": "3939"}, "Ce numéro n’est pas valable."),
        ({"last_name": ""}, "Indiquez votre nom"),
        ({"website": "https://example.org"}, "Laissez ce champ vide"),
    ],
)
def test_contact_details_are_checked_and_kept(client, town, contact, sentence):
    client.post(reverse("portal:request_type", args=["eclairage"]), DETAILS)
    page = assert_status(client.post(reverse("portal:request_contact"), CONTACT | contact), 422).content.decode()
    assert sentence in page
    assert 'value="Claire"' in page
    assert Ticket.objects.count() == 0


def test_a_telephone_number_is_enough(client, town):
    key = fill(client, contact={"email": "", "phone": "06 39 98 12 34"})
    reference = reference_of(send(client, key))
    page = client.get(reverse("portal:receipt", args=[reference])).content.decode()
    assert "Nous vous appellerons" in page
    assert Ticket.objects.get().requester.contact_points.get().value == "+33639981234"


def test_a_file_is_judged_on_its_content_and_refused_by_name(client, town):
    program = SimpleUploadedFile("facture.pdf", b"MZ\x90\x00 this is a program", content_type="application/pdf")
    response = client.post(
        reverse("portal:request_type", args=["eclairage"]), DETAILS | {"documents": [png("vraie.png"), program]}
    )
    page = assert_status(response, 422).content.decode()
    assert "facture.pdf" in page
    assert "un programme ou une page" in page
    assert [file["name"] for file in client.session["web_form"]["files"]] == ["vraie.png"]


def test_files_are_limited_in_size_and_number_and_can_be_removed(client, town, settings):
    settings.ATTACHMENT_MAX_BYTES, settings.ATTACHMENT_MAX_COUNT = 100, 2
    address = reverse("portal:request_type", args=["eclairage"])
    heavy = SimpleUploadedFile("lourd.png", PNG + b"\x00" * 100)
    page = assert_status(client.post(address, DETAILS | {"documents": [heavy]}), 422).content.decode()
    assert "est trop lourd" in page
    page = client.post(
        address, DETAILS | {"documents": [png("un.png"), png("deux.png"), png("trois.png")]}
    ).content.decode()
    assert "2 fichiers au plus" in page
    kept = client.session["web_form"]["files"]
    assert [file["name"] for file in kept] == ["un.png", "deux.png"]
    page = assert_status(client.post(address, DETAILS | {"remove": kept[0]["id"]}), 200).content.decode()
    assert "un.png" not in page
    assert "deux.png" in page
    assert DETAILS["body"] in page
    assert not default_storage.exists(kept[0]["path"])
    assert default_storage.exists(kept[1]["path"])


def test_the_same_files_sent_again_with_a_correction_are_kept_once(client, town):
    address = reverse("portal:request_type", args=["eclairage"])
    wrong = SimpleUploadedFile("faux.png", b"MZ\x90\x00")
    assert_status(client.post(address, DETAILS | {"documents": [png("un.png"), wrong]}), 422)
    again = [png("un.png"), png("deux.png"), png("deux.png")]
    assert_status(client.post(address, DETAILS | {"documents": again}), 302)
    assert [file["name"] for file in client.session["web_form"]["files"]] == ["un.png", "deux.png"]


def test_a_file_swept_before_sending_is_asked_for_again(client, town):
    key = fill(client, "eclairage", details={"documents": [png()]})
    default_storage.delete(client.session["web_form"]["files"][0]["path"])
    response = client.post(reverse("portal:request_check"), {"key": key}, follow=True)
    assert "Ajoutez de nouveau vos fichiers" in response.content.decode()
    assert Ticket.objects.count() == 0
    assert DETAILS["body"] in response.content.decode()


def test_sending_twice_makes_one_ticket(client, town):
    key = fill(client)
    first, second = send(client, key), send(client, key)
    assert first["Location"] == second["Location"]
    assert Ticket.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_ticket(client, town):
    key = fill(client, details={"documents": [png()]})
    cookies = client.cookies.output(header="", sep=";")

    def click(_):
        return Client(headers={"cookie": cookies}).post(reverse("portal:request_check"), {"key": key})["Location"]

    assert len(set(together(click, 4))) == 1
    assert Ticket.objects.count() == 1
    assert Attachment.objects.count() == 1


def test_the_receipt_is_for_the_session_that_sent_the_request(client, town):
    reference = reference_of(send(client, fill(client)))
    address = reverse("portal:receipt", args=[reference])
    assert_status(client.get(address), 200)
    assert "no-store" in client.get(address)["Cache-Control"]
    assert_status(Client().get(address), 404)
    assert_status(client.get(reverse("portal:receipt", args=["G-22222-22222"])), 404)


def test_the_receipt_announces_the_legal_date_before_and_after_routing(client, town):
    make_type("buvette", town, name="Buvette", regime="SVA", delay_months=2)
    reference = reference_of(send(client, fill(client, "buvette")))
    address = reverse("portal:receipt", args=[reference])
    before = client.get(address).content.decode()
    ticket_route(ticket_id=Ticket.objects.get().pk, now=Ticket.objects.get().received_at)
    after = client.get(address).content.decode()
    for page in (before, after):
        assert "Sous réserve que votre demande soit complète" in page
        assert "réputée acceptée" in page


def test_steps_cannot_be_skipped(client, town):
    assert client.get(reverse("portal:request_contact"))["Location"] == reverse("portal:request")
    client.post(reverse("portal:request_type", args=["eclairage"]), DETAILS)
    assert client.get(reverse("portal:request_check"))["Location"] == reverse("portal:request_contact")
    assert send(client, "a-forged-key")["Location"] == reverse("portal:request_contact")
    assert Ticket.objects.count() == 0


def test_giving_up_leaves_nothing(client, town):
    fill(client, details={"documents": [png()]})
    path = client.session["web_form"]["files"][0]["path"]
    client.post(reverse("portal:request_forget"))
    assert "web_form" not in client.session
    assert not default_storage.exists(path)


@pytest.mark.parametrize("fields", [{"is_public": False}, {"is_active": False}])
def test_a_type_that_is_not_offered_has_no_form(client, town, fields):
    make_type("interne", town, **fields)
    assert_status(client.get(reverse("portal:request_type", args=["interne"])), 404)
    assert "interne" not in client.get(reverse("portal:request")).content.decode().lower()


def test_too_many_requests_from_one_address_are_refused(client, town):
    key = fill(client)
    send(client, key)
    statuses = {send(client, key).status_code for _ in range(31)}
    assert statuses == {302, 429}


def test_suggestions_are_public_answers_only(client, town):
    make_article("Que faire si un lampadaire est en panne ?", "Signalez-le ici.", town)
    make_article("Lampadaire : consignes internes", "Secret.", town, audience="internal")
    page = client.post(reverse("portal:suggestions"), {"subject": "lampadaire", "body": ""}).content.decode()
    assert "Que faire si un lampadaire est en panne" in page
    assert "Secret" not in page


def test_pages_cost_a_fixed_number_of_queries(client, town, django_assert_max_num_queries):
    for number in range(20):
        make_type(f"type-{number}", make_service(f"service-{number}"))
    fill(client)
    commitments_now()  # as a process that has served a page before
    for name, args in (
        ("home", []),
        ("request", []),
        ("request_type", ["eclairage"]),
        ("request_contact", []),
        ("request_check", []),
        ("articles", []),
        ("track", []),
        ("accessibility", []),
        ("legal", []),
    ):
        with django_assert_max_num_queries(8):
            assert_status(client.get(reverse(f"portal:{name}", args=args)), 200)
