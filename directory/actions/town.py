"""The first configuration of a town: enough for the first request to be received."""

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid
from directory.actions.memberships import membership_set
from directory.contacts import normalise_email
from directory.models import Agent, Service, ServiceKind, Town
from directory.roles import Role


@transaction.atomic
def town_create(
    *, name: str, email: str, admin_email: str, admin_first_name: str, admin_last_name: str, admin_password: str
) -> Agent:
    """Create the town, its root, its pilot service and its first administrator, who may configure everything else.

    Raises `Conflict` when a town is configured already, `Invalid` for a blank name or an address that is none, and
    ValidationError for a password the validators refuse.
    """
    if Town.objects.exists() or Service.objects.exists():
        raise Conflict(_("A town is configured already in this database."))
    mailbox, login = normalise_email(email), normalise_email(admin_email)
    if not name.strip():
        raise Invalid(_("The name of the town is required."), field="name")
    if mailbox is None:
        raise Invalid(_("The general mailbox must be an e-mail address."), field="email")
    if login is None:
        raise Invalid(_("The administrator's e-mail must be an e-mail address."), field="admin_email")
    Town.objects.create(pk=1, name=name.strip(), email=mailbox)
    root = Service.objects.create(code="mairie", name=str(_("Town hall")), kind=ServiceKind.TOWN)
    pilot = Service.objects.create(code="accueil", name="Guichet unique", parent=root, is_pilot=True, email=mailbox)
    agent = Agent(email=login, first_name=admin_first_name, last_name=admin_last_name, is_staff=True)
    validate_password(admin_password, agent)
    agent.set_password(admin_password)
    agent.save()
    membership_set(agent=agent, service=root, roles=[Role.ADMIN, Role.PILOT])
    pilot.referent = pilot.manager = root.manager = agent
    pilot.save(update_fields=["referent", "manager"])
    root.save(update_fields=["manager"])
    return agent
