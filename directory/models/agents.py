"""Agents: the people of the town hall who log in, and their roles on services."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from directory.roles import Role


class AgentManager(BaseUserManager["Agent"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Agent":
        if not email:
            raise ValueError("An agent logs in by e-mail: the e-mail is required.")
        agent = self.model(email=self.normalize_email(email).lower(), **fields)
        agent.set_password(password)
        agent.save(using=self._db)
        return agent

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Agent":
        return self.create_user(email, password, **(fields | {"is_staff": True, "is_superuser": True}))

    def get_by_natural_key(self, username: str | None) -> "Agent":
        return self.get(email__iexact=username)


class Agent(AbstractBaseUser, PermissionsMixin):
    """A person of the town hall. CRPA L111-2: citizens are told the prénom, nom, qualité and address of who answers."""

    email = models.EmailField(_("professional e-mail"), unique=True)
    first_name = models.CharField(_("first name"), max_length=80)
    last_name = models.CharField(_("last name"), max_length=80)
    title = models.CharField(
        _("position"), max_length=120, blank=True, help_text=_("The « qualité » that CRPA L111-2 wants on letters.")
    )
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    is_anonymous_for_safety = models.BooleanField(
        _("anonymous for safety"),
        default=False,
        help_text=_("CRPA L111-2: only for reasons of public or personal security. Shown as an identifier."),
    )
    anonymity_reason = models.CharField(_("reason of the anonymity"), max_length=250, blank=True)
    services = models.ManyToManyField("directory.Service", through="directory.Membership", related_name="agents")
    skills = models.ManyToManyField(
        "directory.RequestType",
        related_name="skilled_agents",
        blank=True,
        verbose_name=_("skills"),
        help_text=_("Request types given first to this agent. None means any."),
    )
    languages = ArrayField(
        models.CharField(max_length=5),
        verbose_name=_("languages"),
        default=list,
        blank=True,
        help_text=_("Spoken besides French (ISO 639-1 codes)."),
    )
    is_available = models.BooleanField(
        _("takes new tickets"), default=True, help_text=_("The agent's own switch: absent, no ticket is given to them.")
    )
    last_assigned_at = models.DateTimeField(null=True, blank=True, editable=False)
    preferences = models.JSONField(default=dict, blank=True, editable=False)
    is_staff = models.BooleanField(_("can open the administration"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    objects: ClassVar[AgentManager] = AgentManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        ordering = ["last_name", "first_name"]
        constraints = [models.UniqueConstraint(Lower("email"), name="agent_email_once")]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name.upper()}".strip() or self.email

    @property
    def public_name(self) -> str:
        """How citizens are shown this agent: name, or identifier when anonymity was granted (L111-2)."""
        return _("Agent no. %(number)s") % {"number": self.pk} if self.is_anonymous_for_safety else self.full_name

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.first_name


class Membership(models.Model):
    """A role of an agent on a service. Written by `directory.actions.memberships`, which grants the permissions."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("agent"))
    service = models.ForeignKey(
        "directory.Service", on_delete=models.CASCADE, related_name="memberships", verbose_name=_("service")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["agent", "service", "role"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.agent} — {self.get_role_display()} — {self.service}"


class Absence(models.Model):
    """Days when an agent is away, both included. Their open tickets come back to the service when it begins."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="absences", verbose_name=_("agent"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    keeps_tickets = models.BooleanField(
        _("keeps their tickets"), default=False, help_text=_("For a short absence: nothing is given back.")
    )
    released_at = models.DateTimeField(_("tickets given back at"), null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="absence_ends_after_it_starts",
                violation_error_message=_("The last day is before the first one."),
            )
        ]
        indexes = [models.Index(fields=["starts_on"], condition=Q(released_at__isnull=True), name="absence_to_begin")]

    def __str__(self) -> str:
        return f"{self.agent} {self.starts_on} – {self.ends_on}"
