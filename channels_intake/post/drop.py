"""Many scans sent at once: each is stored or refused by itself, so that a bad one costs nothing to the others."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from channels_intake.post.storing import scan_name, scan_store, too_big
from core.errors import Invalid
from directory.models import Agent


@dataclass
class Dropped:
    """``duplicates`` counts, among the ``stored``, the scans known before; ``refused``: (file name, sentence)."""

    stored: int = 0
    duplicates: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


def scans_drop(uploads: Iterable[UploadedFile], *, key: str, actor: Agent, now: datetime) -> Dropped:
    """Store the files of one form. ``key`` is the form's: sent twice, it stores nothing twice."""
    result = Dropped()
    seen: set[int] = set()
    for number, upload in enumerate(uploads):
        name = scan_name(str(upload.name or ""))
        try:
            if number >= settings.SCAN_MAX_COUNT:
                raise Invalid(
                    _("It was not added: %(count)s files at once at the most.") % {"count": settings.SCAN_MAX_COUNT}
                )
            problem = too_big(upload.size or 0)
            if problem:
                raise Invalid(problem)
            scan = scan_store(
                name=name, content=upload.read(), origin=f"drop:{actor.pk}:{key}", actor=actor, now=now
            ).scan
            if scan.pk in seen:
                raise Invalid(_("It is the same as another file of this list."))
        except Invalid as error:
            result.refused.append((name, error.message))
            continue
        seen.add(scan.pk)
        result.stored += 1
        result.duplicates += scan.duplicate_of_id is not None
    return result
