"""One thread for each account, so that one that fails, or a slow server, never holds up the others.

The threads follow the configuration: an account that is added, changed or deactivated is taken up within seconds.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import Error as DatabaseError
from django.db import connections
from django.utils import timezone

from channels_intake.email.imap.collecting import Pass, collect
from channels_intake.email.imap.connection import Folder, opened
from channels_intake.email.imap.reasons import FAILURES, Reason, reason_of
from channels_intake.email.replaying import asked_mailbox_ids
from channels_intake.email.storing import with_fresh_connection
from channels_intake.models import MailFetch

logger = logging.getLogger(__name__)

LOOK_SECONDS = 3.0  # how often the configuration is read
SLICE_SECONDS = 1.0  # a waiting thread looks this often whether it must stop
IDLE_SECONDS = 300.0  # IDLE is given again, and the folder looked at anyway, this often (at most 29 min: RFC 2177)
SOON_SECONDS = 20.0  # …but soon after something happened: not every server tells what arrived just before IDLE
PASSES = 5  # looks in a row while the server tells of more: some tell at every answer
DELAYS = (15, 60, 120, 300, 600)  # seconds before an account that failed is tried again; then the last
STOP_SECONDS = 12.0
CHECK_SECONDS = 8.0  # somebody waits for the answer
# what the threads write themselves: anything else that changes is a new configuration, and so is a refresh token that
# is not the one its thread has
_OWN = {
    "uid_validity",
    "last_uid",
    "last_checked_at",
    "last_error",
    "failing_since",
    "next_attempt_at",
    "refresh_token",
}


@dataclass(frozen=True)
class Wanted:
    """An active account as somebody configured it, and its refresh token as it is stored (sealed)."""

    configuration: tuple[object, ...]
    refresh_token: str


class Worker(threading.Thread):
    """Fetches one account until told to stop."""

    def __init__(self, account_id: int, wanted: Wanted) -> None:
        super().__init__(name=f"imap-{account_id}", daemon=True)
        self.account_id, self._wanted = account_id, wanted
        self._account: MailFetch | None = None
        self._tokens = {wanted.refresh_token}
        self.stopping, self.asked = threading.Event(), threading.Event()
        self._memory = Pass()
        self._failures = 0
        self._was_up = False

    def follows(self, wanted: Wanted) -> bool:
        """False once somebody changed the account. A refresh token that its server renewed meanwhile is its own."""
        tokens = self._tokens | ({self._account.refresh_token} if self._account else set())
        return wanted.configuration == self._wanted.configuration and wanted.refresh_token in tokens

    def run(self) -> None:
        try:
            while not self.stopping.is_set():
                self.stopping.wait(self._attempt())
        finally:
            connections.close_all()

    def _attempt(self) -> float:
        """Fetch until something fails or it is time to stop; the seconds to wait before the next attempt."""
        try:
            account = with_fresh_connection(lambda: MailFetch.objects.get(pk=self.account_id))
        except (DatabaseError, MailFetch.DoesNotExist):
            return LOOK_SECONDS
        self._tokens, self._account = {account.refresh_token}, account
        try:
            with opened(account) as folder:
                self._follow(account, folder)
            return 0
        except DatabaseError as error:
            logger.warning("Account %s: the database cannot take mail now: %s", account.pk, error)
            return DELAYS[0]
        except FAILURES as error:
            return self._failed(account, str(reason_of(error)))
        except Exception as error:  # a server that answers what no library expects must not end the thread
            logger.exception("Account %s failed unexpectedly", account.pk)
            return self._failed(account, str(reason_of(error)))
        finally:
            connections.close_all()

    def _follow(self, account: MailFetch, folder: Folder) -> None:
        calm = False
        while not self.stopping.is_set():
            for _pass in range(PASSES):
                collect(account, folder, self._memory, self.stopping.is_set)
                if not folder.told_of_more():
                    break
            self._note(account, last_error="", failing_since=None, next_attempt_at=None)
            self._failures, self._was_up = 0, True
            connections.close_all()  # idle threads keep no connection of the database
            if account.uses_idle and folder.has_idle:
                calm = self._idle(folder, IDLE_SECONDS if calm else SOON_SECONDS)
            else:
                self._rest(max(5, account.poll_seconds), lambda: self.stopping.wait(SLICE_SECONDS))
            self.asked.clear()

    def _idle(self, folder: Folder, seconds: float) -> bool:
        """Wait to be told; whether nothing was, all that time."""
        end = time.monotonic() + seconds
        with folder.box.idle:
            self._rest(seconds, lambda: folder.wait(SLICE_SECONDS))
        return time.monotonic() > end

    def _rest(self, seconds: float, told: Callable[[], bool]) -> None:
        """Wait until ``told`` says so, or somebody asks for a message again."""
        end = time.monotonic() + seconds
        while not (self.stopping.is_set() or self.asked.is_set() or told() or time.monotonic() > end):
            pass

    def _failed(self, account: MailFetch, reason: str) -> float:
        if self._was_up:  # servers cut connections that last: that is no failure unless the next one fails
            self._was_up = False
            return 1
        delay = DELAYS[min(self._failures, len(DELAYS) - 1)]
        self._failures += 1
        logger.warning("Account %s cannot be fetched, next attempt in %s s: %s", account.pk, delay, reason)
        now = timezone.now()
        since = account.failing_since or now
        self._note(account, last_error=reason, failing_since=since, next_attempt_at=now + timedelta(seconds=delay))
        return delay

    def _note(self, account: MailFetch, **fields: object) -> None:
        for name, value in fields.items():
            setattr(account, name, value)
        rows = MailFetch.objects.filter(pk=account.pk)
        try:
            with_fresh_connection(lambda: rows.update(last_checked_at=timezone.now(), **fields))
        except DatabaseError as error:
            logger.warning("Account %s: its state could not be written: %s", account.pk, error)


def fetch_forever(stop: threading.Event, told: Callable[[int], None] = lambda count: None) -> None:
    """Keep one worker for each active account until ``stop`` is set. ``told`` hears how many there are, at changes."""
    workers: dict[int, Worker] = {}
    told(0)
    try:
        while not stop.is_set():
            try:
                wanted, asked = with_fresh_connection(_configurations), with_fresh_connection(_asked)
            except DatabaseError as error:
                logger.warning("The IMAP accounts cannot be read now: %s", error)
            else:
                if _follow_configuration(workers, wanted):
                    told(len(workers))
                for pk in asked & workers.keys():
                    workers[pk].asked.set()
            connections.close_all()
            stop.wait(LOOK_SECONDS)
    finally:
        for worker in workers.values():
            worker.stopping.set()
        end = time.monotonic() + STOP_SECONDS
        for worker in workers.values():
            worker.join(max(0.1, end - time.monotonic()))


def _configurations() -> dict[int, Wanted]:
    names = [field.attname for field in MailFetch._meta.concrete_fields if field.name not in _OWN]
    active = MailFetch.objects.filter(is_active=True, mailbox__is_active=True).order_by()
    rows = active.values_list(*names, "refresh_token")
    return {row[0]: Wanted(row[:-1], row[-1]) for row in rows}


def _asked() -> set[int]:
    """The accounts of mailboxes with a message to be asked for again."""
    return set(MailFetch.objects.filter(mailbox__in=asked_mailbox_ids()).values_list("pk", flat=True))


def _follow_configuration(workers: dict[int, Worker], wanted: dict[int, Wanted]) -> bool:
    """Stop what is not wanted any more, start what is; whether anything changed.

    A worker whose account changed is replaced once it has ended: two never fetch the same account.
    """
    changed = False
    for pk, worker in list(workers.items()):
        if pk not in wanted or not worker.follows(wanted[pk]):
            worker.stopping.set()
        if not worker.is_alive():
            del workers[pk]
            changed = True
    for pk, account in wanted.items():
        if pk not in workers:
            workers[pk] = Worker(pk, account)
            workers[pk].start()
            changed = True
    return changed


def connection_check(account: MailFetch) -> Reason | None:
    """Log in and open the folder with a configuration that may not be saved yet; why it fails, else None."""
    try:
        with opened(account, CHECK_SECONDS) as folder:
            folder.uids_after(0, account.import_from)
    except FAILURES as error:
        return reason_of(error)
    return None
