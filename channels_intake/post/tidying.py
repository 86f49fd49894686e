"""What the periodic task does behind the desk."""

from datetime import datetime, timedelta

from channels_intake.models import Scan, ScanState
from channels_intake.post.reading import READ_IN
from channels_intake.post.storing import READ
from core.antivirus import FileCheck, Verdict, file_check, is_configured
from core.jobs import enqueue

BATCH = 200
READ_AFTER = timedelta(seconds=30)  # before, the worker that was told is at it
READ_FOR = timedelta(days=1)  # later, what could not be read stays without a text


def scans_recheck() -> int:
    """Check the scans that came in while the antivirus was away; how many. Stops as soon as it is away again."""
    checked = 0
    for scan in Scan.objects.filter(virus_check=FileCheck.WAITING).order_by("id")[:BATCH] if is_configured() else []:
        try:
            with scan.file.open("rb") as stored:
                verdict = file_check(stored.read(), patient=True)
        except (OSError, ValueError) as error:  # ValueError: entered meanwhile, its ticket has the file
            verdict = Verdict(FileCheck.IMPOSSIBLE, str(error)[:120])
        if verdict.check == FileCheck.WAITING:
            break
        Scan.objects.filter(pk=scan.pk).update(virus_check=verdict.check, virus=verdict.virus)
        checked += 1
    return checked


def scans_sweep(*, now: datetime) -> None:
    """Have read what nobody read (a worker died, the broker was down), and delete the files that tickets hold now."""
    unread = Scan.objects.filter(
        state__in=READ_IN,
        text_read_at=None,
        created_at__lt=now - READ_AFTER,
        created_at__gte=now - READ_FOR,
    )
    for pk in unread.order_by("id").values_list("pk", flat=True)[:BATCH]:
        enqueue(READ, pk)
    for scan in Scan.objects.filter(state=ScanState.ENTERED).exclude(file="").order_by("id")[:BATCH]:
        scan.file.delete(save=False)
        Scan.objects.filter(pk=scan.pk).update(file="")
