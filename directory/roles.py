"""The roles an agent may hold on a service, and the permissions each one carries."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    COUNTER = "counter", _("Counter agent")
    PHONE = "phone", _("Phone agent")
    BACK_OFFICE = "back_office", _("Back office")
    REFERENT = "referent", _("Référent")
    MANAGER = "manager", _("Manager")
    PILOT = "pilot", _("Pilot")
    ELECTED = "elected", _("Elected official")
    ADMIN = "admin", _("Administrator")


VIEW = "view_tickets"
SENSITIVE = "view_sensitive"
WORK = "work_tickets"
ASSIGN = "assign_tickets"
LOG = "log_contacts"
DASHBOARD = "view_dashboard"
LOOKUP = "lookup_requests"
ADMINISTER = "administer"

ALL_PERMISSIONS = (VIEW, SENSITIVE, WORK, ASSIGN, LOG, DASHBOARD, LOOKUP, ADMINISTER)

# Sensitive types are compartments (CNIL guide, domain §4): a role held high in the tree does not open them unless it is
# one of those who process the files.
ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    Role.COUNTER: frozenset({VIEW, WORK, LOG}),
    Role.PHONE: frozenset({VIEW, WORK, LOG}),
    Role.BACK_OFFICE: frozenset({VIEW, WORK, SENSITIVE}),
    Role.REFERENT: frozenset({VIEW, WORK, SENSITIVE, ASSIGN, DASHBOARD}),
    Role.MANAGER: frozenset({VIEW, WORK, ASSIGN, DASHBOARD}),
    Role.PILOT: frozenset({VIEW, WORK, ASSIGN, LOG, DASHBOARD}),
    Role.ELECTED: frozenset({DASHBOARD, LOOKUP}),
    Role.ADMIN: frozenset({VIEW, WORK, ASSIGN, LOG, DASHBOARD, ADMINISTER}),
}
