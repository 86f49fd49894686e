"""More nasty mails: what programs wrap, add or return. Same conventions as `corpus`."""

import base64

from tests.channels_intake.email.corpus import HTML, TEXT, Case, mail, multipart, part
from tests.channels_intake.email.wrapping import signed, signed_in_pieces, winmail

INSIDE = "Content-Type: text/plain; charset=utf-8\r\n\r\nMa cave est inondée.\r\n".encode()
ICS = (
    b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Rendez-vous\\, passe\r\n port\r\n"
    b'ORGANIZER;CN="Claire Vasseur":mailto:claire@example.org\r\nDTSTART:20261203T130000Z\r\nDTEND:20261203T133000Z\r\n'
    b"LOCATION:Mairie\\, salle 2\r\nDESCRIPTION:Apporter\\nune photo\r\n"
    b"BEGIN:VALARM\r\nDESCRIPTION:non\r\nEND:VALARM\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n"
)


def encoded(content: bytes) -> bytes:
    return base64.encodebytes(content)


def attached(kind: str, content: bytes, *headers: str) -> bytes:
    return part(f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", *headers, body=encoded(content))


def whole(kind: str, content: bytes) -> bytes:
    return mail("Subject: x", f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", body=encoded(content))


def report(*groups: str, returned: bytes = b"Message-ID: <ours@ville.example>\r\n") -> bytes:
    status = part(
        "Content-Type: message/delivery-status", body="\r\n".join(("Reporting-MTA: dns; x", *groups)).encode()
    )
    headers = part("Content-Type: text/rfc822-headers", body=returned)
    return multipart("report; report-type=delivery-status", TEXT, status, headers)


WRAPPED = [
    Case(
        "winmail.dat with everything in it",
        multipart(
            "mixed", attached('application/ms-tnef; name="winmail.dat"', winmail("Bonjour à tous", ("a.pdf", b"%PDF")))
        ),
        {"text": "Bonjour à tous", "is_readable": True},
        files=("a.pdf",),
    ),
    Case(
        "winmail.dat beside a text",
        multipart("mixed", TEXT, attached("application/ms-tnef", winmail("Autre", ("photo été.jpg", b"x")))),
        {"text": "Voici le texte, déjà."},
        files=("photo été.jpg",),
    ),
    Case(
        "winmail.dat named as any file",
        multipart(
            "mixed", TEXT, attached('application/octet-stream; name="WINMAIL.DAT"', winmail("", ("b.txt", b"x")))
        ),
        files=("b.txt",),
    ),
    Case(
        "winmail.dat cut short",
        multipart(
            "mixed", TEXT, attached("application/ms-tnef; name=winmail.dat", winmail("Bonjour", ("a", b"x" * 99))[:40])
        ),
        {"text": "Voici le texte, déjà."},
        files=("winmail.dat",),
    ),
    Case(
        "opaque signature",
        whole('application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"', signed(INSIDE)),
        {"text": "Ma cave est inondée.", "is_readable": True},
        files=(),
    ),
    Case(
        "opaque signature written in pieces",
        whole("application/x-pkcs7-mime; smime-type=signed-data", signed_in_pieces(INSIDE)),
        {"text": "Ma cave est inondée.", "is_readable": True},
        files=(),
    ),
    Case(
        "opaque signature of a mail with an attachment",
        whole(
            "application/pkcs7-mime",
            signed(
                b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
                + TEXT
                + b"\r\n--b\r\n"
                + attached("application/pdf", b"%PDF", "Content-Disposition: attachment; filename=piece.pdf")
                + b"\r\n--b--\r\n"
            ),
        ),
        {"text": "Voici le texte, déjà."},
        files=("piece.pdf",),
    ),
    Case(
        "encrypted",
        whole(
            "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
            bytes.fromhex("300b06092a864886f70d010703"),
        ),
        {"is_readable": False, "text": "", "problems": {"encrypted"}},
        files=("smime.p7m",),
    ),
    Case(
        "opaque signature cut short",
        whole("application/pkcs7-mime; name=smime.p7m", signed(INSIDE)[:60]),
        {"is_readable": False},
        files=("smime.p7m",),
    ),
    Case(
        "invitation alone",
        mail("Subject: x", "Content-Type: text/calendar; method=REQUEST; charset=utf-8", body=ICS),
        {
            "text": "Invitation\u00a0: Rendez-vous, passeport\nQuand\u00a0: jeudi 3 décembre 2026, 14:00 – 14:30\n"
            "Où\u00a0: Mairie, salle 2\nOrganisé par\u00a0: Claire Vasseur <claire@example.org>\n\nApporter\nune photo"
        },
        files=("document-1.ics",),
    ),
    Case(
        "invitation beside a text, twice",
        multipart(
            "mixed",
            TEXT,
            part("Content-Type: text/calendar; charset=utf-8", body=ICS),
            part("Content-Type: text/calendar; name=invite.ics", body=ICS),
        ),
        contains={"text": "Voici le texte, déjà.\n\nInvitation\u00a0: Rendez-vous, passeport"},
        files=("document-1.ics", "invite.ics"),
    ),
    Case(
        "cancelled event of a whole day",
        mail(
            "Content-Type: text/calendar",
            body=b"BEGIN:VCALENDAR\nMETHOD:CANCEL\nBEGIN:VEVENT\nSUMMARY:Visite\n"
            b"DTSTART;VALUE=DATE:20261203\nEND:VEVENT\nEND:VCALENDAR\n",
        ),
        {"text": "Rendez-vous annulé\u00a0: Visite\nQuand\u00a0: jeudi 3 décembre 2026"},
    ),
    Case(
        "calendar without any event",
        mail("Content-Type: text/calendar", body=b"BEGIN:VCALENDAR\nEND:VEVENT\n;:\n"),
        {"text": ""},
    ),
    Case(
        "remote images",
        mail(
            "Content-Type: text/html",
            body=b"<p>Bonjour</p><img src='https://spy.example/1.gif'><IMG alt=x SRC=\"//s.example/2\">"
            b"<img src='cid:logo'>",
        ),
        {"text": "Bonjour", "remote_images": 2},
        lacks={"html": "cid:"},
    ),
    Case("remote images beside a text", multipart("alternative", TEXT, HTML), {"remote_images": 0}),
    Case(
        "signature after two dashes",
        mail(body=b"Le feu est rouge.\r\n\r\n-- \r\nClaire Vasseur\r\n06 39 98 00 00\r\n"),
        {"text": "Le feu est rouge.", "quoted": "-- \nClaire Vasseur\n06 39 98 00 00"},
    ),
    Case(
        "line of a telephone",
        mail(
            "Content-Type: text/plain; charset=utf-8", body="Le feu est rouge.\r\n\r\nEnvoyé de mon iPhone\r\n".encode()
        ),
        {"text": "Le feu est rouge.", "quoted": "Envoyé de mon iPhone"},
    ),
    Case("nothing but a signature", mail(body=b"-- \r\nClaire\r\n"), {"text": "-- \nClaire", "quoted": ""}),
    Case("two dashes that open a long text", mail(body=b"Liste\r\n-- \r\n" + b"ligne\r\n" * 40), {"quoted": ""}),
    Case(
        "absence in the subject only",
        mail("Subject: =?utf-8?Q?R=C3=A9ponse_automatique_=3A?= votre demande"),
        {"automatic": "absence"},
    ),
    Case("absence, in English", mail("Subject: Automatic reply: x"), {"automatic": "absence"}),
    *(
        Case(f"absence: {subject}", mail(f"Subject: {subject}".encode()), {"automatic": "absence"})
        for subject in (
            "Absent jusqu'au 12",
            "Absente du 3 au 12 novembre",
            "Je suis en congés du 3 au 12",
            "Message d’absence",
            "Congés : Re: Lampadaire",
            "En vacances jusqu’au 30",
        )
    ),
    *(
        Case(f"no absence: {subject}", mail(f"Subject: {subject}".encode()), {"automatic": ""})
        for subject in (
            "Absence",
            "Absence de ramassage des poubelles",
            "Absent du fichier électoral",
            "Congés scolaires et cantine",
            "Je suis en colère",
            "Vacances : inscription au centre de loisirs",
        )
    ),
    *(
        Case(f"sender {name}", mail(head=f"From: {name}@shop.example\r\n".encode()), {"automatic": "notifier"})
        for name in ("noreply-compte", "info-noreply", "notification", "newsletter", "ne.pas.repondre")
    ),
    *(
        Case(f"person {name}", mail(head=f"From: {name}@shop.example\r\n".encode()), {"automatic": ""})
        for name in ("reply", "norep", "newsletterre", "jean.notificateur")
    ),
    Case("a person who writes of an absence", mail("Subject: Mon absence au conseil"), {"automatic": ""}),
    Case(
        "refused for good",
        report(
            "",
            "Final-Recipient: rfc822; x@e.example",
            "Action: failed",
            "Status: 5.1.1",
            "Diagnostic-Code: smtp; 550 5.1.1 User unknown",
        ),
        {
            "bounce.is_final": True,
            "bounce.recipient": "x@e.example",
            "bounce.reason": "5.1.1 550 5.1.1 User unknown",
            "references": ["<ours@ville.example>"],
        },
    ),
    Case(
        "late",
        report("", "Final-Recipient: rfc822; x@e.example", "Action: delayed", "Status: 4.4.1"),
        {"bounce.is_final": False, "bounce.reason": "4.4.1"},
    ),
    Case(
        "one late, one refused",
        report(
            "",
            "Final-Recipient: rfc822; a@e.example",
            "Action: delayed",
            "Status: 4.4.1",
            "",
            "Final-Recipient: rfc822; b@e.example",
            "Action: failed",
            "Status: 5.2.2",
        ),
        {"bounce.is_final": True, "bounce.recipient": "b@e.example"},
    ),
    Case(
        "success notice",
        report("", "Final-Recipient: rfc822; a@e.example", "Action: delivered", "Status: 2.0.0"),
        {"bounce": None, "automatic": "report"},
    ),
    Case("report that says nothing", report(""), {"bounce": None}),
    Case(
        "qmail",
        mail(
            "Subject: failure notice",
            head=b"From: MAILER-DAEMON@mx.example\r\n",
            body=(
                b"Hi. This is the qmail-send program at mx.example.\r\n<x@e.example>:\r\n"
                b"Remote host said: 550 5.1.1 no such user\r\n\r\n--- Below this line is a copy of the message.\r\n\r\n"
                b"Return-Path: <mairie@ville.example>\r\nMessage-ID: <ours@ville.example>\r\nSubject: x\r\n"
            ),
        ),
        {
            "bounce.is_final": True,
            "bounce.reason": "Remote host said: 550 5.1.1 no such user",
            "references": ["<ours@ville.example>"],
        },
        envelope_from="<>",
    ),
    Case(
        "Exim",
        mail(
            "Subject: Mail delivery failed: returning message to sender",
            "X-Failed-Recipients: x@e.example",
            head=b"From: Mail Delivery System <Mailer-Daemon@mx.example>\r\n",
            body=b"A message that you sent could not be delivered.\r\n\r\n  x@e.example\r\n    mailbox is full\r\n",
        ),
        {"bounce.is_final": True, "bounce.recipient": "x@e.example"},
    ),
    Case(
        "Exim, late",
        mail(
            "Subject: Warning: message delayed 24 hours",
            "X-Failed-Recipients: x@e.example",
            head=b"From: Mailer-Daemon@mx.example\r\n",
            body=b"The message has not yet been delivered.",
        ),
        {"bounce.is_final": False},
    ),
    Case(
        "a notice in French",
        mail(
            "Subject: =?utf-8?Q?Non_remis_=3A_votre_demande?=",
            head=b"From: postmaster@exchange.example\r\n",
            body=b"Votre message n'a pas pu etre remis. 5.4.1 Recipient address rejected",
        ),
        {"bounce.is_final": True},
    ),
    Case("a person who tells of an undelivered parcel", mail("Subject: Colis non remis"), {"bounce": None}),
    Case(
        "postmaster who writes himself",
        mail("Subject: Bonjour", head=b"From: postmaster@x.example\r\n"),
        {"bounce": None},
    ),
]
