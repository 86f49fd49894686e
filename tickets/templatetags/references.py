"""References of tickets in a text that people read."""

import re

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from tickets.references import parse_reference

register = template.Library()
_CANONICAL = re.compile(r"\bG-[2-9A-HJKMNP-Z]{5}-[2-9A-HJKMNP-Z]{5}\b")


@register.filter
def link_references(text: str) -> SafeString:
    """``text`` escaped, each valid reference leading to its ticket, whose page decides who may open it."""
    pieces, position = [], 0
    for match in _CANONICAL.finditer(text):
        reference = parse_reference(match[0])
        if reference is None:
            continue
        url = reverse("tickets:detail", args=[reference])
        pieces += [
            format_html("{}", text[position : match.start()]),
            format_html('<a class="ref" href="{}">{}</a>', url, reference),
        ]
        position = match.end()
    pieces.append(format_html("{}", text[position:]))
    return mark_safe("".join(pieces))  # noqa: S308 - every piece was escaped
