"""Mail that waits for a person: what failed, and the IMAP accounts that stay out of reach. Counted, and told."""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Max, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels_intake.models import InboundMail, InboundStatus, MailFetch
from core.navigation import capped
from directory.models import Agent
from directory.permissions import grants
from directory.roles import ADMINISTER, ASSIGN
from notifications.actions.notices import notice_build, notices_add
from notifications.models import Notice
from notifications.visibility import may_watch_mail

OUT_OF_REACH = timedelta(minutes=15)  # a server that restarts is not worth an alert
CAP = 99
_KEPT_SECONDS = 20  # every page of an administrator shows the counter


def waiting_counter(agent: Agent) -> tuple[str, str]:
    """The counter of the menu and its tone (`core.navigation`); empty when all is well."""
    count = cache.get_or_set("inbound:waiting", lambda: _waiting(timezone.now()), _KEPT_SECONDS) or 0
    return (capped(count, CAP) if count else ""), "late" if count else ""


def _waiting(now: datetime) -> int:
    return _failed().order_by()[: CAP + 1].count() + len(_unreachable(now))


def mail_watchers() -> list[Agent]:
    """The active agents who may watch mail."""
    wanted = {agent for agent, _service, right in grants() if right in {ADMINISTER, ASSIGN}}
    agents = Agent.objects.filter(is_active=True)
    found = agents.filter(pk__in=wanted) | agents.filter(is_superuser=True)
    return [agent for agent in found.order_by("pk") if may_watch_mail(agent)]


def failures_tell(now: datetime) -> int:
    """Tell those who may watch mail what failed since they were last told, and the accounts that stay out of reach; how
    many alerts. An alert that is not read yet is enough; an account is told once for each time it fails."""
    last = _failed().aggregate(last=Max("processed_at"))["last"]
    accounts = _unreachable(now)
    if last is None and not accounts:
        return 0
    watchers = mail_watchers()
    path = reverse("inbound:list")
    failed_path = f"{path}?status={InboundStatus.FAILED}"
    unread = Notice.objects.filter(read_at__isnull=True, path=failed_path).values_list("agent_id", flat=True)
    have = set(unread)
    notices: list[Notice] = []
    with translation.override("fr"):
        count = _failed().count()
        failed = ngettext(
            "%(n)d received e-mail could not be processed", "%(n)d received e-mails could not be processed", count
        ) % {"n": count}
        for agent in watchers:
            if last is not None and agent.pk not in have:
                key = f"mail_failed:{last.timestamp():.0f}:{agent.pk}"
                notices.append(
                    _notice(
                        agent, failed, _("Nobody reads them: see why, then process them again."), failed_path, key, now
                    )
                )
            for account in accounts:
                since = account.failing_since
                assert since is not None
                title = _("%(address)s is not fetched any more") % {"address": account.mailbox.address}
                key = f"mail_account:{account.pk}:{since.timestamp():.0f}:{agent.pk}"
                notices.append(_notice(agent, title, account.last_error, path, key, now))
    known = set(Notice.objects.filter(dedupe_key__in=[each.dedupe_key for each in notices]).values_list("dedupe_key"))
    fresh = [notice for notice in notices if (notice.dedupe_key,) not in known]
    notices_add(fresh)
    return len(fresh)


def _notice(agent: Agent, title: str, body: str, path: str, key: str, now: datetime) -> Notice:
    return notice_build(
        agent_id=agent.pk, title=title, body=body, path=path, is_urgent=True, dedupe_key=key, created_at=now
    )


def _failed() -> QuerySet[InboundMail]:
    return InboundMail.objects.filter(status=InboundStatus.FAILED)


def _unreachable(now: datetime) -> list[MailFetch]:
    accounts = MailFetch.objects.filter(is_active=True, mailbox__is_active=True, failing_since__lt=now - OUT_OF_REACH)
    return list(accounts.select_related("mailbox"))
