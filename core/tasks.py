from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from core.orphans import orphans_sweep


@shared_task(name="core.clear_sessions")
def clear_sessions() -> None:
    """Delete the sessions that expired."""
    call_command("clearsessions")


@shared_task(name="core.sweep_orphan_files")
def sweep_orphan_files() -> None:
    """Delete the files that no row holds."""
    orphans_sweep(now=timezone.now())
