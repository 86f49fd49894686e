"""A letter scanned in several files: before it is entered, the others are joined to the first one, or separated."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils.translation import gettext_lazy as _

from channels_intake.models import Scan, ScanState
from channels_intake.post.holding import free_for, require_free, scan_hold, scan_lock
from channels_intake.post.kinds import SHOWN_AS_IMAGE
from core.antivirus import FileCheck
from core.errors import Conflict
from core.files import PDF
from core.pictures import Pages, pages_of
from directory.models import Agent

TOGETHER = timedelta(minutes=10)  # scans that came within that time from one agent, or from the folder, came together
MOST_OFFERED = 60


@dataclass(frozen=True)
class Sheet:
    """One file of a letter, as the page shows it."""

    scan: Scan

    @property
    def shown_as(self) -> str:
        """``virus`` (not shown), ``pdf``, ``image`` or ``pages``."""
        if self.scan.is_quarantined:
            return "virus"
        if self.scan.content_type == PDF:
            return "pdf"
        return "image" if self.scan.content_type in SHOWN_AS_IMAGE else "pages"

    def pages(self) -> Pages:
        """Those of a TIFF; none when its file is gone or unreadable. For the whole page only, not for its panels."""
        try:
            with self.scan.file.open("rb") as stored:
                return pages_of(stored.read())
        except (OSError, ValueError):
            return Pages(0, [])


def sheets_joined(scan: Scan) -> list[Scan]:
    """What was joined to a letter, in order."""
    return list(Scan.objects.filter(joined_to=scan).select_related("duplicate_of").order_by("position"))


def sheets_to_join(scan: Scan, agent: Agent, now: datetime) -> list[Scan]:
    """The waiting scans that came together with this one, the newest last: no colleague holds them."""
    near = Scan.objects.filter(free_for(agent, now), state=ScanState.NEW, dropped_by=scan.dropped_by_id)
    near = near.filter(created_at__range=(scan.created_at - TOGETHER, scan.created_at + TOGETHER))
    near = near.exclude(pk=scan.pk).exclude(virus_check=FileCheck.INFECTED)
    near = near.exclude(Exists(Scan.objects.filter(joined_to=OuterRef("pk"))))
    return list(near.only("pk", "name").order_by("id")[:MOST_OFFERED])


@transaction.atomic
def scan_join(*, scan_id: int, sheet_id: int, actor: Agent, now: datetime) -> None:
    """Add a waiting scan at the end of a letter. Twice is once.

    Raises `Missing`, and `Conflict` when a colleague holds either of them, or when the scan added is a letter of
    several sheets itself.
    """
    scan = scan_lock(scan_id)
    require_free(scan, actor, now)
    # not waited for: two agents who join each other's letters must not wait for each other
    rows = Scan.objects.select_for_update(of=("self",), skip_locked=True).select_related("held_by")
    sheet = rows.filter(pk=sheet_id).exclude(pk=scan.pk).first()
    if sheet is None:
        raise Conflict(_("This scan cannot be added: a colleague is busy with it."), code="held")
    if sheet.state == ScanState.JOINED and sheet.joined_to_id == scan.pk:
        return
    require_free(sheet, actor, now)
    if Scan.objects.filter(joined_to=sheet).exists():
        raise Conflict(_("This scan has other sheets itself: separate them first."), code="has_sheets")
    last = Scan.objects.filter(joined_to=scan).aggregate(last=Max("position"))["last"] or 0
    sheet.state, sheet.joined_to, sheet.position = ScanState.JOINED, scan, last + 1
    sheet.held_by = sheet.held_at = None
    sheet.save(update_fields=["state", "joined_to", "position", "held_by", "held_at"])
    scan_hold(scan, actor, now)


@transaction.atomic
def scan_separate(*, scan_id: int, sheet_id: int, actor: Agent, now: datetime) -> None:
    """Make a letter of its own again of a scan that was added to this one. Twice is once."""
    scan = scan_lock(scan_id)
    require_free(scan, actor, now)
    Scan.objects.filter(pk=sheet_id, joined_to=scan, state=ScanState.JOINED).update(
        state=ScanState.NEW, joined_to=None, position=0
    )
    scan_hold(scan, actor, now)
