"""The one ticket model."""

from datetime import UTC, datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.search import MonthVector, generated_vector
from tickets.enums import OPEN_STATUSES, Channel, Priority, Status
from tickets.models.held import Held

NEVER = datetime(9999, 1, 1, tzinfo=UTC)

_IS_OPEN = Q(status__in=list(OPEN_STATUSES))


class Ticket(models.Model):
    """A citizen's request, whatever the channel it came by.

    ``received_at`` is when the town hall received it: clocks start there. ``next_due_at`` is the earliest running
    commitment, null when none runs; "late" means it is past. ``answer_kept``: whether the first answer came in time.
    """

    reference = models.CharField(_("reference"), max_length=13, unique=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.NEW)
    subject = models.CharField(_("subject"), max_length=250)
    location = models.CharField(_("place"), max_length=250, blank=True)
    requester = models.ForeignKey(
        "directory.Citizen",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name=_("requester"),
        db_index=False,
    )
    request_type = models.ForeignKey(
        "directory.RequestType",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name=_("request type"),
    )
    service = models.ForeignKey(
        "directory.Service",
        on_delete=models.PROTECT,
        related_name="tickets",
        verbose_name=_("service"),
        db_index=False,
    )
    assignee = models.ForeignKey(
        "directory.Agent",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_tickets",
        verbose_name=_("assignee"),
        db_index=False,
    )
    created_by = models.ForeignKey(
        "directory.Agent", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority.choices, default=Priority.NORMAL)
    is_sensitive = models.BooleanField(_("sensitive"), default=False)
    flag = models.CharField(
        _("to be checked"), max_length=250, blank=True, help_text=_("Why a person must look at this ticket.")
    )

    tags = ArrayField(models.CharField(max_length=40), verbose_name=_("tags"), default=list, blank=True)
    language = models.CharField(
        _("language of the requester"), max_length=5, blank=True, help_text=_("ISO 639-1; empty for French.")
    )
    answers = models.JSONField(
        _("answers to the form"), default=list, blank=True, help_text=_("[code, question, answer] triples.")
    )
    mailbox = models.EmailField(
        _("mailbox"),
        blank=True,
        default="",
        db_default="",
        help_text=_("Of the town hall, where the e-mail that opened it came."),
    )
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    emergency = models.ForeignKey(
        "tickets.Emergency",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("emergency"),
        db_index=False,
    )
    transfer_count = models.PositiveSmallIntegerField(_("times transferred"), default=0)

    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    created_at = models.DateTimeField(_("entered at"), default=timezone.now, editable=False)
    routed_at = models.DateTimeField(_("routed at"), null=True, blank=True)
    first_answered_at = models.DateTimeField(_("first answered at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    last_inbound_at = models.DateTimeField(_("last message of the citizen"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated at"), default=timezone.now)

    answer_due_at = models.DateTimeField(_("answer due at"))
    next_due_at = models.DateTimeField(_("next commitment due at"), null=True, blank=True)
    queue_at = models.GeneratedField(
        expression=Coalesce("next_due_at", Value(NEVER)),
        output_field=models.DateTimeField(),
        db_persist=True,
        help_text=_("The order of the queues: the next commitment, or the end of times when none runs."),
    )
    answer_kept = models.BooleanField(_("answered in time"), null=True, blank=True)
    legal_regime = models.CharField(_("legal regime"), max_length=8, blank=True)
    legal_due_on = models.DateField(_("legal last day"), null=True, blank=True)
    legal_effective_on = models.DateField(_("implicit decision on"), null=True, blank=True)
    legal_running = models.BooleanField(
        _("legal clock running"), default=False, help_text=_("No decision yet: answering or closing does not stop it.")
    )
    escalation_level = models.PositiveSmallIntegerField(_("escalation level"), default=0)
    reopen_count = models.PositiveSmallIntegerField(_("times reopened"), default=0)

    is_first_contact = models.BooleanField(_("resolved at first contact"), default=False)
    resolved_with = models.ForeignKey(
        "knowledge.Article",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="resolved_tickets",
        verbose_name=_("answered with"),
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged_tickets"
    )

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | ~_IS_OPEN, name="ticket_open_has_no_closing_date"
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=False) | ~Q(status=Status.MERGED), name="ticket_merged_has_target"
            ),
        ]
        indexes = [
            # queues: open tickets only, so that their cost does not grow with the closed ones
            models.Index(
                fields=["queue_at", "id"],
                condition=_IS_OPEN,
                include=["service", "is_sensitive", "assignee", "status"],
                name="ticket_open_due",
            ),
            models.Index(
                fields=["service", "is_sensitive", "queue_at"],
                condition=_IS_OPEN,
                include=["assignee", "status", "channel", "legal_due_on"],
                name="ticket_open_service",
            ),
            models.Index(
                fields=["assignee", "queue_at", "id"],
                condition=_IS_OPEN,
                include=["service", "is_sensitive", "status"],
                name="ticket_open_assignee",
            ),
            # the other orders of the lists: open tickets again
            models.Index(fields=["received_at", "id"], condition=_IS_OPEN, name="ticket_open_received"),
            models.Index(fields=["-priority", "queue_at", "id"], condition=_IS_OPEN, name="ticket_open_priority"),
            models.Index(fields=["last_inbound_at", "id"], condition=_IS_OPEN, name="ticket_open_spoke"),
            # counted at every page: when few wait, or none, the open ones are not gone through for it
            models.Index(
                fields=["service", "is_sensitive", "queue_at", "id"],
                condition=Q(status=Status.WAITING),
                name="ticket_waiting",
            ),
            models.Index(fields=["id"], condition=Q(routed_at__isnull=True), name="ticket_unrouted"),
            models.Index(fields=["-received_at", "-id"], name="ticket_recent"),
            # whoever sees the tickets of a small service reads no others to find them
            models.Index(fields=["service", "-received_at", "-id"], name="ticket_service_recent"),
            models.Index(fields=["requester", "-received_at"], name="ticket_requester"),
            models.Index(fields=["assignee"], condition=Q(assignee__isnull=False), name="ticket_assignee"),
            models.Index(
                fields=["closed_at"],
                condition=Q(closed_at__isnull=False),
                include=["service", "is_sensitive", "status", "channel"],
                name="ticket_closed",
            ),
            # the dashboard counts a period from this index alone
            models.Index(
                fields=["received_at"],
                include=[
                    "service",
                    "channel",
                    "status",
                    "is_sensitive",
                    "answer_kept",
                    "answer_due_at",
                    "is_first_contact",
                ],
                name="ticket_period",
            ),
            models.Index(
                fields=["legal_due_on", "id"],
                condition=Q(legal_running=True),
                include=["service", "is_sensitive"],
                name="ticket_legal_running",
            ),
            models.Index(fields=["updated_at"], condition=Q(status=Status.ANSWERED), name="ticket_answered_quiet"),
            # what was answered lately about the same thing (`selectors.similar`)
            models.Index(
                fields=["request_type", "-first_answered_at"],
                condition=Q(first_answered_at__isnull=False),
                name="ticket_answered_type",
            ),
            GinIndex(fields=["tags"], condition=~Q(tags=[]), name="ticket_tags", fastupdate=False),
        ]

    held: Held | None = None  # no column: see there

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES


class TicketText(models.Model):
    """What full-text search reads of a ticket: subject, place and every message but the internal drafts.

    ``month``: of its reception, by which its words are indexed (`core.search.month_number`).
    """

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, primary_key=True, related_name="text")
    body = models.TextField()
    vector = generated_vector("body")
    month = models.SmallIntegerField()

    class Meta:
        indexes = [GinIndex(MonthVector("vector", "month"), name="ticket_text_search", fastupdate=False)]

    def __str__(self) -> str:
        return str(self.ticket_id)
