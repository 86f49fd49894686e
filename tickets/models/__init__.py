from tickets.models.deadlines import ClockPause, Deadline, EscalationRecord
from tickets.models.legal import Decision, LegalRequest, Letter, PieceRequest, Transmission
from tickets.models.messages import Attachment, Message
from tickets.models.policies import EscalationStep, Recomputation, SlaPolicy, SlaTarget
from tickets.models.tickets import Ticket, TicketText
from tickets.models.timeline import TicketEvent
from tickets.models.tracking import TrackingLink

__all__ = [
    "Attachment",
    "ClockPause",
    "Deadline",
    "Decision",
    "EscalationRecord",
    "EscalationStep",
    "LegalRequest",
    "Letter",
    "Message",
    "PieceRequest",
    "Recomputation",
    "SlaPolicy",
    "SlaTarget",
    "Ticket",
    "TicketEvent",
    "TicketText",
    "TrackingLink",
    "Transmission",
]
