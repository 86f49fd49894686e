"""The moments offered for a callback: half days to come, so that one key chooses."""

from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

MORNING, AFTERNOON = time(9), time(14)


def callback_moments(now: datetime) -> list[tuple[str, str]]:
    """(local ISO moment, label) of what can be asked for; empty: as soon as possible. No Saturday, no Sunday."""
    local = timezone.localtime(now)
    found = [("", _("As soon as possible"))]
    if local.weekday() < 5 and local.time() < AFTERNOON:
        found.append((_at(local, AFTERNOON), _("This afternoon")))
    day, offered = local, 0
    while offered < 2:
        day += timedelta(days=1)
        if day.weekday() >= 5:
            continue
        offered += 1
        name = _("Tomorrow") if (day.date() - local.date()).days == 1 else date_format(day, "l").capitalize()
        found.append((_at(day, MORNING), _("%(day)s morning") % {"day": name}))
        found.append((_at(day, AFTERNOON), _("%(day)s afternoon") % {"day": name}))
    return found


def _at(day: datetime, moment: time) -> str:
    return datetime.combine(day.date(), moment).isoformat(timespec="minutes")
