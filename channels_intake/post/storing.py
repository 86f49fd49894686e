"""A scan becomes a row, once: dropped by an agent, or found in the watched folder."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from channels_intake.models import Scan
from channels_intake.post.kinds import ACCEPTED, scan_kind
from core.antivirus import file_check
from core.errors import Invalid
from core.files import name_for
from core.jobs import enqueue
from core.text import one_line
from core.uploads import size_words
from directory.models import Agent

READ = "channels_intake.read_scan"


@dataclass(frozen=True)
class Stored:
    """``is_new`` is false when this very drop, or this very file of the folder, was stored before."""

    scan: Scan
    is_new: bool


def scan_name(name: str) -> str:
    return one_line(name.replace("/", "_").replace("\\", "_"), 150) or "courrier"


def too_big(size: int) -> str:
    """One sentence when ``size`` bytes are more than a scan may have, else an empty string."""
    if size <= settings.SCAN_MAX_BYTES:
        return ""
    return _("It is too big: %(size)s at the most for each file.") % {"size": size_words(settings.SCAN_MAX_BYTES)}


def scan_store(
    *, name: str, content: bytes, origin: str, now: datetime, actor: Agent | None = None, folder: str = ""
) -> Stored:
    """Keep one scan, and have its text read. ``origin`` says where it comes from: with the content, one row at most.

    A scan already known by its content is kept all the same, and points to the first one (``duplicate_of``): whoever
    enters letters decides. One with a virus is kept in quarantine. Raises `Invalid` for an empty file, one that is too
    big, or one that is no scan.
    """
    if not content:
        raise Invalid(_("It is empty."))
    problem = too_big(len(content))
    if problem:
        raise Invalid(problem)
    kind = scan_kind(content)
    if kind is None:
        raise Invalid(_("It is not a scan we can read. Accepted: %(types)s.") % {"types": ACCEPTED})
    digest = hashlib.sha256(content).hexdigest()
    source = hashlib.sha256(f"{origin}\n{digest}".encode()).hexdigest()
    known = Scan.objects.filter(origin=source).first()
    if known is not None:
        return Stored(known, is_new=False)
    verdict = file_check(content)
    scan = Scan(
        name=name_for(scan_name(name), kind),
        content_type=kind.content_type,
        size=len(content),
        sha256=digest,
        virus_check=verdict.check,
        virus=verdict.virus,
        duplicate_of=Scan.objects.filter(sha256=digest).order_by("id").first(),
        origin=source,
        folder=folder[:250],
        dropped_by=actor,
        created_at=now,
    )
    if verdict.is_infected:
        scan.text_read_at = now  # nothing opens it
    scan.file.save(f"scan.{kind.extension}", ContentFile(content), save=False)
    try:
        with transaction.atomic():
            scan.save(force_insert=True)
            if scan.text_read_at is None:
                enqueue(READ, scan.pk)
    except IntegrityError:
        scan.file.delete(save=False)
        twin = Scan.objects.filter(origin=source).first()  # the other click was first by a hair
        if twin is None:
            raise
        return Stored(twin, is_new=False)
    return Stored(scan, is_new=True)
