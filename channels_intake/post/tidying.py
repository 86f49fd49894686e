"""What the periodic task does behind the desk."""

from datetime import datetime, timedelta

from channels_intake.models import Scan, ScanState
from channels_intake.post.storing import READ
from core.jobs import enqueue

BATCH = 200
READ_AFTER = timedelta(seconds=30)  # before, the worker that was told is at it
READ_FOR = timedelta(days=1)  # later, what could not be read stays without a text


def scans_sweep(*, now: datetime) -> None:
    """Have read what nobody read (a worker died, the broker was down), and delete the files that tickets hold now."""
    unread = Scan.objects.filter(
        state=ScanState.NEW,
        text_read_at=None,
        created_at__lt=now - READ_AFTER,
        created_at__gte=now - READ_FOR,
    )
    for pk in unread.order_by("id").values_list("pk", flat=True)[:BATCH]:
        enqueue(READ, pk)
    for scan in Scan.objects.filter(state=ScanState.ENTERED).exclude(file="").order_by("id")[:BATCH]:
        scan.file.delete(save=False)
        Scan.objects.filter(pk=scan.pk).update(file="")
