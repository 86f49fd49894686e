"""Every periodic task of Guichet, in one table.

Each sweep picks up what was committed to the database and not told to the broker, so that a broker that is down delays
work and never loses it.
"""

from celery.schedules import crontab

SECONDS = 1.0
MINUTES = 60.0

BEAT_SCHEDULE = {
    "process stored inbound mail": {"task": "channels_intake.sweep_inbound", "schedule": 20 * SECONDS},
    "route tickets nobody routed": {"task": "tickets.sweep_unrouted", "schedule": 20 * SECONDS},
    "deliver queued messages": {"task": "notifications.sweep_outbox", "schedule": 20 * SECONDS},
    "note messages that could not be delivered": {
        "task": "tickets.note_send_failures",
        "schedule": 5 * MINUTES,
    },
    "enforce deadlines": {"task": "tickets.enforce_deadlines", "schedule": 1 * MINUTES},
    # the first one after 7:30 sends; the others find what a stop left behind
    "send the morning's digests": {"task": "notifications.send_digests", "schedule": crontab(minute="*/10")},
    "resume recomputations nobody finishes": {"task": "tickets.sweep_recomputations", "schedule": 1 * MINUTES},
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
    "read letters nobody read": {"task": "channels_intake.sweep_scans", "schedule": 1 * MINUTES},
    "close the waiting lists of the counters": {
        "task": "channels_intake.close_counters",
        "schedule": crontab(hour="22", minute="0"),
    },
    "forget expired sessions": {"task": "core.clear_sessions", "schedule": crontab(hour="3", minute="40")},
}
