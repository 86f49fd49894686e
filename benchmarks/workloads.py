"""The workloads a to g of the project, against the running processes. Each returns a dictionary of figures.

Workload h, which needs no process but the sweep, is in `benchmarks.sweep`.
"""

import random
import re
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from benchmarks import mails
from benchmarks.client import Browser, summary
from benchmarks.data import Past, citizen_email
from benchmarks.stack import Stack
from benchmarks.town import Staff, callers
from benchmarks.words import RARE, Writer
from channels_intake.models import InboundMail
from core.jobs import enqueue
from directory.models import Agent, Citizen, ContactPoint
from notifications.models import OutboundKind, OutboundMessage, OutboundStatus
from tickets.models import EscalationRecord, Message, Ticket
from tickets.selectors.visible import tickets_visible_to

REQUESTS, WARM_UP = 200, 12
CREATED, MAILS, OVERDUE = 250, 500, 10_000
ALONE, HEAVY_BYTES = 40, 25_500_000  # encoded, under MAIL_MAX_BYTES
REFERENCE = re.compile(rb"G-[0-9A-Z]{5}-[0-9A-Z]{5}")
Figures = dict[str, Any]


class Bench:
    def __init__(self, stack: Stack, staff: Staff, seed: int = 7) -> None:
        self.stack, self.staff = stack, staff
        self.rng = random.Random(seed)
        self.writer = Writer(random.Random(2026))  # the words of the data
        self.writer.rng = self.rng
        self.agent = staff.workers[0]
        self.citizens = ContactPoint.objects.filter(value__startswith="habitant").count()

    def a(self) -> Figures:
        """The queue page: open tickets under the rights of an agent of half the services, newest due first."""
        pages: list[bytes] = []
        figures = self._pages(self.agent, lambda: reverse("tickets:queue"), pages.append)
        _require(min(len(set(REFERENCE.findall(page))) for page in pages) >= 25, "a queue page shows 25 tickets")
        return figures

    def b(self) -> Figures:
        """The page of a ticket drawn from all those the agent may see."""
        visible = list(tickets_visible_to(self.agent).order_by("pk").values_list("reference", flat=True))
        drawn = self.rng.sample(visible, min(len(visible), REQUESTS + 2 * WARM_UP))
        return self._pages(self.agent, lambda: reverse("tickets:detail", args=[drawn.pop()]))

    def c(self) -> Figures:
        """The search page for two words that must both be there, a new pair at each request."""
        return self._search(self.agent, self.writer.query)

    def c_rare(self) -> Figures:
        """One word that one ticket in 5,000 has."""
        return self._search(self.agent, lambda: self.rng.choice(RARE))

    def c_common(self) -> Figures:
        """One word in 6 % of tickets or more."""
        return self._search(self.agent, self.writer.common)

    def c_prefix(self) -> Figures:
        """The first four letters of a common word."""
        return self._search(self.agent, self.writer.beginning)

    def c_name(self) -> Figures:
        """The name of somebody with a mistake in it: the page that says that nothing is found, and the one after."""
        people = self.people()
        return self._search(self.agent, lambda: self.writer.mistyped(" ".join(self.rng.choice(people))))

    def people(self) -> list[tuple[str, str]]:
        """The first and last names of those who write."""
        return list(Citizen.objects.order_by("pk").values_list("first_name", "last_name")[: self.citizens])

    def c_all(self) -> Figures:
        """One common word, for somebody who sees every service."""
        return self._search(self.staff.manager, self.writer.common)

    def c_few(self) -> Figures:
        """One word, common elsewhere, for somebody who sees one ticket in 2,000."""
        return self._search(self.staff.archivist, self.writer.common, fruitful=False)

    def _search(self, agent: Agent, query: Callable[[], str], *, fruitful: bool = True) -> Figures:
        """``fruitful``: whether most searches must find tickets for the measure to be one."""
        found: list[int] = []
        figures = self._pages(
            agent,
            lambda: f"{reverse('tickets:search')}?q={quote(query())}",
            lambda page: found.append(len(set(REFERENCE.findall(page)))),
        )
        some = sum(count > 0 for count in found)
        _require(not fruitful or some * 2 >= len(found), "searches find tickets")
        return figures | {"found_some": some}

    def g(self) -> Figures:
        """The dashboard with its default period and all services; then the memory of the web processes."""
        figures = self._pages(self.staff.manager, lambda: reverse("dashboard:home"))
        return figures | {"web_process_mb": round(max(self.stack.memory("web")) / 1e6)}

    def d(self) -> Figures:
        """250 tickets opened through the API by four programs at once, three quarters for people already known."""
        tokens = callers()
        drafts = [self._draft() for _ in range(CREATED)]
        warm = [Browser(self.stack.settings.port, token=token) for token in tokens]
        path = reverse("api:ticket-list")
        for browser in warm * 3:
            browser.post(path, self._draft())
        _settle()
        seconds: list[float] = []

        def program(browser: Browser, share: list[Figures]) -> None:
            for draft in share:
                browser.post(path, draft)
                seconds.append(browser.seconds)

        start = time.perf_counter()
        _together([(program, (browser, drafts[n :: len(warm)])) for n, browser in enumerate(warm)])
        elapsed = time.perf_counter() - start
        _require(len(seconds) == CREATED, "every ticket was created")
        routed = _settle() - start
        return {
            "per_second": round(CREATED / elapsed, 1),
            "routed_per_second": round(CREATED / routed, 1),
            **summary(seconds),
        }

    def e(self) -> Figures:
        """500 mails by SMTP until the last one is a routed ticket, or a message of one, its acknowledgement queued."""
        parents = OutboundMessage.objects.filter(kind=OutboundKind.REPLY).order_by("-pk")
        answered = list(parents.values_list("message_id", "to_address")[:MAILS])
        warm, _ = mails.mails(20, self.rng, self.writer, citizens=self.citizens, answered=answered[-50:])
        mails.send(self.stack.settings.smtp_port, warm)
        _settle()
        raw, replies = mails.mails(MAILS, self.rng, self.writer, citizens=self.citizens, answered=answered)
        last, tickets = _last(InboundMail), Ticket.objects.count()
        messages, acks = Message.objects.count(), _acknowledgements()
        start = time.perf_counter()
        mails.send(self.stack.settings.smtp_port, raw)
        accepted = time.perf_counter() - start
        elapsed = _settle() - start
        stored = InboundMail.objects.filter(pk__gt=last)
        _require(stored.filter(status="done").count() == MAILS, "every mail was processed")
        _require(Ticket.objects.count() - tickets == MAILS - replies, "replies joined their tickets")
        _require(Message.objects.count() - messages == MAILS, "every mail is a message")
        _require(_acknowledgements() - acks == MAILS - replies, "every new ticket was acknowledged")
        return {
            "per_second": round(MAILS / elapsed, 1),
            "accepted_per_second": round(MAILS / accepted, 1),
            "mails": MAILS,
            **self._one_by_one(answered),
            **self._heavy_mail(),
        }

    def _one_by_one(self, answered: list[tuple[str, str]]) -> Figures:
        """How long one mail takes when nothing else happens: from the first byte to the routed ticket."""
        raw, _ = mails.mails(ALONE, self.rng, self.writer, citizens=self.citizens, answered=answered[-ALONE:])
        seconds = []
        for one in raw:
            start = time.perf_counter()
            mails.send(self.stack.settings.smtp_port, [one])
            seconds.append(_settle() - start)
        figures = summary(seconds)
        return {"alone_p50_ms": figures["p50_ms"], "alone_p95_ms": figures["p95_ms"]}

    def _heavy_mail(self) -> Figures:
        """The peak memory of the receiver and of a worker, and how much of it one mail of 25 MB brought (VmHWM)."""
        before = {name: max(self.stack.peak_memory(name)) for name in ("mail", "worker")}
        raw = mails.heavy(HEAVY_BYTES, self.writer, sender=citizen_email(1))
        start = time.perf_counter()
        mails.send(self.stack.settings.smtp_port, [raw])
        elapsed = _settle() - start
        stored = InboundMail.objects.order_by("-pk").only("status", "size").first()
        _require(stored is not None and stored.status == "done" and stored.size >= 25_000_000, "25 MB were processed")
        after = {name: max(self.stack.peak_memory(name)) for name in ("mail", "worker")}
        return {
            "heavy_seconds": round(elapsed, 2),
            "receiver_peak_mb": round(after["mail"] / 1e6),
            "receiver_before_mb": round(before["mail"] / 1e6),
            "worker_peak_mb": round(after["worker"] / 1e6),
            "worker_before_mb": round(before["worker"] / 1e6),
        }

    def f(self) -> Figures:
        """10,000 tickets pass their due date together; one sweep by the real worker, to the last alert queued."""
        enqueue("tickets.enforce_deadlines")
        _settle(DEADLINES)
        now = timezone.now()
        past = Past.resume(random.Random(_last(Ticket)), self.staff, now - timedelta(minutes=1), self.writer)
        with transaction.atomic():
            for _ in range(OVERDUE):
                past.ticket(received_at=now - timedelta(hours=72, seconds=30), is_open=True)
            past.write()
            past.end()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE tickets_deadline")
        records, queued = _last(EscalationRecord), _last(OutboundMessage)
        start = time.perf_counter()
        enqueue("tickets.enforce_deadlines")
        elapsed = _settle(DEADLINES) - start
        _require(EscalationRecord.objects.filter(pk__gt=records).count() >= OVERDUE, "every escalation is written")
        alerts = OutboundMessage.objects.filter(pk__gt=queued, kind=OutboundKind.ESCALATION)
        _require(alerts.count() >= OVERDUE, "every alert is queued")
        alerts.update(status=OutboundStatus.SENT)  # they go to no one, and must not weigh on what follows
        return {"seconds": round(elapsed, 2), "escalations": OVERDUE}

    def _pages(
        self, agent: Agent, path: Callable[[], str], look: Callable[[bytes], object] = lambda page: None
    ) -> Figures:
        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(agent, backend="django.contrib.auth.backends.ModelBackend")
        client.get(path(), follow=True)
        with CaptureQueriesContext(connection) as context:
            client.get(path(), follow=True)
        browser = Browser(self.stack.settings.port, cookie=session_cookie(agent))
        for _ in range(WARM_UP):
            browser.get(path())
        seconds = []
        for _ in range(REQUESTS):
            page = browser.get(path())
            seconds.append(browser.seconds)
            look(page)
        return {**summary(seconds), "queries": len(context)}

    def _draft(self) -> Figures:
        known = self.rng.random() < 0.75
        number = self.rng.randint(1, self.citizens) if known else 10_000_000 + self.rng.getrandbits(40)
        return {
            "subject": self.writer.subject(),
            "body": self.writer.body(),
            "channel": "web",
            "external_id": uuid.uuid4().hex,
            "requester": {"name": "Rose Essai", "email": citizen_email(number)},
        }


