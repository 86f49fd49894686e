"""Every periodic task of Guichet, in one table.

Each sweep picks up what was committed to the database and not told to the broker, so that a broker that is down delays
work and never loses it.
"""

from celery.schedules import crontab

SECONDS = 1.0
MINUTES = 60.0

BEAT_SCHEDULE = {
    "process stored inbound mail": {"task": "channels_intake.sweep_inbound", "schedule": 20 * SECONDS},
    "tell of received mail that failed": {"task": "channels_intake.tell_failed_mail", "schedule": 5 * MINUTES},
    "route tickets nobody routed": {"task": "tickets.sweep_unrouted", "schedule": 20 * SECONDS},
    "deliver queued messages": {"task": "notifications.sweep_outbox", "schedule": 20 * SECONDS},
    "note messages that could not be delivered": {
        "task": "tickets.note_send_failures",
        "schedule": 5 * MINUTES,
    },
    "send the replies planned for now": {"task": "tickets.send_scheduled", "schedule": 30 * SECONDS},
    "enforce deadlines": {"task": "tickets.enforce_deadlines", "schedule": 1 * MINUTES},
    # the first one after 7:30 sends; the others find what a stop left behind
    "send the morning's digests": {"task": "notifications.send_digests", "schedule": crontab(minute="*/10")},
    "tell of the tasks past their date": {"task": "tickets.tell_late_tasks", "schedule": 5 * MINUTES},
    "resume recomputations nobody finishes": {"task": "tickets.sweep_recomputations", "schedule": 1 * MINUTES},
    "resume grouped actions and exports nobody finishes": {"task": "tickets.sweep_jobs", "schedule": 1 * MINUTES},
    "forget old exports": {"task": "tickets.forget_exports", "schedule": crontab(hour="3", minute="30")},
    "send the acknowledgements that waited for a mention": {"task": "tickets.send_receipts", "schedule": 5 * MINUTES},
    "forget old alerts": {"task": "notifications.forget_notices", "schedule": crontab(hour="3", minute="20")},
    "close answered tickets left quiet": {
        "task": "tickets.close_quiet_answered",
        "schedule": crontab(hour="3", minute="10"),
    },
    "forget files of requests never sent": {
        "task": "channels_intake.sweep_pending_files",
        "schedule": crontab(hour="3", minute="50"),
    },
    "take the letters of the watched folder": {"task": "channels_intake.watch_post_folder", "schedule": 30 * SECONDS},
    "check the files the antivirus did not answer about": {"task": "tickets.recheck_files", "schedule": 5 * MINUTES},
    "check the scans the antivirus did not answer about": {
        "task": "channels_intake.recheck_scans",
        "schedule": 5 * MINUTES,
    },
    "delete the files no row holds": {
        "task": "core.sweep_orphan_files",
        "schedule": crontab(hour="4", minute="10", day_of_week="sunday"),
    },
    "read letters nobody read": {"task": "channels_intake.sweep_scans", "schedule": 1 * MINUTES},
    "hold for missed the calls that ring for ever": {"task": "channels_intake.sweep_calls", "schedule": 5 * MINUTES},
    "set aside the missed calls of last month": {
        "task": "channels_intake.forget_missed_calls",
        "schedule": crontab(hour="3", minute="40"),
    },
    "close the waiting lists of the counters": {
        "task": "channels_intake.close_counters",
        "schedule": crontab(hour="22", minute="0"),
    },
    "compare the cards of people that changed": {"task": "directory.find_duplicates", "schedule": 1 * MINUTES},
    "bring to the right person what came during a merge": {"task": "tickets.sweep_strays", "schedule": 1 * MINUTES},
    "give back the tickets of absent agents": {"task": "tickets.begin_absences", "schedule": 5 * MINUTES},
    "learn the routing from the town's tickets": {
        "task": "tickets.learn_routing",
        "schedule": crontab(hour="2", minute="30"),
    },
    "begin trainings nobody began": {"task": "tickets.sweep_trainings", "schedule": 1 * MINUTES},
    "forget expired sessions": {"task": "core.clear_sessions", "schedule": crontab(hour="3", minute="40")},
}
