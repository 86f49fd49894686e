from tickets.models.deadlines import Deadline, EscalationRecord
from tickets.models.messages import Attachment, Message
from tickets.models.tickets import Ticket, TicketText
from tickets.models.timeline import TicketEvent
from tickets.models.tracking import TrackingLink

__all__ = [
    "Attachment",
    "Deadline",
    "EscalationRecord",
    "Message",
    "Ticket",
    "TicketEvent",
    "TicketText",
    "TrackingLink",
]
