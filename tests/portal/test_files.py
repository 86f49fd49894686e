"""What a file is, from its bytes; and files that were never sent do not stay."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from channels_intake.tasks import sweep_pending_files
from channels_intake.web_form.signatures import content_type_of, name_for

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def archive(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in parts.items():
            file.writestr(name.replace("__", "/"), content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"%PDF-1.7\n...", "application/pdf"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "image/heic"),
        (archive(mimetype=b"application/vnd.oasis.opendocument.text"), "application/vnd.oasis.opendocument.text"),
        (archive(**{"word__document.xml": b"<x/>"}), WORD),
        (archive(**{"word__document.xml": b"<x/>", "word__vbaProject.bin": b"macro"}), None),
        (archive(**{"virus.exe": b"MZ"}), None),
        (b"PK\x03\x04 broken", None),
        (b"MZ\x90\x00", None),
        (b"<!DOCTYPE html><script>alert(1)</script>", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"", None),
    ],
)
def test_the_signature_tells_the_type(content, expected):
    assert content_type_of(content) == expected


def test_the_name_kept_ends_as_the_content_is():
    assert name_for("photo.JPG", "image/jpeg") == "photo.JPG"
    assert name_for("photo.exe", "image/jpeg") == "photo.exe.jpg"
    assert name_for("lettre", "application/pdf") == "lettre.pdf"


def test_files_of_past_days_are_swept_and_todays_kept():
    now = timezone.now()
    old = default_storage.save(f"pending/{now - timedelta(days=3):%Y-%m-%d}/old", ContentFile(b"x"))
    new = default_storage.save(f"pending/{now:%Y-%m-%d}/new", ContentFile(b"x"))
    sweep_pending_files()
    assert not default_storage.exists(old)
    assert default_storage.exists(new)
