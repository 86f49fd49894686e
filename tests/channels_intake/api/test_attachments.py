"""Files that programs join to a request, and bodies that cannot be read."""

import base64
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.portal.steps import PNG
from tests.support.api import post_json
from tests.support.asserts import assert_status
from tickets.models import Attachment, Ticket

pytestmark = pytest.mark.django_db

TICKETS = "/api/v1/tickets/"
BASE64 = base64.b64encode(PNG).decode()


def draft(*files: tuple[str, str], **fields: Any) -> dict[str, Any]:
    return {
        "subject": "Nid-de-poule",
        "body": "Un trou devant le 12.",
        "channel": "web",
        "requester": {"name": "Nadia Belkacem", "email": "nadia@example.org"},
        "attachments": [{"name": name, "content": content} for name, content in files],
    } | fields


def test_files_in_base64_once(client: Client) -> None:
    sent = draft(("photo.exe", BASE64), external_id="crm-1")
    made = assert_status(post_json(client, TICKETS, sent), 201).json()
    [file] = made["messages"][0]["attachments"]
    assert (file["name"], file["content_type"], file["size"]) == ("photo.exe.png", "image/png", len(PNG))
    again = assert_status(post_json(client, TICKETS, sent), 200).json()
    assert again["messages"] == made["messages"]
    assert Attachment.objects.count() == 1
    with Attachment.objects.get().file.open("rb") as stored:
        assert stored.read() == PNG


def test_files_in_a_form(client: Client) -> None:
    body = draft()
    del body["attachments"]
    parts = {"request": json.dumps(body), "attachments": [SimpleUploadedFile("é.png", PNG)]}
    made = assert_status(client.post(TICKETS, parts), 201).json()
    assert [file["name"] for file in made["messages"][0]["attachments"]] == ["é.png"]


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ([("a.pdf", base64.b64encode(b"MZ\x90\x00").decode())], "programme"),
        ([("a.pdf", "pas du base64 !")], "base64"),
        ([("a.png", "")], "vide"),
        ([("", BASE64)], "vide"),
        ([("a.png", base64.b64encode(PNG + bytes(400)).decode())], "trop"),
        ([("a.png", BASE64)] * 4, "3 fichiers au plus"),
        ([("a.png", base64.b64encode(PNG + bytes(200)).decode())] * 3, "ensemble"),
    ],
)
def test_limits_are_told_with_their_field(
    client: Client, settings: Any, files: list[tuple[str, str]], word: str
) -> None:
    settings.ATTACHMENT_MAX_BYTES, settings.ATTACHMENT_MAX_COUNT, settings.ATTACHMENT_MAX_TOTAL_BYTES = 300, 3, 600
    refused = assert_status(post_json(client, TICKETS, draft(*files)), 400).json()
    assert refused["field"].startswith("attachments")
    assert word in refused["detail"]
    assert Ticket.objects.count() == 0


def test_one_requester_has_a_limit_for_the_day(client: Client, settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES_PER_DAY = 2 * len(PNG)
    for number in range(2):
        assert_status(post_json(client, TICKETS, draft(("a.png", BASE64), external_id=str(number))), 201)
    refused = assert_status(post_json(client, TICKETS, draft(("a.png", BASE64))), 429).json()
    assert "Trop de fichiers" in refused["detail"]
    other = {"name": "Autre", "email": "autre@example.org"}
    assert_status(post_json(client, TICKETS, draft(("a.png", BASE64), requester=other)), 201)
    assert_status(post_json(client, TICKETS, draft()), 201)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b'{"subject": "a",}', "Le corps de la requête n’est pas du JSON valide\u00a0: ligne 1, colonne 17."),
        (b"{\n  subject", "Le corps de la requête n’est pas du JSON valide\u00a0: ligne 2, colonne 3."),
        (b'{"subject": "\xe9"}', "Le corps de la requête n’est pas un texte en UTF-8 (octet 13)."),
        (b'{"subject": NaN}', "Le corps de la requête n’est pas du JSON valide."),
        (b"[" * 100_000, "Le corps de la requête n’est pas du JSON valide."),
    ],
)
def test_a_body_that_cannot_be_read_is_told_in_french(client: Client, raw: bytes, told: str) -> None:
    refused = assert_status(client.post(TICKETS, raw, content_type="application/json"), 400).json()
    assert (refused["detail"], refused["code"]) == (told, "parse_error")


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml"])
def test_another_kind_of_body_is_told_in_french(client: Client, content_type: str) -> None:
    refused = assert_status(client.post(TICKETS, b"bonjour", content_type=content_type), 415).json()
    assert "non supporté" in refused["detail"]


def test_every_field_is_told_in_french(client: Client) -> None:
    refused = assert_status(post_json(client, TICKETS, {"subject": "", "channel": "pigeon"}), 400).json()
    assert list(refused["errors"]) == ["subject", "body", "channel", "requester"]
    sentences = [errors[0] for errors in refused["errors"].values()]
    assert sentences[0] == "Ce champ ne peut être vide."
    assert sentences[1] == sentences[3] == "Ce champ est obligatoire."
    assert "pigeon" in sentences[2]


def test_a_body_too_big_is_not_read(client: Client, settings: Any) -> None:
    settings.ATTACHMENT_MAX_TOTAL_BYTES = 0
    body = json.dumps(draft(body="x" * (1 << 20)))
    refused = assert_status(client.post(TICKETS, body, content_type="application/json"), 413).json()
    assert refused["code"] == "too_big"
    assert "1 Mo" in refused["detail"]
