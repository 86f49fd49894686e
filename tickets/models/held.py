"""What a transaction that opens or routes a ticket already has in hand, so that it is not read again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickets.models.deadlines import Deadline
    from tickets.models.messages import Message


@dataclass
class Held:
    """On a locked ticket, within one transaction only (`Ticket.held`).

    ``message``: the one that opened it; ``clocks``: every row, those added since included. ``is_fresh``: opened in this
    very transaction, hence never paused. ``address``: where its requester is answered, None when it must be looked up.
    """

    message: "Message | None"
    clocks: "list[Deadline]"
    is_fresh: bool = False
    address: str | None = None
