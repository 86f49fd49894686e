"""The SMTP receiver: takes mail for the town's own addresses and says 250 only once it is committed.

Never a relay: whatever is not for an active mailbox is refused at RCPT. The database is reached in threads, so that the
loop keeps serving every connection; when the database is down senders are told to come back (451).
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import Error as DatabaseError
from django.db import connections

from channels_intake.email.processing import SMALL, TOGETHER
from channels_intake.email.storing import Addresses, mail_store
from core.jobs import enqueue

logger = logging.getLogger(__name__)
T = TypeVar("T")

DATABASE_THREADS = 4
MAX_CONNECTIONS = 200
MAX_RECIPIENTS = 100
LINE_LIMIT = 1024 * 1024  # far above RFC 5321's 1000, which real senders ignore
IDLE_SECONDS = 300
STOP_SECONDS = 8


class Teller:
    """Tells the worker of stored mail from a thread of its own, so that no sender waits for the broker.

    Of small mails stored together it tells one in `TOGETHER`: a worker takes those that follow itself. What it cannot
    tell (broker down, too much at once) is picked up by ``channels_intake.sweep_inbound``.
    """

    def __init__(self, limit: int = 10_000) -> None:
        self._ids: queue.Queue[tuple[int, int] | None] = queue.Queue(limit)
        self._thread = threading.Thread(target=self._run, name="teller", daemon=True)
        self._thread.start()

    def tell(self, mail_id: int, size: int) -> None:
        try:
            self._ids.put_nowait((mail_id, size))
        except queue.Full:
            pass

    def stop(self, seconds: float) -> None:
        try:
            self._ids.put(None, timeout=seconds)
        except queue.Full:
            return
        self._thread.join(seconds)

    def _run(self) -> None:
        while (first := self._ids.get()) is not None:
            waiting, is_over = [first], False
            while not is_over:
                try:
                    told = self._ids.get_nowait()
                except queue.Empty:
                    break
                if told is None:
                    is_over = True
                else:
                    waiting.append(told)
            small = sorted(mail_id for mail_id, size in waiting if size < SMALL)
            for mail_id in [*small[::TOGETHER], *(mail_id for mail_id, size in waiting if size >= SMALL)]:
                try:
                    enqueue("channels_intake.process_mail", mail_id)
                except Exception:
                    logger.exception("Mail %s could not be told to the worker: it is left to the sweep.", mail_id)
            if is_over:
                return


class Handler:
    """What aiosmtpd calls, one for all connections. Mailboxes are looked up again at DATA, from memory."""

    def __init__(self) -> None:
        self.addresses = Addresses()
        self.teller = Teller()
        self.busy = 0
        self._threads = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="database")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            mailbox = await self._in_thread(self.addresses.find, address)
        except DatabaseError:
            logger.warning("The database is out of reach: a recipient was asked to come back.")
            return "451 4.3.0 Temporarily unable to check this address"
        if mailbox is None:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = bytes(envelope.original_content or b"")
        sender = (envelope.mail_from or "").encode("utf-8", "replace").decode("utf-8", "replace")
        self.busy += 1
        try:
            told = await self._in_thread(self._store, list(envelope.rcpt_tos), raw, sender)
        except DatabaseError as error:
            logger.warning("A message could not be stored, its sender will come back: %s", error)
            return "451 4.3.0 Temporarily unable to store this message"
        finally:
            self.busy -= 1
        if told is None:
            return "451 4.2.1 Mailbox disabled, come back later"
        for mail_id in told:
            self.teller.tell(mail_id, len(raw))
        return "250 2.0.0 Message accepted"

    async def handle_exception(self, error: Exception) -> str:
        """A defect of ours refuses nothing for good: the sender comes back, and finds it mended or is heard of."""
        logger.error("A sender was asked to come back after an error.", exc_info=error)
        return "451 4.3.0 Temporarily unable, come back later"

    def close(self) -> None:
        self.teller.stop(3)
        self._threads.shutdown(wait=True, cancel_futures=False)

    def _store(self, recipients: list[str], raw: bytes, sender: str) -> list[int] | None:
        """The new rows' ids; None when the mailboxes were all closed since RCPT."""
        mailboxes = {pk for address in recipients if (pk := self.addresses.find(address)) is not None}
        return mail_store(mailbox_ids=mailboxes, raw=raw, envelope_from=sender) if mailboxes else None

    async def _in_thread(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *args))


class Receiver(SMTP):
    """One connection. The line limit is a class attribute in aiosmtpd; connections are counted to bound memory."""

    line_length_limit = LINE_LIMIT
    open_connections = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        Receiver.open_connections += 1
        super().connection_made(transport)
        if Receiver.open_connections > MAX_CONNECTIONS and isinstance(transport, asyncio.WriteTransport):
            transport.write(b"421 4.3.2 Too many connections, come back later\r\n")
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        Receiver.open_connections -= 1
        super().connection_lost(error)


async def serve(*, host: str, port: int, size_limit: int, stop: asyncio.Event, started: Callable[[int], None]) -> None:
    """Receive mail on (host, port) until ``stop`` is set; port 0 takes a free one, given to ``started``.

    ``size_limit`` is in bytes, announced with SIZE and enforced (552). Messages being stored when the stop comes are
    finished first. Raises OSError when the port is taken.
    """
    loop = asyncio.get_running_loop()
    handler = Handler()

    def connection() -> Receiver:
        return Receiver(
            handler,
            data_size_limit=size_limit,
            enable_SMTPUTF8=True,
            ident="Guichet",
            hostname="guichet",
            timeout=IDLE_SECONDS,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            loop=loop,
        )

    server = await loop.create_server(connection, host, port, backlog=256)
    try:
        started(server.sockets[0].getsockname()[1])
        await stop.wait()
    finally:
        server.close()
        end = loop.time() + STOP_SECONDS
        while handler.busy and loop.time() < end:
            await asyncio.sleep(0.02)
        handler.close()
        connections.close_all()
