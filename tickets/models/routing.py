"""What decides where a ticket goes: administrators' rules, words of emergency, what the town's history taught."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.enums import Priority


class RoutingRule(models.Model):
    """One rule of the ordered list. Empty conditions ask for nothing; those given must all hold.

    ``conditions`` and ``effects`` are checked and read by `tickets.routing.rules`, which says their keys and shapes.
    ``is_final``: no later rule is looked at once this one applied.
    """

    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveIntegerField(_("position"), default=0)
    conditions = models.JSONField(_("conditions"), default=dict, blank=True)
    effects = models.JSONField(_("effects"), default=dict, blank=True)
    is_final = models.BooleanField(_("stop there"), default=False, help_text=_("Later rules are not looked at."))
    is_active = models.BooleanField(_("active"), default=True)
    updated_at = models.DateTimeField(_("updated at"), default=timezone.now)

    class Meta:
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class RoutingHit(models.Model):
    """A rule caught a ticket: what the count of each rule is made of."""

    rule = models.ForeignKey(RoutingRule, on_delete=models.CASCADE, related_name="hits", db_index=False)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["rule", "-at"], name="routing_hit_recent")]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.ticket_id}"


class District(models.Model):
    """A district of the town, by its streets: what rules may ask of the place of a request."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    streets = ArrayField(models.CharField(max_length=80), verbose_name=_("streets"))

    class Meta:
        verbose_name = _("district")
        verbose_name_plural = _("districts")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Emergency(models.Model):
    """Words that cannot wait (gas, wires down, a threat, distress), and what the agent must do at once."""

    name = models.CharField(_("name"), max_length=120)
    words = ArrayField(
        models.CharField(max_length=80),
        verbose_name=_("words"),
        help_text=_("One word or short phrase a line; accents and inflections are forgiven."),
    )
    unless = ArrayField(
        models.CharField(max_length=80),
        verbose_name=_("unless"),
        default=list,
        blank=True,
        help_text=_("A text that holds one of these is about something else. One a line."),
    )
    instruction = models.TextField(_("what to do at once"))
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority.choices, default=Priority.URGENT)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("emergency")
        verbose_name_plural = _("emergencies")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class RoutingModel(models.Model):
    """One version of what was learned from the town's own tickets. ``weights`` is read by `tickets.routing.learned`.

    ``report`` (`tickets.routing.evaluation`) holds the figures of its twin ``judged``, which learned only from the
    tickets received before ``judged_until``, on the later ones. The bytes of old versions are emptied, their figures
    kept.
    """

    trained_at = models.DateTimeField(_("trained at"), default=timezone.now)
    samples = models.PositiveIntegerField(_("tickets learned from"), default=0)
    weights = models.BinaryField()
    judged = models.BinaryField(default=b"")
    judged_until = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(_("report"), default=dict)
    is_current = models.BooleanField(_("in use"), default=False)

    class Meta:
        verbose_name = _("learned routing")
        verbose_name_plural = _("learned routing")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["is_current"], condition=Q(is_current=True), name="routing_model_current")
        ]

    def __str__(self) -> str:
        return f"{self.pk} — {self.trained_at:%Y-%m-%d}"


class RoutingTraining(models.Model):
    """One time of learning: asked by an administrator or by the night, done by a process of its own. ``worked_at``: its
    last sign of life. ``model``: the version it made, in use or not; ``error``: why it made none."""

    asked_by = models.ForeignKey("directory.Agent", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    worked_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    step = models.CharField(max_length=40, blank=True)
    percent = models.PositiveSmallIntegerField(default=0)
    megabytes = models.PositiveIntegerField(_("memory (MB)"), default=0)
    error = models.CharField(_("why not"), max_length=300, blank=True)
    model = models.ForeignKey(RoutingModel, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("training of the routing")
        verbose_name_plural = _("trainings of the routing")
        ordering = ["-id"]
        constraints = [
            # one at a time, whoever asks
            models.UniqueConstraint(
                models.Value(1), condition=Q(finished_at__isnull=True), name="routing_training_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.step}"


class RoutingSettings(models.Model):
    """The one row of the administrator's choices about learned routing."""

    confidence = models.PositiveSmallIntegerField(
        _("confidence wanted (%)"),
        default=75,
        help_text=_("Below it nothing is suggested and the ticket goes on to the pilot service."),
    )
    applies_alone = models.BooleanField(
        _("applied without asking"), default=True, help_text=_("Otherwise it is only proposed to the agent.")
    )

    class Meta:
        verbose_name = _("learned routing settings")
        verbose_name_plural = _("learned routing settings")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="routing_settings_single")]

    def __str__(self) -> str:
        return str(_("learned routing settings"))


class TicketSuggestion(models.Model):
    """What the learned model said of a ticket when it came. ``words``: those that weighed, as [word, weight] pairs.
    ``is_right``: what an agent said of it, null while nobody did."""

    ticket = models.OneToOneField(
        "tickets.Ticket", on_delete=models.CASCADE, primary_key=True, related_name="suggestion"
    )
    model = models.ForeignKey(RoutingModel, on_delete=models.SET_NULL, null=True, related_name="+")
    request_type = models.ForeignKey("directory.RequestType", on_delete=models.CASCADE, related_name="+")
    confidence = models.FloatField(_("confidence"))
    words = models.JSONField(default=list)
    is_applied = models.BooleanField(_("applied"), default=False)
    is_right = models.BooleanField(_("right"), null=True, blank=True)

    class Meta:
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.confidence:.2f}"

    @property
    def percent(self) -> int:
        """Rounded down: what is not sure is never told as 100 %."""
        return int(self.confidence * 100)

    @property
    def told_words(self) -> str:
        return ", ".join(str(word) for word, _weight in self.words)
