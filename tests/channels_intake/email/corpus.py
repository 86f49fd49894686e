"""Nasty mails, written byte by byte, with what must be read in each. Addresses are reserved ones (RFC 2606)."""

import base64
from dataclasses import dataclass, field
from typing import Any

HEAD = b"From: Claire Vasseur <claire@example.org>\r\nTo: mairie@ville.example\r\nMessage-ID: <one@example.org>\r\n"


@dataclass(frozen=True)
class Case:
    """``expected``: attribute of `ParsedMail` → its value. ``contains``: attribute → text it must hold."""

    name: str
    raw: bytes
    expected: dict[str, Any] = field(default_factory=dict)
    contains: dict[str, str] = field(default_factory=dict)
    lacks: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] | None = None
    envelope_from: str = ""


def mail(*headers: str | bytes, body: bytes = b"Bonjour.", head: bytes = HEAD) -> bytes:
    lines = [line.encode() if isinstance(line, str) else line for line in headers]
    return head + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


def multipart(kind: str, *parts: bytes, headers: tuple[str, ...] = ()) -> bytes:
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"
    return mail(f'Content-Type: multipart/{kind}; boundary="b"', *headers, body=body)


def part(*headers: str, body: bytes = b"") -> bytes:
    return "".join(f"{line}\r\n" for line in headers).encode() + b"\r\n" + body


TEXT = part("Content-Type: text/plain; charset=utf-8", body="Voici le texte, déjà.".encode())
HTML = part("Content-Type: text/html; charset=utf-8", body=b"<p>Voici le <b>HTML</b>.</p>")
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\nimage")
NO_PROBLEM: dict[str, Any] = {"problems": set()}

