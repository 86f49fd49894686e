"""An agent who forwards a citizen's e-mail to one of the town's addresses: the citizen stays the requester."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from channels_intake.email.drafting import Prepared, prepare
from channels_intake.email.forwards import Forwarded, forwarded_in, looks_forwarded
from channels_intake.email.parser import ParsedMail
from directory.models import Agent


def prepared_for(mail: ParsedMail, raw: bytes, town_addresses: Collection[str]) -> tuple[ParsedMail, Prepared, str]:
    """(the mail whose sender asks, its texts, what the agent wrote above): a forward is read as the citizen's own.

    ``town_addresses`` are in lower case. Whoever merely forwards something without being an agent stays the requester.
    """
    if not looks_forwarded(mail) or not _is_agent(mail.sender_address):
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
