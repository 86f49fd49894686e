"""The Celery application: queues by kind of work, periodic tasks in `grc.beat_schedule`."""

import os

from celery import Celery
from celery.signals import task_prerun

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "grc.settings.local")

app = Celery("guichet")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def replace_broken_connections(**_: object) -> None:
    """Celery would reconnect to the database twice per task, which costs more than most tasks. Keep the connection
    (CELERY_DB_REUSE_MAX) and let Django check it and replace it when the server was restarted or it is too old."""
    from django.db import close_old_connections

    close_old_connections()
