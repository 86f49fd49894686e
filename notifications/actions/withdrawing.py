"""Taking back the mails of alerts that have not left, once a ticket is closed to some of those they were for."""

from collections.abc import Callable, Sequence

from django.db.models import Q

from directory.models import Agent
from notifications.models import Notice, OutboundKind, OutboundMessage, OutboundStatus

_ALERTS = (OutboundKind.ESCALATION, OutboundKind.NOTICE)


def mails_withdraw(references: Sequence[str], may_read: Callable[[Agent], bool]) -> None:
    """Delete what waits to tell agents who may not read them of these tickets; a digest that names one is made again
    at the next sweep, from the alerts its agent still has (`notifications.selectors.notices_of`)."""
    alone = Q(kind__in=_ALERTS, ticket_reference__in=references) & ~Q(status=OutboundStatus.SENT)
    waiting = list(OutboundMessage.objects.filter(alone).only("pk", "kind", "to_address"))
    digests = OutboundMessage.objects.filter(kind=OutboundKind.DIGEST, status=OutboundStatus.QUEUED)
    waiting += [mail for mail in digests if any(reference in mail.body for reference in references)]
    agents = {agent.email: agent for agent in Agent.objects.filter(email__in={mail.to_address for mail in waiting})}
    for mail in waiting:
        agent = agents.get(mail.to_address)
        if agent is not None and may_read(agent):
            continue
        if mail.kind != OutboundKind.DIGEST:
            OutboundMessage.objects.filter(pk=mail.pk).delete()
        elif OutboundMessage.objects.filter(pk=mail.pk, status=OutboundStatus.QUEUED).delete()[0]:
            unread = Notice.objects.filter(agent=agent, read_at=None, created_at__lt=mail.created_at)
            told = [notice.pk for notice in unread.only("title") if f"- {notice.title}" in mail.body]
            Notice.objects.filter(pk__in=told).update(in_digest=True)
