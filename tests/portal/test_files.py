"""Files of the citizens' form: how many a day, and those that were never sent do not stay."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels_intake.tasks import sweep_pending_files
from tests.portal.steps import DETAILS, PNG
from tests.support.asserts import assert_status
from tests.support.factories import make_service, make_town, make_type


def test_files_of_past_days_are_swept_and_todays_kept():
    now = timezone.now()
    old = default_storage.save(f"pending/{now - timedelta(days=3):%Y-%m-%d}/old", ContentFile(b"x"))
    new = default_storage.save(f"pending/{now:%Y-%m-%d}/new", ContentFile(b"x"))
    sweep_pending_files()
    assert not default_storage.exists(old)
    assert default_storage.exists(new)


@pytest.mark.django_db
def test_one_address_has_a_limit_for_the_day_and_the_form_comes_back_filled(client: Client, settings: Any) -> None:
    make_town()
    make_type("eclairage", make_service("voirie"))
    settings.ATTACHMENT_MAX_BYTES_PER_DAY = len(PNG) + 10
    url = reverse("portal:request_type", args=["eclairage"])
    documents = [SimpleUploadedFile("une.png", PNG), SimpleUploadedFile("deux.png", PNG + b"2")]
    page = assert_status(client.post(url, DETAILS | {"documents": documents}), 422).content.decode()
    assert (
        "«\u00a0deux.png\u00a0» n’a pas été ajouté\u00a0: trop de fichiers ont été envoyés d’ici aujourd’hui." in page
    )
    assert DETAILS["body"] in page
    assert [file["name"] for file in client.session["web_form"]["files"]] == ["une.png"]
    assert_status(client.post(url, DETAILS), 302)
