"""The Celery application: queues by kind of work, periodic tasks in `grc.beat_schedule`."""

import contextlib
import os
from pathlib import Path

from celery import Celery
from celery.signals import task_prerun, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "grc.settings.local")

app = Celery("guichet")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def give_way(**_: object) -> None:
    """Where pages and background work share a processor, pages go first: people wait for them."""
    with contextlib.suppress(OSError):
        os.nice(10)
    if os.getsid(0) == os.getpid():  # Linux schedules whole sessions against each other: this one is ours alone
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text("10")


@task_prerun.connect
def replace_broken_connections(**_: object) -> None:
    """Celery would reconnect to the database twice per task, which costs more than most tasks. Keep the connection
    (CELERY_DB_REUSE_MAX) and let Django check it and replace it when the server was restarted or it is too old."""
    from django.db import close_old_connections

    close_old_connections()
