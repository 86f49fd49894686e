"""`{{ count|grouped }}`: whole numbers as they are written in a sentence."""

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def grouped(value: int) -> str:
    """« 41 800 »: thousands apart, as the language writes them."""
    return number_format(value, use_l10n=True, force_grouping=True)
