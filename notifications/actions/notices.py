"""Alerts to agents: shown in the application, and gathered in one mail a morning for those that can wait."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Q, When
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from core.jobs import enqueue
from core.live import live_publish
from core.text import one_line
from directory.models import Agent
from directory.selectors import town_get
from notifications.actions.outbox import absolute_url, outbound_build
from notifications.models import Notice, OutboundKind, OutboundMessage
from notifications.selectors import notices_of

MORNING = time(7, 30)  # local
SATURDAY = 5
DIGEST_LINES = 200  # the rest is counted, and waits in the application
_WHILE_UNREAD = "unread:"
_NO_DIGEST = "no_digest"  # in the preferences of an agent
KEPT_READ, KEPT = timedelta(days=90), timedelta(days=366)


def notice_build(**fields: Any) -> Notice:
    """An unsaved alert (fields of `notice_values`), for those who insert many at once."""
    return Notice(**notice_values(**fields))


def notice_values(
    *, agent_id: int, title: str, body: str = "", path: str = "", ticket_reference: str = "", **fields: Any
) -> dict[str, Any]:
    """The values of an alert, for those who copy thousands at once. ``path``: where it leads, on this site.

    Other ``fields``: is_urgent, in_digest (it waits for the morning's mail), dedupe_key, created_at.
    """
    return {
        "agent_id": agent_id,
        "title": one_line(title, 200),
        "body": one_line(body, 500),
        "path": path,
        "ticket_reference": ticket_reference,
        **fields,
    }


def notice_add(**fields: Any) -> None:
    """Store one alert (fields of `notice_build`); nothing when its ``dedupe_key`` is there already."""
    notices_add([notice_build(**fields)])


def notices_add(notices: Sequence[Notice]) -> None:
    """Store alerts, but those whose ``dedupe_key`` is there already; open pages hear of it once committed."""
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    notices_publish(notice.agent_id for notice in notices)


def notices_publish(agent_ids: Iterable[int]) -> None:
    """Tell the open pages of these agents to count their alerts again, once committed."""
    live_publish("notice", 0, agent_ids=agent_ids)


def unread_key(what: str, *ids: int) -> str:
    """A ``dedupe_key`` that an alert keeps while it is unread: the same is told again once it is read."""
    return ":".join((_WHILE_UNREAD + what, *map(str, ids)))


def notices_read(*, agent: Agent, now: datetime, notice_id: int | None = None, about: str = "") -> int:
    """Mark as read one alert of ``agent``, those that say what happened on the ticket of reference ``about``
    (`unread_key`), or all of them; how many were not."""
    unread = Notice.objects.filter(agent=agent, read_at__isnull=True)
    if notice_id is not None:
        unread = unread.filter(pk=notice_id)
    if about:
        unread = unread.filter(ticket_reference=about, dedupe_key__startswith=_WHILE_UNREAD)
    freed = Case(When(dedupe_key__startswith=_WHILE_UNREAD, then=None), default=F("dedupe_key"))
    count = unread.update(read_at=now, dedupe_key=freed)
    if count:
        notices_publish([agent.pk])
    return count


@transaction.atomic
def digest_choose(*, agent: Agent, wanted: bool) -> None:
    """Whether the morning's mail also tells ``agent`` of what happened on their own tickets (`wants_digest`)."""
    found = Agent.objects.select_for_update(of=("self",), no_key=True).get(pk=agent.pk)
    found.preferences = {name: value for name, value in found.preferences.items() if name != _NO_DIGEST}
    if not wanted:
        found.preferences[_NO_DIGEST] = True
    found.save(update_fields=["preferences"])


def wants_digest(agent: Agent) -> bool:
    """Whether what happened on one's own tickets joins the morning's mail. Deadlines are told as the policies say."""
    return not agent.preferences.get(_NO_DIGEST)


def notices_forget(now: datetime) -> int:
    """Delete the alerts read long ago, and the very old ones: they name people's requests; how many."""
    old = Notice.objects.filter(Q(read_at__lt=now - KEPT_READ) | Q(created_at__lt=now - KEPT))
    return old.delete()[0]


def last_morning(now: datetime) -> datetime:
    """The last 7:30, local, of a day from Monday to Friday: the alerts before it are owed to their agents by mail."""
    local = timezone.localtime(now)
    day = local.date() if local.time() >= MORNING else local.date() - timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day -= timedelta(days=1)
    return datetime.combine(day, MORNING, local.tzinfo)


def digests_send(now: datetime) -> int:
    """Send each agent the alerts that waited for the last morning, in one mail; how many mails.

    Once per agent and day, whoever runs it, however often, and however late: what a stopped server did not send at
    7:30 leaves at its first sweep. Alerts read meanwhile are not told again.
    """
    morning = last_morning(now)
    waiting = Notice.objects.filter(in_digest=True, created_at__lt=morning)
    agents = waiting.order_by().values_list("agent_id", flat=True).distinct()
    sent = sum(_digest(agent_id, morning) for agent_id in agents)
    if sent:
        enqueue("notifications.sweep_outbox")
    return sent


@transaction.atomic
def _digest(agent_id: int, morning: datetime) -> int:
    """The mail of one agent, 0 or 1. Their row is locked: two sweeps do not read the same alerts."""
    agent = Agent.objects.select_for_update(of=("self",), no_key=True).get(pk=agent_id)
    key = f"digest:{agent.pk}:{morning.date().isoformat()}"
    if OutboundMessage.objects.filter(dedupe_key=key).exists():
        return 0  # what came since, were it dated before (a clock set back), waits for tomorrow
    waiting = Notice.objects.filter(agent=agent, in_digest=True, created_at__lt=morning).order_by("-is_urgent", "id")
    notices = list(waiting)
    shown = set(notices_of(agent, unread_only=True).filter(in_digest=True).values_list("pk", flat=True))
    unread = [notice for notice in notices if notice.pk in shown]
    told = bool(unread) and agent.is_active
    if told:
        _mail(agent, unread, key).save()
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(in_digest=False)
    return int(told)


def _mail(agent: Agent, notices: Sequence[Notice], key: str) -> OutboundMessage:
    town = town_get()
    context = {
        "agent": agent,
        "lines": list(_lines(notices[:DIGEST_LINES])),
        "others": max(0, len(notices) - DIGEST_LINES),
        "url": absolute_url(reverse("notices:list")),
        "town": town,
    }
    count = len(notices)
    with translation.override("fr"):
        body = render_to_string("emails/digest.txt", context | {"count": count})
    return outbound_build(
        kind=OutboundKind.DIGEST,
        to_address=agent.email,
        to_name=agent.full_name,
        from_address=town.email,
        from_name=town.name,
        subject=f"Vos alertes du jour : {count}" if count > 1 else f"Alerte du jour : {notices[0].title}",
        body=body,
        dedupe_key=key,
    )


def _lines(notices: Iterable[Notice]) -> Iterable[dict[str, Any]]:
    for notice in notices:
        yield {"notice": notice, "url": absolute_url(notice.path) if notice.path else ""}
