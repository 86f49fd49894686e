"""Still more nasty mails: what gateways and programs get nearly right. Same conventions as `corpus`."""

import base64

from tests.channels_intake.email.corpus import HTML, NO_PROBLEM, TEXT, Case, mail, multipart, part
from tests.channels_intake.email.corpus_wrapped import encoded

SAID = "Le banc est cassé, déjà, à côté de l’école. " * 3
INNER = b"From: b@example.org\r\nSubject: Trou\r\n\r\nUn trou.\r\n"

GATEWAYS = [
    *(
        Case(
            f"transfer encoding written {written}",
            mail("Content-Type: text/plain; charset=utf-8", f"Content-Transfer-Encoding: {written}", body=body),
            {"text": "déjà", **NO_PROBLEM},
        )
        for written, body in (
            ("base64 ", encoded("déjà".encode())),
            ('"Base64"', encoded("déjà".encode())),
            ("quoted-printable (RFC 2045)", b"d=C3=A9j=C3=A0"),
        )
    ),
    Case(
        "type without its semicolon",
        mail("Content-Type: text/html charset=utf-8", body="<p>déjà</p>".encode()),
        {"text": "déjà", **NO_PROBLEM},
        files=(),
    ),
    Case(
        "address encoded with its name",
        mail(head=b"From: =?utf-8?B?" + base64.b64encode("Cléa <clea@example.org>".encode()) + b"?=\r\n"),
        {"sender_name": "Cléa", "sender_address": "clea@example.org", **NO_PROBLEM},
    ),
    Case("name that is the address", mail(head=b"From: \"'c@example.org'\" <c@example.org>\r\n"), {"sender_name": ""}),
    Case(
        "address that nobody can answer",
        mail(head=b"From: Root <root@localhost>\r\n"),
        {"sender_address": "root@localhost", "problems": {"sender"}},
    ),
    Case("mark before the headers", b"\xef\xbb\xbf\r\n" + mail("Subject: x"), {"subject": "x", **NO_PROBLEM}),
    Case(
        "utf-8 cut in the middle of a character",
        mail("Content-Type: text/plain; charset=utf-8", body=SAID.encode() + b"\xc3"),
        {"problems": {"charset"}},
        {"text": "cassé, déjà"},
        {"text": "Ã©"},
    ),
    Case(
        "utf-8 with a line in latin-1 below",
        mail("Content-Type: text/plain; charset=utf-8", body=SAID.encode() + "\n\nVérifié".encode("latin-1")),
        NO_PROBLEM,
        {"text": "école. \n\nVérifié"},
    ),
    Case(
        "gbk declared gb2312",
        mail("Content-Type: text/plain; charset=gb2312", body="朱镕基路".encode("gbk")),
        {"text": "朱镕基路", **NO_PROBLEM},
    ),
    Case(
        "charset in the page alone",
        mail("Content-Type: text/html", body=b"<meta charset='windows-1251'><p>" + "Скамейка".encode("cp1251")),
        {"text": "Скамейка", **NO_PROBLEM},
    ),
    Case(
        "page with a line of text below",
        multipart("mixed", HTML, part("Content-Type: text/plain", body=b"Verifie par la passerelle.")),
        {"text": "Voici le HTML.\n\nVerifie par la passerelle."},
    ),
    Case(
        "page that says the text again, not as an alternative",
        multipart("mixed", part("Content-Type: text/plain", body=b"Voici le HTML."), HTML),
        {"text": "Voici le HTML."},
    ),
    Case(
        "text that only tells to read the page",
        multipart("alternative", part("Content-Type: text/plain", body=b"Ce message est au format HTML."), HTML),
        {"text": "Voici le HTML."},
    ),
    Case(
        "text around an image, its page in pieces",
        multipart(
            "alternative",
            TEXT,
            part('Content-Type: multipart/mixed; boundary="c"', body=b"--c\r\n" + HTML + b"\r\n--c\r\n" + HTML),
        ),
        {"text": "Voici le texte, déjà."},
    ),
    Case(
        "sixty pages",
        multipart("mixed", *[part("Content-Type: text/html", body=b"<p>Page %d</p>" % n) for n in range(60)]),
        contains={"text": "Page 0\n\nPage 1"},
        files=("message.html",),
    ),
    Case(
        "body with a name",
        mail('Content-Type: text/html; name="body.html"', "Content-Disposition: inline", body=b"<p>Un banc</p>"),
        {"text": "Un banc"},
        files=("body.html",),
    ),
    Case(
        "lines folded with a space",
        mail(
            "Content-Type: text/plain; format=flowed; delsp=yes",
            body=b"Le banc de la se \r\nmaine  \r\ndurera.\r\n>cite \r\n>ici\r\n\r\n-- \r\nClaire\r\n",
        ),
        {"text": "Le banc de la semaine durera.\n> citeici", "quoted": "-- \nClaire"},
    ),
    *(
        Case(
            f"forwarded message in {name}",
            multipart(
                "mixed", TEXT, part("Content-Type: message/rfc822", f"Content-Transfer-Encoding: {name}", body=body)
            ),
            files=("Trou.eml",),
        )
        for name, body in (("base64", encoded(INNER)), ("quoted-printable", INNER.replace(b": ", b"=3A ")))
    ),
    Case(
        "a file kept elsewhere",
        multipart(
            "mixed", TEXT, part("Content-Type: message/external-body; access-type=url; URL=x", body=b"A: b\r\n\r\n")
        ),
        {"text": "Voici le texte, déjà."},
        files=("external-body.txt",),
    ),
    Case(
        "PGP",
        multipart("encrypted", part("Content-Type: application/octet-stream; name=x.asc", body=b"-----BEGIN")),
        {"problems": {"encrypted"}, "is_readable": False},
    ),
    Case("answer of a ticket robot", mail("Precedence: auto-reply"), {"automatic": "precedence"}),
    Case("list that names its archive only", mail("List-Archive: <https://l.example/>"), {"automatic": "list"}),
    Case(
        "invitation declined",
        mail(
            "Content-Type: text/calendar",
            body=b"METHOD:REPLY\nBEGIN:VEVENT\nSUMMARY:Visite\nATTENDEE;PARTSTAT=DECLINED:mailto:a@b.example\nEND:VEVENT\n",
        ),
        {"text": "Invitation refusée\u00a0: Visite"},
    ),
]
