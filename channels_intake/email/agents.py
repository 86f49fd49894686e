"""Mail from inside the town hall: agents and shared mailboxes that forward a citizen's e-mail, who stays the requester;
and what comes in the name of a town mailbox otherwise."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from channels_intake.email.addresses import bare_address
from channels_intake.email.drafting import Prepared, prepare
from channels_intake.email.forwards import Forwarded, forwarded_in, looks_forwarded
from channels_intake.email.parsed import ParsedMail
from channels_intake.email.robots import reads_nothing
from directory.models import Agent


def prepared_for(mail: ParsedMail, raw: bytes, town_addresses: Collection[str]) -> tuple[ParsedMail, Prepared, str]:
    """(the mail whose sender asks, its texts, what the agent wrote above): a forward is read as the citizen's own.

    ``town_addresses`` are in lower case. Whoever merely forwards something without being an agent nor a mailbox of the
    town stays the requester.
    """
    if not looks_forwarded(mail) or not (from_the_town(mail, town_addresses) or _is_agent(mail.sender_address)):
        return mail, prepare(mail, raw), ""
    chain = forwarded_in(mail)
    known = {*town_addresses, *_agents_among(one.address for one in chain)}
    found = next((one for one in chain if one.address.lower() not in known), None)
    told = ""
    if found is None:
        told = _("Forwarded by an agent: whose request it is could not be read.")
    elif not found.is_sure or len(chain) > 1:
        told = _("Forwarded by %(agent)s: check that %(address)s is who asks.") % {
            "agent": mail.sender_address,
            "address": found.address,
        }
    inner = _as_mail(mail, found) if found is not None and found.is_sure else mail
    prepared = prepare(inner, raw)
    if told:
        prepared = replace(prepared, flag=f"{prepared.flag} {told}".strip())
    return inner, prepared, found.written if found is not None and inner is not mail else ""


def from_the_town(mail: ParsedMail, town_addresses: Collection[str]) -> bool:
    """True when the mail says that it comes from one of the town's own mailboxes."""
    return _is_of_town(mail.sender_address, town_addresses)


def answers_elsewhere(mail: ParsedMail, town_addresses: Collection[str]) -> bool:
    """True when it asks to be answered to somebody who is not of the town: a form of the website writes in the town's
    name for a citizen."""
    if not mail.reply_to or reads_nothing(mail.reply_to) or _is_of_town(mail.reply_to, town_addresses):
        return False
    return not _is_agent(mail.reply_to)


def town_flag(mail: ParsedMail) -> str:
    """Why a person must look at what came in the name of a town mailbox."""
    told = _("Sent by %(address)s, a mailbox of the town, and not acknowledged: say whose request it is.")
    return told % {"address": mail.sender_address}


def _is_of_town(address: str, town_addresses: Collection[str]) -> bool:
    value = address.lower()
    return bool(value) and (value in town_addresses or bare_address(value) in town_addresses)


def _as_mail(mail: ParsedMail, found: Forwarded) -> ParsedMail:
    return replace(
        mail,
        message_id=found.message_id or mail.message_id,
        sender_name=found.name,
        sender_address=found.address,
        subject=found.subject,
        text=found.body,
        quoted=found.quoted,
        html=found.html,
        files=found.files,
        remote_images=0,
    )


def _is_agent(address: str) -> bool:
    return bool(address) and Agent.objects.filter(email=address.lower(), is_active=True).exists()


def _agents_among(addresses: Iterable[str]) -> set[str]:
    wanted = [address.lower() for address in addresses]
    return set(Agent.objects.filter(email__in=wanted).values_list("email", flat=True))
