"""500 mails as citizens send them, and four connections to send them by."""

import random
import smtplib
import threading
import uuid
from email.message import EmailMessage
from email.policy import SMTP

from benchmarks.data import citizen_email
from benchmarks.town import MAILBOX
from benchmarks.words import Writer

REPLIES, PLAIN, HTML = 0.20, 0.50, 0.40  # the other 10 % carry a file
PDF_BYTES = 20_000
CONNECTIONS = 4


def mails(
    count: int, rng: random.Random, writer: Writer, *, citizens: int, answered: list[tuple[str, str]]
) -> tuple[list[tuple[str, bytes]], int]:
    """``count`` raw mails as (sender, bytes), in random order, and how many of them are replies.

    ``answered`` gives (Message-ID of a reply of ours, address it went to): a fifth of the mails answer one of them.
    """
    replies = int(count * REPLIES)
    made = []
    for number in range(count):
        message = EmailMessage(policy=SMTP)
        message["Message-ID"] = f"<{uuid.uuid4().hex}@requester.example>"
        message["To"] = MAILBOX
        message["Subject"] = writer.subject()
        if number < replies:
            parent, sender = answered[number]
            message["In-Reply-To"] = message["References"] = parent
            message.replace_header("Subject", f"Re: {message['Subject']}")
        else:
            existing = rng.random() < 0.75
            sender = citizen_email(rng.randint(1, citizens) if existing else 10_000_000 + rng.getrandbits(40))
        message["From"] = sender
        body = writer.body()
        message.set_content(body)
        share = rng.random()
        if share >= PLAIN:
            message.add_alternative(f"<html><body><p>{body}</p></body></html>", subtype="html")
        if share >= PLAIN + HTML:
            pdf = b"%PDF-1.4\n" + rng.randbytes(PDF_BYTES - 9)
            message.add_attachment(pdf, maintype="application", subtype="pdf", filename="photo.pdf")
        made.append((sender, message.as_bytes()))
    rng.shuffle(made)
    return made, replies


def heavy(size: int, writer: Writer, *, sender: str) -> tuple[str, bytes]:
    """One mail of about ``size`` bytes, most of them two attached files, as (sender, bytes)."""
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = f"<{uuid.uuid4().hex}@requester.example>"
    message["From"], message["To"], message["Subject"] = sender, MAILBOX, writer.subject()
    message.set_content(writer.body())
    for number in (1, 2):
        pdf = b"%PDF-1.4\n" + random.Random(number).randbytes(int(size / 2 * 57 / 78))  # base64: 78 bytes for 57
        message.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"plan-{number}.pdf")
    return sender, message.as_bytes()


def send(port: int, raw: list[tuple[str, bytes]]) -> None:
    """Send all of them over CONNECTIONS connections; returns when the receiver accepted the last one."""
    failures: list[Exception] = []

    def one(share: list[tuple[str, bytes]]) -> None:
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=60) as connection:
                for sender, data in share:
                    connection.sendmail(sender, [MAILBOX], data)
        except (smtplib.SMTPException, OSError) as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=(raw[n::CONNECTIONS],)) for n in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(f"the mail receiver refused a mail: {failures[0]}")
