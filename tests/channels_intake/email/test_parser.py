import time
from operator import attrgetter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels_intake.email.forwards import forwarded_in
from channels_intake.email.parsed import ParsedMail
from channels_intake.email.parser import parse_mail, unreadable
from channels_intake.email.smime import NotSigned, signed_content
from channels_intake.email.storing import external_id_of
from channels_intake.email.tnef import unwrap
from tests.channels_intake.email.corpus import CASES, HEAD, Case, mail
from tests.channels_intake.email.corpus_gateways import GATEWAYS
from tests.channels_intake.email.corpus_wrapped import WRAPPED
from tests.channels_intake.email.wrapping import signed_in_pieces, winmail

ALL = CASES + WRAPPED + GATEWAYS


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_nasty_mails(case: Case) -> None:
    started = time.monotonic()
    parsed = parse_mail(case.raw, envelope_from=case.envelope_from)
    assert time.monotonic() - started < 5
    for name, value in case.expected.items():
        assert attrgetter(name)(parsed) == value, name
    for name, text in case.contains.items():
        assert text in getattr(parsed, name), name
    for name, text in case.lacks.items():
        assert text not in getattr(parsed, name), name
    if case.files is not None:
        assert tuple(file.name for file in parsed.files) == case.files


def test_the_corpus_is_large_enough() -> None:
    assert len({case.name for case in ALL}) == len(ALL) >= 90


def storable(parsed: ParsedMail) -> None:
    """What the database and a page can hold."""
    for text in (parsed.subject, parsed.text, parsed.quoted, parsed.html, parsed.sender_name, parsed.sender_address):
        text.encode()
        assert "\x00" not in text
    for one in [parsed.message_id, *parsed.references]:
        one.encode("ascii")
        assert len(one) <= 250
    for found in forwarded_in(parsed):
        (found.address + found.name + found.body + found.written).encode()
    if parsed.bounce is not None:
        (parsed.bounce.reason + parsed.bounce.recipient).encode()
        assert "\n" not in parsed.bounce.reason
    for file in parsed.files:
        assert "\x00" not in file.name
        assert isinstance(file.content, bytes)
    assert "\n" not in parsed.subject
    assert len(parsed.references) <= 100


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=3000))
def test_any_bytes_are_parsed(raw: bytes) -> None:
    storable(parse_mail(raw))
    storable(unreadable(raw))
    assert len(external_id_of(raw)) <= 200


NAMES = st.sampled_from(
    [
        "From",
        "Subject",
        "Message-ID",
        "References",
        "In-Reply-To",
        "Content-Type",
        "Content-Transfer-Encoding",
        "Content-Disposition",
        "Auto-Submitted",
        "Return-Path",
        "Reply-To",
        "X-Auto-Response-Suppress",
        "Date",
    ]
)
PIECES = st.sampled_from(
    [
        "text/plain",
        "text/html",
        "multipart/mixed; boundary=b",
        'multipart/alternative; boundary="b"',
        "message/rfc822",
        "; charset=utf-8",
        "; charset=utf-7",
        '; charset="',
        "; name*=utf-8''%ff%fe",
        "; filename*0*=a; filename*2=c",
        "base64",
        "quoted-printable",
        "x-uuencode",
        "=?utf-8?Q?=ff=",
        "=?b?",
        "<a@b>",
        "<",
        ">",
        '"',
        "(",
        "\\",
        ",",
        "@",
        "é",
        "\r\n ",
        "\udcff",
        "\x00",
        "=?utf-8?B?w6k?=",
        ";",
        ":",
        "a@b.example",
        "multipart/report",
        "application/pkcs7-mime",
        "application/ms-tnef",
        "text/calendar",
        "; name=winmail.dat",
        "MAILER-DAEMON@x.example",
        "Fwd: ",
        "failure notice",
        "--b",
    ]
)
HEADERS = st.lists(st.tuples(NAMES, st.lists(PIECES, max_size=6)), max_size=8)
BODIES = st.lists(
    st.sampled_from(
        [
            "--b\r\n",
            "--b--\r\n",
            "\r\n",
            "Content-Type: text/html\r\n",
            "<p>x<b>",
            "é",
            "\udc80",
            "> cité\n",
            "begin 644 a\n",
            "Content-Type: message/rfc822\r\n\r\n",
            "Content-Type: message/delivery-status\r\n\r\n",
            "Le 3 mai x a écrit :\n",
            "Content-Transfer-Encoding: base64\r\n\r\n",
            "w6k=",
            "texte ",
            "<!--",
            "<![CDATA[",
            "&#0;&#xD800;",
            "Content-Type: application/ms-tnef\r\n\r\n",
            "Content-Type: application/pkcs7-mime\r\n\r\n",
            "Content-Type: text/calendar\r\n\r\n",
            "Action: failed\r\nStatus: 5.1.1\r\n\r\n",
            "BEGIN:VEVENT\nDTSTART:20261203T\nSUMMARY:x\nEND:VEVENT\n",
            "-----Message d'origine-----\nDe : a@b.example\nObjet : x\n\n",
            "-- \n",
            "0\x80\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x02",
        ]
    ),
    max_size=30,
)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HEADERS, BODIES)
def test_any_arrangement_of_mail_is_parsed(headers: list[tuple[str, list[str]]], body: list[str]) -> None:
    text = "".join(f"{name}: {''.join(pieces)}\r\n" for name, pieces in headers) + "\r\n" + "".join(body)
    storable(parse_mail(text.encode("utf-8", "surrogateescape"), envelope_from="a@b.example"))


def test_external_id() -> None:
    assert external_id_of(mail()) == "<one@example.org>"
    folded = b"From: a\r\nmessage-id:\r\n <folded@x.example>\r\n\r\nMessage-ID: <body@x.example>"
    assert external_id_of(folded) == external_id_of(b"\r\n\r\n" + folded) == "<folded@x.example>"
    none = external_id_of(b"From: a@example.org\r\n\r\nMessage-ID: <body@x.example>")
    assert none.startswith("sha256:")
    assert none != external_id_of(b"From: a@example.org\r\n\r\nautre")
    long_id = HEAD.replace(b"<one@", b"<" + b"o" * 400 + b"@")
    assert external_id_of(long_id).startswith("sha256:")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 400))
def test_damaged_wrappings_are_left_aside(noise: bytes, cut: int) -> None:
    for whole in (signed_in_pieces(b"Subject: x\r\n\r\ny"), winmail("Bonjour", ("a.txt", b"x" * 50))):
        for data in (noise, whole[:cut] + noise, whole[:cut] + noise + whole[cut:]):
            unwrap(data)
            try:
                signed_content(data)
            except NotSigned:
                pass
