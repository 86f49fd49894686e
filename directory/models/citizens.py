"""Citizens and the ways to reach them. A citizen is not a user."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import CharField, F, Func, Q, TextField, Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def name_vector() -> SearchVector:
    """The words of a citizen's names without accents, as the index `citizen_name_search` holds them."""
    names = Concat(F("first_name"), Value(" "), F("last_name"), Value(" "), F("organisation"), output_field=CharField())
    return SearchVector(Func(names, function="f_unaccent", output_field=CharField()), config="simple")


def _key(function: str, *fields: str) -> models.GeneratedField:
    """A stored column made by one of the SQL functions of ``0010_people`` and ``0011`` (see `directory.likeness`)."""
    made = Func(*(F(field) for field in fields), function=function, output_field=TextField())
    return models.GeneratedField(expression=made, output_field=TextField(), db_persist=True)


def waits_q() -> Q:
    """The cards that changed since they were last compared with the others."""
    match = Func(F("name_key"), F("street_key"), F("birth_date"), function="f_match_key", output_field=TextField())
    return ~Q(compared_key=match)


class CitizenKind(models.TextChoices):
    PERSON = "person", _("Person")
    ASSOCIATION = "association", _("Association")
    BUSINESS = "business", _("Shop or company")
    NOTARY = "notary", _("Notary")
    PUBLIC_BODY = "public_body", _("Public body")
    OTHER = "other", _("Other organisation")


class Household(models.Model):
    """People who live together and whose requests are read together."""

    name = models.CharField(_("name"), max_length=120)
    address = models.CharField(_("address"), max_length=250, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Citizen(models.Model):
    """A person, or an organisation. ``organisation`` names it, or says whom a person writes for; ``member_of`` is that
    organisation once it is known as such. A merged citizen keeps its row and leads to the one it became.

    ``name_key`` is empty for a card too thin to be compared (a name alone). A card whose keys are not those of
    ``compared_key`` waits to be compared with the others (`directory.actions.people_duplicates`).
    """

    kind = models.CharField(_("kind"), max_length=12, choices=CitizenKind.choices, default=CitizenKind.PERSON)

    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=120, blank=True)
    organisation = models.CharField(_("organisation"), max_length=160, blank=True)
    address = models.CharField(_("address"), max_length=250, blank=True)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    household = models.ForeignKey(
        Household,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="members",
        verbose_name=_("household"),
    )
    member_of = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="members",
        verbose_name=_("writes for"),
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged_citizens", editable=False
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    name_key = _key("f_name_key", "kind", "first_name", "last_name", "organisation", "address", "birth_date")
    street_key = _key("f_street_key", "address")
    compared_key = models.TextField(default="", editable=False)

    class Meta:
        verbose_name = _("citizen")
        verbose_name_plural = _("citizens")
        indexes = [
            GinIndex(name_vector(), name="citizen_name_search"),
            models.Index(fields=["street_key", "name_key", "id"], condition=~Q(street_key=""), name="citizen_alike"),
            models.Index(
                fields=["name_key", "birth_date", "id"], condition=Q(birth_date__isnull=False), name="citizen_born"
            ),
            models.Index(fields=["name_key", "id"], condition=Q(name_key__startswith="="), name="citizen_organisation"),
            models.Index(fields=["id"], condition=waits_q(), name="citizen_to_compare"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def known_name(self) -> str:
        """The person's name, else the organisation's (first for its own card); empty when neither is given."""
        name = f"{self.first_name} {self.last_name}".strip()
        if self.kind != CitizenKind.PERSON:
            return self.organisation or name
        return name or self.organisation

    @property
    def contact_name(self) -> str:
        """Who answers for an organisation, when its card says so; empty for a person."""
        if self.kind == CitizenKind.PERSON or not self.organisation:
            return ""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def display_name(self) -> str:
        return self.known_name or str(_("Anonymous person"))


class ContactKind(models.TextChoices):
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Telephone")


class ContactPoint(models.Model):
    """An e-mail address (lower case) or a phone number (E.164), known once per kind."""

    citizen = models.ForeignKey(
        Citizen, on_delete=models.CASCADE, related_name="contact_points", verbose_name=_("citizen")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=ContactKind.choices)
    value = models.CharField(_("value"), max_length=254)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    failing_since = models.DateTimeField(
        _("failing since"), null=True, blank=True, help_text=_("What we sent there came back (RFC 3464).")
    )
    failure = models.CharField(_("why it fails"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("contact point")
        verbose_name_plural = _("contact points")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="contact_point_once")]
        indexes = [
            # the first letters of an address, the last digits of a number
            models.Index(
                OpClass("value", name="text_pattern_ops"),
                condition=models.Q(kind=ContactKind.EMAIL),
                name="contact_email_start",
            ),
            models.Index(
                OpClass(Func(F("value"), function="reverse", output_field=CharField()), name="text_pattern_ops"),
                condition=models.Q(kind=ContactKind.PHONE),
                name="contact_phone_end",
            ),
        ]

    def __str__(self) -> str:
        return self.value


class CitizenMerge(models.Model):
    """Two rows found to be one person. ``moved`` is what undoing needs: ids of contact points and tickets that changed
    hands, and the fields completed."""

    source = models.ForeignKey(Citizen, on_delete=models.CASCADE, related_name="merges_out")
    target = models.ForeignKey(Citizen, on_delete=models.CASCADE, related_name="merges_in")
    moved = models.JSONField(default=dict)
    merged_by = models.ForeignKey("directory.Agent", on_delete=models.PROTECT, related_name="+")
    merged_at = models.DateTimeField(default=timezone.now)
    undone_by = models.ForeignKey("directory.Agent", on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=models.Q(undone_at__isnull=True), name="citizen_merged_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source_id} → {self.target_id}"


class LikelyDuplicate(models.Model):
    """Two cards that the sweep found alike, until an agent decides. ``first`` has the lower id."""

    first = models.ForeignKey(Citizen, on_delete=models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Citizen, on_delete=models.CASCADE, related_name="+")
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="likely_duplicate_once"),
            models.CheckConstraint(condition=models.Q(first__lt=F("second")), name="likely_duplicate_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ≈ {self.second_id}"


class DistinctCitizens(models.Model):
    """An agent said that two look-alikes are two people: they are not proposed again. ``first`` has the lower id."""

    first = models.ForeignKey(Citizen, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Citizen, on_delete=models.CASCADE, related_name="+")
    said_by = models.ForeignKey("directory.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    said_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="distinct_citizens_once"),
            models.CheckConstraint(condition=models.Q(first__lt=F("second")), name="distinct_citizens_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ≠ {self.second_id}"
