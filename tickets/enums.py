from django.db import models
from django.utils.translation import gettext_lazy as _


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


class DeadlineKind(models.TextChoices):
    ANSWER = "answer", _("Answer commitment")
    TARGET = "target", _("Target of the request type")
    LEGAL = "legal", _("Legal deadline")


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
