from celery import shared_task
from django.core.management import call_command


@shared_task(name="core.clear_sessions")
def clear_sessions() -> None:
    """Delete the sessions that expired."""
    call_command("clearsessions")
