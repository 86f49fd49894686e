from channels_intake.models.calls import (
    AttemptResult,
    Call,
    Callback,
    CallbackAttempt,
    CallState,
    Extension,
    TelephoneSystem,
)
from channels_intake.models.keys import IntakeKey
from channels_intake.models.mail import (
    AfterFetch,
    Authentication,
    InboundMail,
    InboundOutcome,
    InboundStatus,
    Mailbox,
    MailFetch,
    Security,
)
from channels_intake.models.scans import Scan, ScanState
from channels_intake.models.visits import Desk, SiteScreens, Visit, VisitPriority, VisitReason, VisitState

__all__ = [
    "AfterFetch",
    "AttemptResult",
    "Authentication",
    "Call",
    "CallState",
    "Callback",
    "CallbackAttempt",
    "Desk",
    "Extension",
    "InboundMail",
    "InboundOutcome",
    "InboundStatus",
    "IntakeKey",
    "MailFetch",
    "Mailbox",
    "Scan",
    "ScanState",
    "Security",
    "SiteScreens",
    "TelephoneSystem",
    "Visit",
    "VisitPriority",
    "VisitReason",
    "VisitState",
]
