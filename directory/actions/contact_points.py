"""The ways to reach a person, as agents learn them."""

from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from directory.contacts import normalise_phone
from directory.models import Citizen, ContactKind, ContactPoint


def phone_add(*, citizen: Citizen, phone: str) -> ContactPoint | None:
    """Add a number to the person's card; None when the card has it already, or when it is another person's.

    Raises `Invalid` for what is no telephone number.
    """
    number = normalise_phone(phone)
    if number is None:
        raise Invalid(_("This is not a telephone number: 10 digits, or + and the country code."), field="phone")
    point, is_new = ContactPoint.objects.get_or_create(
        kind=ContactKind.PHONE, value=number, defaults={"citizen": citizen}
    )
    return point if is_new else None
