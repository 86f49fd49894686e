"""What the law reads on a ticket: pieces asked for, transmissions, decisions, letters. Dates are local days."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.enums import DecisionKind, LegalRequestKind, LetterKind, Outcome


class PieceRequest(models.Model):
    """A letter that asks for the missing pieces of an incomplete request (CRPA L114-5).

    ``pieces``: [{"name": "…", "text": "the text in force that requires it"}]. ``received_on``: the day the last of
    them came, None while it has not. Feeds `tickets.deadlines.legal.Letter`.
    """

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="piece_requests")
    asked_on = models.DateField(_("asked on"))
    due_on = models.DateField(_("to be sent by"), null=True, blank=True)
    received_on = models.DateField(_("received on"), null=True, blank=True)
    pieces = models.JSONField(_("pieces"), default=list)
    required_by_text = models.BooleanField(_("required by a text in force"), default=True)
    list_sent = models.BooleanField(_("list sent"), default=True)
    letter = models.ForeignKey(
        "tickets.Letter", on_delete=models.PROTECT, null=True, blank=True, related_name="piece_requests"
    )
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("request for missing pieces")
        verbose_name_plural = _("requests for missing pieces")
        ordering = ["asked_on", "id"]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.asked_on}"


class Transmission(models.Model):
    """A request sent to the wrong administration and forwarded (CRPA L114-2, L114-3).

    ``is_inbound``: another administration received it first, on ``sent_on``… and we, competent, on ``received_on``;
    ``first_received_on`` is the day it reached the first one. Outbound: we forward it to ``administration``.
    """

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="transmissions")
    is_inbound = models.BooleanField(_("received from another administration"), default=False)
    administration = models.CharField(_("administration"), max_length=160)
    address = models.TextField(_("postal address"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    first_received_on = models.DateField(_("first received on"))
    sent_on = models.DateField(_("forwarded on"), null=True, blank=True)
    received_on = models.DateField(_("received by the competent administration on"), null=True, blank=True)
    letter = models.ForeignKey(
        "tickets.Letter", on_delete=models.PROTECT, null=True, blank=True, related_name="transmissions"
    )
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("transmission")
        verbose_name_plural = _("transmissions")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.administration}"


class Decision(models.Model):
    """A decision on a request: express (L212-1), implicit (L231-1, L231-4), or a withdrawal (L242-1).

    ``decided_on`` of an implicit one is the day it is born (``effective_from``); there is at most one that stands. A
    withdrawal points at what it withdraws in ``withdraws``; its ``outcome`` is what it leaves, a refusal.
    ``annulled_at``: when the law's clock, counted again with what was learnt late, no longer led to this implicit
    decision; the row stays. ``appeals_told``: the delays and routes of appeal were given with it (CJA R421-5).
    """

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="decisions")
    kind = models.CharField(_("kind"), max_length=10, choices=DecisionKind.choices)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    decided_on = models.DateField(_("decided on"))
    notified_on = models.DateField(_("notified on"), null=True, blank=True)
    reasons = models.TextField(_("reasons"), blank=True)
    appeals_told = models.BooleanField(_("appeals told"), default=False)
    annulled_at = models.DateTimeField(_("no longer stands since"), null=True, blank=True)
    withdraws = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="withdrawn_by"
    )
    letter = models.ForeignKey(
        "tickets.Letter", on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["decided_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"],
                condition=Q(kind="implicit", annulled_at__isnull=True),
                name="decision_implicit_once",
            ),
            models.CheckConstraint(
                condition=Q(annulled_at__isnull=True) | Q(kind="implicit"), name="decision_annulled_is_implicit"
            ),
            models.CheckConstraint(
                condition=Q(kind="withdrawal", withdraws__isnull=False) | (~Q(kind="withdrawal") & Q(withdraws=None)),
                name="decision_withdrawal_has_target",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.get_outcome_display()} {self.decided_on}"


class LegalRequest(models.Model):
    """What the citizen may ask after a silence: the attestation of an implicit acceptance (L232-3), or the reasons of
    an implicit refusal (L232-4, owed within a month)."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="legal_requests")
    kind = models.CharField(_("asked for"), max_length=12, choices=LegalRequestKind.choices)
    asked_on = models.DateField(_("asked on"))
    due_on = models.DateField(_("owed by"), null=True, blank=True)
    met_on = models.DateField(_("given on"), null=True, blank=True)
    letter = models.ForeignKey(
        "tickets.Letter", on_delete=models.PROTECT, null=True, blank=True, related_name="legal_requests"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("request after a silence")
        verbose_name_plural = _("requests after a silence")
        ordering = ["asked_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind"], condition=Q(met_on__isnull=True), name="legal_request_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.asked_on}"


def letter_path(_letter: "Letter", _name: str) -> str:
    token = uuid.uuid4().hex
    return f"letters/{token[:2]}/{token}.pdf"


class Letter(models.Model):
    """A letter as it was written: its data, its text and its PDF/UA. Append-only but for how it left.

    ``data``: the whole content, so that the same PDF can be made again. ``by_email``: sent through ``outbound``;
    otherwise printed, ``sent_at`` is when an agent said it was posted (``registered_number`` when registered).
    """

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="letters")
    kind = models.CharField(_("letter"), max_length=16, choices=LetterKind.choices)
    reference = models.CharField(_("reference"), max_length=24, unique=True)
    subject = models.CharField(_("subject"), max_length=250)
    data = models.JSONField(default=dict)
    text = models.TextField(_("text"))
    pdf = models.FileField(upload_to=letter_path, max_length=120)
    sha256 = models.CharField(max_length=64)
    by_email = models.BooleanField(_("by e-mail"), default=False)
    outbound = models.ForeignKey(
        "notifications.OutboundMessage", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    registered_number = models.CharField(_("registered letter no."), max_length=40, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("written at"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"