SEARCHES = ("c", "c-rare", "c-common", "c-prefix", "c-name", "c-all", "c-few")
WORKLOADS = ("a", "b", *SEARCHES, "g", "d", "e", "f")  # pages first, while nothing else happens


def _together(calls: list[tuple[Callable[..., None], tuple[Any, ...]]]) -> None:
    threads = [threading.Thread(target=call, args=arguments) for call, arguments in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


INTAKE = (
    "SELECT EXISTS (SELECT FROM channels_intake_inboundmail WHERE status = 'stored')"
    " OR EXISTS (SELECT FROM tickets_ticket WHERE routed_at IS NULL)"
)
DEADLINES = "SELECT EXISTS (SELECT FROM tickets_deadline WHERE state = 'running' AND next_step_at <= now())"


def _settle(remains: str = INTAKE, *, limit: float = 300) -> float:
    """Wait until nothing ``remains``: no mail unread nor ticket unrouted; returns when (`time.perf_counter`)."""
    end = time.monotonic() + limit
    with connection.cursor() as cursor:
        while True:
            cursor.execute(remains)
            now = time.perf_counter()
            if not cursor.fetchone()[0]:
                return now
            if time.monotonic() > end:
                raise SystemExit("The worker did not finish: see its log.")
            time.sleep(0.02)


def _acknowledgements() -> int:
    return OutboundMessage.objects.filter(kind=OutboundKind.ACKNOWLEDGEMENT).count()


def _last(model: Any) -> int:
    return model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def session_cookie(agent: Agent) -> str:
    """What the browser of an agent who has just logged in sends."""
    client, name = Client(headers={"host": "127.0.0.1"}), settings.SESSION_COOKIE_NAME
    client.force_login(agent, backend="django.contrib.auth.backends.ModelBackend")
    return f"{name}={client.cookies[name].value}"


def _require(truth: bool, what: str) -> None:
    """A measure of something that did not happen is worth nothing: stop there."""
    if not truth:
        raise SystemExit(f"The measure is not valid: it is not true that {what}.")
