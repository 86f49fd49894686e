"""The e-mail a reply becomes. The preview and the sending both ask here: what is shown is what leaves."""

import re
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils import translation

from core.text import one_line
from directory.models import Agent, Town
from notifications.drivers.html import html_of
from tickets.enums import UNFAVOURABLE
from tickets.models import Ticket
from tickets.reply_frame import framed
from tickets.selectors.addresses import answer_address, writing_address
from tickets.selectors.tracking import tracking_url

_REPLIED = re.compile(r"^(?:\s*(?:re|rép|aw)\s*:\s*)+", re.IGNORECASE)  # what mail programs put before a subject


@dataclass(frozen=True)
class ReplyMail:
    """Where it goes, from whom, and what it says. ``to_address`` is empty when the requester has no e-mail."""

    to_address: str
    to_name: str
    from_address: str
    from_name: str
    subject: str
    text: str
    town: Town

    @property
    def html(self) -> str:
        """The page of its HTML part."""
        return html_of(text=self.text, subject=self.subject, town=self.town)


def reply_mail(*, ticket: Ticket, actor: Agent, body: str, outcome: str, town: Town, to_address: str = "") -> ReplyMail:
    """The reply of ``actor`` in its formal frame, with the identity of L111-2, and the appeals of a refusal.

    ``outcome`` is what it decides (`Outcome`), empty when it decides nothing. ``to_address``: where it goes, empty for
    where the requester is usually answered. Three queries.
    """
    with translation.override("fr"):
        text = render_to_string(
            "emails/reply.txt",
            {
                "body": framed(body, is_decision=bool(outcome)),
                "ticket": ticket,
                "tracking_url": tracking_url(ticket),
                "agent": actor,
                "service": ticket.service,
                "town": town,
                "tells_appeals": outcome in UNFAVOURABLE,
                "tribunal": town.tribunal_name,
                "tribunal_address": one_line(town.tribunal_address, 300),
                "town_address": one_line(town.postal_address, 300),
            },
        )
    return ReplyMail(
        to_address=to_address or answer_address(ticket),
        to_name=ticket.requester.known_name if ticket.requester else "",
        from_address=writing_address(ticket.service, town),
        from_name=f"{actor.public_name} — {town.name}",
        subject=f"Re: {_REPLIED.sub('', ticket.subject)} [{ticket.reference}]",
        text=text + "",  # a plain string: a page that shows it must escape it
        town=town,
    )
