"""The table of periodic work: each entry names a task that exists, and what is promised every night is every night."""

from celery.schedules import crontab

from grc.beat_schedule import BEAT_SCHEDULE
from grc.celery import app


def test_every_entry_names_a_task_that_workers_know() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in BEAT_SCHEDULE.values()} <= set(app.tasks)


def test_the_routing_learns_every_night() -> None:
    [when] = [entry["schedule"] for entry in BEAT_SCHEDULE.values() if entry["task"] == "tickets.learn_routing"]
    assert isinstance(when, crontab)
    assert (len(when.hour), len(when.minute), len(when.day_of_week), len(when.day_of_month)) == (1, 1, 7, 31)
