"""What a form says of the files it takes, and of those it does not: sizes, limits, reasons, in the active language."""

from django.conf import settings
from django.utils.translation import gettext as _

from core.files import refusal, sniff


def size_words(size: int) -> str:
    """``10485760`` bytes → « 10 Mo »: what a phone or a computer shows."""
    if size < 1 << 20:
        return _("%(n)s kB") % {"n": size >> 10}
    return _("%(n)s MB") % {"n": size >> 20}


def too_big(name: str) -> str:
    limit = size_words(settings.ATTACHMENT_MAX_BYTES)
    return _("« %(name)s » is too big: %(size)s at the most for each file.") % {"name": name, "size": limit}


def too_many(name: str) -> str:
    return _("« %(name)s » was not added: %(count)s files at the most.") % {
        "name": name,
        "count": settings.ATTACHMENT_MAX_COUNT,
    }


def too_heavy(name: str, limit: int) -> str:
    """``limit``: bytes of all the files of one message together."""
    return _("« %(name)s » was not added: the files are over %(size)s together.") % {
        "name": name,
        "size": size_words(limit),
    }


def content_problem(name: str, content: bytes) -> str:
    """Why these bytes cannot be accepted, one sentence; empty when they can."""
    if not content:
        return _("« %(name)s » is empty.") % {"name": name}
    why = refusal(sniff(content, name))
    return _("« %(name)s » was not added. %(why)s") % {"name": name, "why": why} if why else ""
