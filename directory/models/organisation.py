"""The town hall as an organisation: its identity, its tree of directions and services, its sites."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models.calendars import HolidayRegion


class Town(models.Model):
    """The one row that says whose guichet this is."""

    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("general mailbox"))
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    postal_address = models.TextField(_("postal address"), blank=True)
    opening_hours = models.TextField(_("opening hours"), blank=True)
    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        default="#0f5c6e",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}\Z", _("A colour is written #rrggbb, such as #0f5c6e."))],
    )
    is_fictional = models.BooleanField(_("fictional demonstration town"), default=False)
    answer_hours = models.PositiveSmallIntegerField(
        _("answer commitment (hours)"), default=72, help_text=_("Where no policy says otherwise, day and night.")
    )
    holiday_region = models.CharField(
        _("public holidays"), max_length=30, choices=HolidayRegion.choices, default=HolidayRegion.METROPOLE
    )
    calendar = models.ForeignKey(
        "directory.Calendar",
        verbose_name=_("usual calendar"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Of the services and sites that have none of their own."),
    )
    tribunal_name = models.CharField(
        _("administrative court"),
        max_length=120,
        blank=True,
        help_text=_(
            "Named in acknowledgements and refusals: without it the delays of appeal do not run (CRPA R112-5)."
        ),
    )
    tribunal_address = models.TextField(_("address of the administrative court"), blank=True)
    commitments_version = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text=_("Grows with each change of policy, calendar or escalation: processes then read them again."),
    )

    class Meta:
        verbose_name = _("town")
        verbose_name_plural = _("town")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="town_is_single")]

    def __str__(self) -> str:
        return self.name


class ServiceKind(models.TextChoices):
    TOWN = "town", _("Town hall")
    DIRECTION = "direction", _("Direction")
    SERVICE = "service", _("Service")


class Assignment(models.TextChoices):
    MANUAL = "manual", _("By hand")
    ROUND_ROBIN = "round_robin", _("In turn")
    LEAST_LOADED = "least_loaded", _("To who has the fewest open tickets")


class Service(models.Model):
    """A node of the tree: the town hall, a direction or a service. Rights are granted here and inherited down."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=ServiceKind.choices, default=ServiceKind.SERVICE)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("part of"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
    )
    postal_address = models.TextField(_("postal address"), blank=True)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    opening_hours = models.TextField(_("opening hours"), blank=True)
    works_by_email = models.BooleanField(
        _("works by e-mail"),
        default=False,
        help_text=_("Not on the tool yet: receives its requests by e-mail and answers them by e-mail."),
    )
    calendar = models.ForeignKey(
        "directory.Calendar",
        verbose_name=_("calendar"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="services",
        help_text=_("When empty, that of the level above, then the town’s."),
    )
    referent = models.ForeignKey(
        "directory.Agent",
        verbose_name=_("référent"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="refers_for",
        help_text=_("Hears of late tickets after their assignee, and of those nobody took."),
    )
    manager = models.ForeignKey(
        "directory.Agent",
        verbose_name=_("manager"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="manages",
        help_text=_("Hears of late tickets last. When empty, the manager of the level above."),
    )
    assignment = models.CharField(
        _("assignment of new tickets"),
        max_length=12,
        choices=Assignment.choices,
        default=Assignment.MANUAL,
        help_text=_("To agents of the service who are present and have the skill and the language."),
    )
    is_pilot = models.BooleanField(
        _("pilot service"),
        default=False,
        help_text=_("Receives the tickets that no rule sends elsewhere. There is exactly one."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["is_pilot"], condition=Q(is_pilot=True), name="service_one_pilot"),
        ]
        permissions = [
            ("view_tickets", "Can see the tickets of the service"),
            ("view_sensitive", "Can see the sensitive tickets of the service"),
            ("work_tickets", "Can take, answer, transfer and close the tickets of the service"),
            ("assign_tickets", "Can assign the tickets of the service to another agent"),
            ("log_contacts", "Can log calls and visits for the service"),
            ("view_dashboard", "Can see the dashboard of the service"),
            ("lookup_requests", "Can look up where the requests of a person stand"),
            ("administer", "Can configure the service"),
        ]

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """A place where citizens come."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    postal_address = models.TextField(_("postal address"), blank=True)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    opening_hours = models.TextField(_("opening hours"), blank=True)
    calendar = models.ForeignKey(
        "directory.Calendar",
        verbose_name=_("calendar"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sites",
        help_text=_("When empty, the town’s usual calendar."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
