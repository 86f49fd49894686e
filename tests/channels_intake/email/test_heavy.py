"""Heavy files inside a message."""

import email.policy
import tracemalloc
from email.message import EmailMessage
from typing import Any

import pytest

from channels_intake.email.parser import parse_mail
from channels_intake.email.written import PAGES, Written, said


def test_heavy_files_are_taken_out_whole_and_cheaply(settings: Any) -> None:
    """A list of the lines of its base64, as the standard parser makes it, would be five times the message."""
    photo = bytes(range(256)) * 16_000 + b"end"
    message = EmailMessage()
    message["Subject"] = "Photos"
    message.set_content("Voici.")
    message.add_attachment(photo, maintype="image", subtype="jpeg", filename="a.jpg")
    message.add_attachment("é" * 90_000, filename="b.txt")
    outer = EmailMessage()
    outer["Subject"] = "TR: Photos"
    outer.set_content("Pour vous.")
    outer.add_attachment(message)
    raw, wrapped = message.as_bytes(policy=email.policy.SMTP), outer.as_bytes()
    tracemalloc.start()
    parsed = parse_mail(raw)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2.2 * len(raw)
    assert [(file.name, file.left_out) for file in parsed.files] == [("a.jpg", 0), ("b.txt", 0)]
    assert parsed.files[0].content == photo
    assert parsed.files[1].content.decode().strip() == "é" * 90_000
    assert parsed.text == "Voici."
    [inner] = parse_mail(wrapped).files
    assert parse_mail(inner.content).files[0].content == photo
    broken = raw.replace(b"\r\n--", b"?!\r\n--")
    assert parse_mail(broken).files[0].content[: len(photo) - 10] == photo[:-10]
    settings.ATTACHMENT_MAX_BYTES = 1_000_000
    assert [bool(file.left_out) for file in parse_mail(raw).files] == [True, False]


def test_a_crowd_of_stubs_is_read_as_text_and_never_looked_for_in_the_page() -> None:
    page = Written("<p>Le trottoir est défoncé.</p>", is_page=True, group=1)
    stubs = [Written(f"Message au format HTML no {number}", group=1) for number in range(PAGES + 1)]
    assert said([stubs[0], page]) == ("Le trottoir est défoncé.", True)
    text, has_page = said([*stubs, page])
    assert (text.count("no "), has_page) == (PAGES + 1, False)


@pytest.mark.parametrize(
    ("page", "is_read"),
    [
        ("<div>" * 50_000, False),
        ("".join(f"<p><font size={size}>" for size in range(50)) + "<p>x" * 20_000, False),
        ("<table><tr><td>" * 200 + "<p>Bonjour <b>à tous</b>" * 5_000, True),
        ("<p>Bonjour<br><li>x" * 40_000, True),
    ],
)
def test_a_page_without_end_is_left_to_a_person(page: str, is_read: bool) -> None:
    raw = f"From: a@b.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}".encode()
    parsed = parse_mail(raw)
    assert (not parsed.problems, "Bonjour" in parsed.text) == (is_read, is_read)