CASES = [
    Case("plain", mail("Subject: Lampadaire"), {"subject": "Lampadaire", "text": "Bonjour.", **NO_PROBLEM}),
    Case(
        "latin-1 declared utf-8",
        mail("Subject: a", "Content-Type: text/plain; charset=utf-8", body="Éclairage cassé à côté".encode("latin-1")),
        {"text": "Éclairage cassé à côté", **NO_PROBLEM},
    ),
    Case(
        "windows quotes declared iso-8859-1",
        mail("Content-Type: text/plain; charset=iso-8859-1", body="l’été, « déjà » – 3 €".encode("cp1252")),
        {"text": "l’été, « déjà » – 3 €", **NO_PROBLEM},
    ),
    Case(
        "utf-8 declared us-ascii",
        mail("Content-Type: text/plain; charset=us-ascii", body="œuvre à l’école".encode()),
        {"text": "œuvre à l’école", **NO_PROBLEM},
    ),
    Case(
        "utf-8 with no declaration at all",
        mail(body="Où êtes-vous ?".encode()),
        {"text": "Où êtes-vous ?", **NO_PROBLEM},
    ),
    Case(
        "unknown charset, readable",
        mail("Content-Type: text/plain; charset=x-mac-mystere", body="déjà".encode()),
        {"text": "déjà", **NO_PROBLEM},
    ),
    Case(
        "unknown charset, bytes of no French text",
        mail("Content-Type: text/plain; charset=klingon", body=bytes(range(0x80, 0x100))),
        {"problems": {"charset"}},
    ),
    Case(
        "utf-16",
        mail("Content-Type: text/plain; charset=utf-16", body="déjà vu".encode("utf-16")),
        {"text": "déjà vu", **NO_PROBLEM},
    ),
    Case(
        "a codec that is not a charset",
        mail("Content-Type: text/plain; charset=base64", body=b"bonjour"),
        {"text": "bonjour", **NO_PROBLEM},
    ),
    Case(
        "raw 8-bit headers",
        mail("Subject: Problème d’éclairage".encode("cp1252"), head=b"From: Zo\xe9 <zoe@example.org>\r\n"),
        {"subject": "Problème d’éclairage", "sender_name": "Zoé", "sender_address": "zoe@example.org"},
    ),
    Case(
        "encoded-words, a letter split between two",
        mail("Subject: =?utf-8?Q?D=C3?=\r\n =?utf-8?Q?=A9j=C3=A0?= =?iso-8859-1?Q?_=E0_Orme?="),
        {"subject": "Déjà à Orme"},
    ),
    Case(
        "encoded-word with spaces and a language",
        mail("Subject: =?ISO-8859-1*fr?Q?Nid de poule =E0 c=F4t=E9?="),
        {"subject": "Nid de poule à côté"},
    ),
    Case(
        "encoded-word in base64 without padding",
        mail("Subject: =?UTF-8?B?" + base64.b64encode("Été à".encode()).decode().rstrip("=") + "?="),
        {"subject": "Été à"},
    ),
    Case(
        "encoded-word of an unknown charset",
        mail("Subject: =?x-nothing?Q?D=C3=A9j=C3=A0?= vu"),
        {"subject": "Déjà vu"},
    ),
    Case(
        "quoted encoded-word with a comma in From",
        mail(head=b"From: =?utf-8?Q?Vasseur=2C_Cl=C3=A9a?= <clea@example.org>\r\n"),
        {"sender_name": "Vasseur, Cléa", "sender_address": "clea@example.org"},
    ),
    Case(
        "name with an address in it",
        mail(head=b'From: "a@b.example" <c@example.org>\r\n'),
        {"sender_address": "c@example.org"},
    ),
    Case(
        "no From",
        mail("Subject: x", head=b"To: mairie@ville.example\r\n"),
        {"sender_address": "jean@example.org", "problems": {"sender"}},
        envelope_from="jean@example.org",
    ),
    Case(
        "From without an address",
        mail(head=b"From: La voisine\r\n"),
        {"sender_name": "La voisine", "sender_address": "", "problems": {"sender"}},
    ),
    Case("two From", mail("From: second@example.org"), {"sender_address": "claire@example.org", **NO_PROBLEM}),
    Case("no Message-ID", mail(head=b"From: a@example.org\r\n"), {"message_id": ""}),
    Case(
        "two Message-IDs and a comment",
        mail(
            "Message-ID: <two@example.org>", head=b"From: a@example.org\r\nMessage-Id:\r\n\t<first@example.org> (x)\r\n"
        ),
        {"message_id": "<first@example.org>"},
    ),
    Case(
        "Message-ID without brackets",
        mail(head=b"From: a@example.org\r\nMessage-ID: x.1@example.org\r\n"),
        {"message_id": "<x.1@example.org>"},
    ),
    Case("wrong Date", mail("Date: hier soir, 32 Foo 99"), {"text": "Bonjour.", **NO_PROBLEM}),
    Case(
        "subject folded and with control characters",
        mail(b"Subject: Nid\x00 de\r\n\tpoule \xe2\x80\xaegpj.exe"),
        {"subject": "Nid de poule gpj.exe"},
    ),
    Case("giant header", mail("Subject: " + "é" * 100_000, "X-Junk: " + "a" * 500_000), contains={"subject": "ééé"}),
    Case("twenty thousand headers", mail(*[f"X-{n}: y" for n in range(20_000)], "Subject: fin"), {"subject": "fin"}),
    Case(
        "alternative",
        multipart("alternative", TEXT, HTML),
        {"text": "Voici le texte, déjà."},
        {"html": "<b>HTML</b>"},
        files=(),
    ),
    Case(
        "alternative with an empty text",
        multipart("alternative", part("Content-Type: text/plain", body=b"  \r\n"), HTML),
        {"text": "Voici le HTML."},
        files=(),
    ),
    Case(
        "HTML only, with what runs and what spies",
        mail(
            "Content-Type: text/html; charset=utf-8",
            body=(
                "<html><head><style>p{}</style><title>t</title></head><body onload=x()><p>Bonjour&nbsp;à tous</p>"
                "<script>alert(1)</script><ul><li>un</li><li>deux</li></ul><img src='https://spy.example/p.gif'>"
                "<a href='javascript:x()'>ici</a> <a href='https://ville.example/a'>là</a></body></html>"
            ).encode(),
        ),
        {"text": "Bonjour à tous\n\n- un\n- deux\nici là <https://ville.example/a>"},
        lacks={"html": "alert", "text": "alert"},
    ),
    Case(
        "inline image",
        multipart(
            "related",
            HTML,
            part("Content-Type: image/png", "Content-ID: <i@x>", "Content-Transfer-Encoding: base64", body=PNG),
        ),
        {"text": "Voici le HTML."},
        files=("document-1.png",),
    ),
    Case(
        "nested multiparts",
        multipart(
            "mixed",
            part(
                'Content-Type: multipart/alternative; boundary="c"',
                body=b"--c\r\n" + TEXT + b"\r\n--c\r\n" + HTML + b"\r\n--c--",
            ),
            part(
                "Content-Type: application/pdf",
                "Content-Disposition: attachment; filename*=utf-8''d%C3%A9l%C3%A9gu%C3%A9.pdf",
                body=b"%PDF",
            ),
        ),
        {"text": "Voici le texte, déjà."},
        files=("délégué.pdf",),
    ),
    Case(
        "attachment named by an encoded-word and a path",
        multipart(
            "mixed",
            TEXT,
            part(
                'Content-Type: image/jpeg; name="=?iso-8859-1?Q?=E9t=E9.jpg?="',
                "Content-Disposition: attachment",
                body=b"x",
            ),
        ),
        files=("été.jpg",),
    ),
    Case(
        "forwarded message",
        multipart(
            "mixed",
            TEXT,
            part(
                "Content-Type: message/rfc822",
                body=b"From: b@example.org\r\nSubject: =?utf-8?q?D=C3=A9j=C3=A0?=\r\n\r\nDedans",
            ),
        ),
        {"text": "Voici le texte, déjà."},
        lacks={"text": "Dedans"},
        files=("Déjà.eml",),
    ),
    Case(
        "winmail.dat",
        multipart(
            "mixed",
            TEXT,
            part(
                'Content-Type: application/ms-tnef; name="winmail.dat"',
                "Content-Transfer-Encoding: base64",
                body=b"eJ8+IgAA",
            ),
        ),
        files=("winmail.dat",),
    ),
    Case(
        "signed",
        multipart("signed", TEXT, part("Content-Type: application/pkcs7-signature; name=smime.p7s", body=b"x")),
        files=("smime.p7s",),
    ),
    Case(
        "invitation",
        multipart("mixed", TEXT, part("Content-Type: text/calendar; method=REQUEST", body=b"BEGIN:VCALENDAR")),
        files=("document-1.ics",),
    ),
    Case("empty body", mail("Subject: Vide", body=b""), {"text": "", "subject": "Vide", **NO_PROBLEM}),
    Case("no blank line", b"From: a@example.org\r\nSubject: rien", {"subject": "rien", "text": ""}),
    Case("nothing at all", b"", {"problems": {"structure", "sender"}}),
    Case("not a mail", b"\x00\xff\xfe\x00\x81\x8d" * 50, contains={}, expected={"is_readable": False}),
    Case(
        "multipart without its boundary",
        mail('Content-Type: multipart/mixed; boundary="zz"', body=b"Du texte"),
        {"is_readable": False},
        {"text": "Du texte"},
    ),
    Case(
        "unfinished multipart",
        mail('Content-Type: multipart/mixed; boundary="b"', body=b"--b\r\n" + TEXT),
        {"text": "Voici le texte, déjà."},
    ),
    Case(
        "broken base64",
        mail("Content-Transfer-Encoding: base64", body=b"@@@@@ ceci n'est pas du base64 !!!"),
        {"is_readable": False},
    ),
    Case(
        "unknown transfer encoding", mail("Content-Transfer-Encoding: pigeon", body="déjà".encode()), {"text": "déjà"}
    ),
    Case(
        "quoted-printable with raw bytes",
        mail(
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
            body=b"d=C3=A9j=C3=A0 =\r\nvu =ZZ",
        ),
        contains={"text": "déjà vu"},
    ),
    Case(
        "uuencode",
        mail("Content-Transfer-Encoding: x-uuencode", body=b"begin 644 a\n%8F]N:F\\\n`\nend\n"),
        {"is_readable": True},
    ),
    Case("NUL characters", mail(body=b"Bon\x00jour"), {"text": "Bonjour", **NO_PROBLEM}),
    Case(
        "right to left",
        mail("Content-Type: text/plain; charset=utf-8", body="مرحبا بكم".encode()),
        {"text": "مرحبا بكم", **NO_PROBLEM},
    ),
    Case("text of one megabyte", mail(body=b"mot " * 250_000), files=("message.txt",)),
    Case(
        "four hundred levels",
        mail(*[f'Content-Type: multipart/mixed; boundary="{n}"\r\n\r\n--{n}' for n in range(1000)]),
        {"sender_address": "claire@example.org"},
    ),
    Case("five thousand parts", multipart("mixed", *[TEXT] * 5000), contains={"text": "Voici le texte"}),
    Case(
        "HTML nested ten thousand deep",
        mail("Content-Type: text/html", body=b"<div>" * 10_000 + b"fond" + b"</div>" * 10_000),
        {"text": "fond"},
    ),
    Case(
        "vacation",
        mail("Auto-Submitted: auto-replied (vacation)", "In-Reply-To: <ours@ville.example>"),
        {"automatic": "auto-submitted", "references": ["<ours@ville.example>"]},
    ),
    Case("auto-submitted: no", mail("Auto-Submitted: no"), {"automatic": ""}),
    Case("bulk", mail("Precedence: bulk"), {"automatic": "precedence"}),
    Case("list", mail("List-Id: <infos.ville.example>"), {"automatic": "list"}),
    Case(
        "Exchange notice",
        mail("X-Auto-Response-Suppress: DR, OOF, AutoReply"),
        {"automatic": "x-auto-response-suppress"},
    ),
    Case("null sender", mail(), {"automatic": "null-sender"}, envelope_from="<>"),
    Case("no-reply", mail(head=b"From: no-reply@shop.example\r\n"), {"automatic": "sender"}),
    Case(
        "bounce",
        mail(
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
            head=b"From: MAILER-DAEMON@mx.example\r\n",
            body=b"--b\r\n" + TEXT + b"\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
            b"Final-Recipient: rfc822; x@e.example\r\n"
            b"\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
            b"Message-ID: <ours@ville.example>\r\nSubject: x\r\n\r\n--b--",
        ),
        {"automatic": "report", "references": ["<ours@ville.example>"]},
    ),
    Case(
        "references, nearest first",
        mail("References: <a@x.example> <b@x.example>\r\n\t<c@x.example>", "In-Reply-To: <c@x.example>"),
        {"references": ["<c@x.example>", "<b@x.example>", "<a@x.example>"]},
    ),
]
