from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Channel(models.TextChoices):
    WEB = "web", _("Web form")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Telephone")
    COUNTER = "counter", _("Counter")
    POST = "post", _("Letter")
    API = "api", _("API")


class Status(models.TextChoices):
    NEW = "new", _("New")
    OPEN = "open", _("In progress")
    WAITING = "waiting", _("Waiting for the citizen")
    ANSWERED = "answered", _("Answered")
    CLOSED = "closed", _("Closed")
    MERGED = "merged", _("Merged")
    CANCELLED = "cancelled", _("Cancelled")


OPEN_STATUSES = (Status.NEW, Status.OPEN, Status.WAITING)


class MessageKind(models.TextChoices):
    INBOUND = "inbound", _("From the citizen")
    REPLY = "reply", _("Reply")
    NOTE = "note", _("Internal note")


class Priority(models.IntegerChoices):
    LOW = 1, _("Low")
    NORMAL = 2, _("Normal")
    HIGH = 3, _("High")
    URGENT = 4, _("Immediate")


class DeadlineKind(models.TextChoices):
    """The clocks of a ticket. The first four are the town's commitments, the others the law's."""

    ACKNOWLEDGE = "acknowledge", _("Acknowledgement")
    ANSWER = "answer", _("First answer")
    CALLBACK = "callback", _("Callback")
    TARGET = "target", _("Resolution")
    LEGAL = "legal", _("Silence of the administration")
    RECEIPT = "receipt", _("Legal acknowledgement (AR, ARE)")
    REASONS = "reasons", _("Reasons of an implicit refusal")


COMMITMENTS = (DeadlineKind.ACKNOWLEDGE, DeadlineKind.ANSWER, DeadlineKind.CALLBACK, DeadlineKind.TARGET)
STATUTORY = (DeadlineKind.LEGAL, DeadlineKind.RECEIPT, DeadlineKind.REASONS)


class CountIn(models.TextChoices):
    """How a commitment is counted: wall-clock hours, or the opening hours and days of a calendar."""

    HOURS = "hours", _("hours, day and night")
    OPEN_HOURS = "open_hours", pgettext_lazy("counted in", "opening hours")
    WORKING_DAYS = "working_days", _("working days")
    DAYS = "days", _("calendar days")
    MONTHS = "months", _("months")


class OffsetUnit(models.TextChoices):
    HOURS = "hours", _("hours")
    DAYS = "days", _("days")
    PERCENT = "percent", _("percent of the time allowed")


class Audience(models.TextChoices):
    ASSIGNEE = "assignee", _("Assignee")
    REFERENT = "referent", _("Référent")
    DIRECTION = "direction", _("Direction")
    MANAGER = "manager", _("Manager")
    PILOT = "pilot", _("Pilot service")
    AGENT = "agent", _("A given agent")


class Delivery(models.TextChoices):
    """Every alert is shown in the application; this is what is added to it."""

    IN_APP = "in_app", _("In the application only")
    MAIL = "mail", _("E-mail at once")
    DIGEST = "digest", _("In the morning’s digest")


class DecisionKind(models.TextChoices):
    EXPRESS = "express", _("Express decision")
    IMPLICIT = "implicit", _("Implicit decision")
    WITHDRAWAL = "withdrawal", _("Withdrawal")


class Outcome(models.TextChoices):
    ACCEPTED = "accepted", _("Granted")
    PARTLY = "partly", _("Granted in part")
    REFUSED = "refused", _("Refused")
    MOOT = "moot", _("Without object: the person gave up, or there is nothing to decide")


UNFAVOURABLE = frozenset({Outcome.REFUSED, Outcome.PARTLY})  # reasons and appeals are owed


class LegalRequestKind(models.TextChoices):
    ATTESTATION = "attestation", _("Attestation of implicit acceptance")
    REASONS = "reasons", _("Reasons of the implicit refusal")


class LetterKind(models.TextChoices):
    RECEIPT = "receipt", _("Acknowledgement of receipt")
    REGISTRATION = "registration", _("Registration of an electronic request")
    INCOMPLETE = "incomplete", _("Request for missing pieces")
    TRANSMISSION = "transmission", _("Transmission to the competent administration")
    ATTESTATION = "attestation", _("Attestation of implicit acceptance")
    REASONS = "reasons", _("Reasons of an implicit refusal")
    ANSWER = "answer", _("Answer")


class DeadlineState(models.TextChoices):
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    MET = "met", _("Met")
    MISSED = "missed", _("Missed")
    CANCELLED = "cancelled", _("Cancelled")


class EventKind(models.TextChoices):
    OPENED = "opened", _("Received")
    ROUTED = "routed", _("Sent to a service")
    TYPED = "typed", _("Classified")
    ASSIGNED = "assigned", _("Assigned")
    TRANSFERRED = "transferred", _("Transferred")
    STATUS = "status", _("Status changed")
    MESSAGE = "message", _("Message received")
    REPLIED = "replied", _("Reply sent")
    NOTED = "noted", _("Note added")
    ACKNOWLEDGED = "acknowledged", _("Acknowledgement sent")
    REMINDED = "reminded", _("Reminder")
    ESCALATED = "escalated", _("Escalated")
    IMPLICIT_DECISION = "implicit_decision", _("Implicit decision")
    FLAGGED = "flagged", _("To be checked by a person")
    SEND_FAILED = "send_failed", _("Sending failed")
    PRIORITY = "priority", _("Priority changed")
    PIECES_ASKED = "pieces_asked", _("Missing pieces asked for")
    PIECES_RECEIVED = "pieces_received", _("Missing pieces received")
    TRANSMITTED = "transmitted", _("Forwarded to another administration")
    DECIDED = "decided", _("Decision recorded")
    WITHDRAWN = "withdrawn", _("Decision withdrawn")
    LEGAL_REQUEST = "legal_request", _("Asked after a silence")
    LETTER = "letter", _("Letter written")
    CALLBACK = "callback", _("Callback")
    PAUSE = "pause", _("Pause corrected")
    LINKED = "linked", _("Linked to another ticket")
    UNLINKED = "unlinked", _("Link removed")
    MERGED = "merged", _("Merged")
    UNMERGED = "unmerged", _("Merge undone")
    SPLIT = "split", _("Split into two requests")
    TASK_ADDED = "task_added", _("Task asked of a service")
    TASK_DONE = "task_done", _("Task done")
    TAGGED = "tagged", _("Tags changed")
    SCHEDULED = "scheduled", _("Reply to leave later")
    RELEASED = "released", _("Back from an absent agent")
    SENSITIVE = "sensitive", _("Marked sensitive, or no longer")
    EMERGENCY = "emergency", _("Emergency recognised")
    REQUESTER = "requester", _("Requester changed")
    SERVICE_ASKED = "service_asked", _("Sent to the service by e-mail")
    SERVICE_ANSWERED = "service_answered", _("Answer of the service (by e-mail)")
    LANGUAGE = "language", _("Language changed")
    IMAGES = "images", _("Remote images loaded")
    DESCRIBED = "described", _("Subject or place corrected")
