from tickets.models.access import AccessKind, AccessLog
from tickets.models.collaboration import (
    DraftFile,
    LinkKind,
    Mention,
    ScheduledReply,
    TicketLink,
    TicketMerge,
    TicketTask,
    Watcher,
    WrittenDraft,
)
from tickets.models.deadlines import ClockPause, Deadline, EscalationRecord
from tickets.models.legal import Decision, LegalRequest, Letter, PieceRequest, Transmission
from tickets.models.lists import BulkItem, BulkJob, BulkKind, Export, ExportFormat, JobStatus, SavedView
from tickets.models.messages import Attachment, Message, StoredFile
from tickets.models.policies import EscalationStep, Recomputation, SlaPolicy, SlaTarget
from tickets.models.routing import (
    District,
    Emergency,
    RoutingHit,
    RoutingModel,
    RoutingRule,
    RoutingSettings,
    RoutingTraining,
    TicketSuggestion,
)
from tickets.models.tickets import Ticket, TicketText
from tickets.models.timeline import TicketEvent
from tickets.models.tracking import TrackingLink

__all__ = [
    "AccessKind",
    "AccessLog",
    "Attachment",
    "BulkItem",
    "BulkJob",
    "BulkKind",
    "ClockPause",
    "Deadline",
    "Decision",
    "District",
    "DraftFile",
    "Emergency",
    "EscalationRecord",
    "EscalationStep",
    "Export",
    "ExportFormat",
    "JobStatus",
    "LegalRequest",
    "Letter",
    "LinkKind",
    "Mention",
    "Message",
    "PieceRequest",
    "Recomputation",
    "RoutingHit",
    "RoutingModel",
    "RoutingRule",
    "RoutingSettings",
    "RoutingTraining",
    "SavedView",
    "ScheduledReply",
    "SlaPolicy",
    "SlaTarget",
    "StoredFile",
    "Ticket",
    "TicketEvent",
    "TicketLink",
    "TicketMerge",
    "TicketSuggestion",
    "TicketTask",
    "TicketText",
    "TrackingLink",
    "Transmission",
    "Watcher",
    "WrittenDraft",
]
