from zoneinfo import ZoneInfo

from django.utils import timezone


def town_zone() -> ZoneInfo:
    """The town's time zone (setting TIME_ZONE): local days of the law and opening hours are counted in it."""
    return ZoneInfo(timezone.get_default_timezone_name())
