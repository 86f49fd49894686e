"""A week of opening hours as people write it: one text a day, « 9:00-12:00, 13:30-17:30 », nothing when closed."""

import re
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from tickets.deadlines.calendars import DEFAULT_WEEK, WeekError, WeekFault, dump_week, parse_week

DAYS = tuple(capfirst(name) for name in WEEKDAYS.values())
NAMES = tuple(f"day_{number}" for number in range(7))
CLOSED_WORDS = frozenset({"", "-", "–", "—", "fermé", "ferme", "fermée", "closed"})
_TIME = r"(\d{1,2})\s*(?:[:hH]\s*(\d{2})?)?"
_RANGE = re.compile(rf"\s*(?:de\s+)?{_TIME}\s*(?:-|–|—|à|a|to)\s*{_TIME}\s*\Z", re.IGNORECASE)
_BETWEEN = re.compile(r"[,;/\n]|\bet\b|\band\b", re.IGNORECASE)

UNREADABLE = _("Hours are written 9:00-12:00, 13:30-17:30. Leave the day empty when it is closed.")
PROBLEMS = {
    WeekFault.NOT_SEVEN_DAYS: _("A week has seven days."),
    WeekFault.NOT_PAIRS: UNREADABLE,
    WeekFault.BAD_TIME: _("“%(value)s” is not a time: from 0:00 to 24:00, and from 00 to 59 minutes."),
    WeekFault.REVERSED: _("From %(first)s to %(last)s: the end comes before the beginning."),
    WeekFault.OVERLAP: _("Two ranges overlap: one begins at %(first)s while the other ends at %(last)s."),
}


def problem_text(refusal: WeekError) -> str:
    """The sentence of a refusal."""
    return str(PROBLEMS[refusal.code]) % refusal.params


def day_pairs(text: str) -> list[list[str]]:
    """["HH:MM", "HH:MM"] pairs in the order written, not judged yet. ValueError when the text is not hours."""
    if text.strip().lower() in CLOSED_WORDS:
        return []
    pairs = []
    for part in _BETWEEN.split(text):
        if not part.strip():
            continue
        found = _RANGE.match(part)
        if found is None:
            raise ValueError(part)
        from_hour, from_minute, to_hour, to_minute = found.groups()
        pairs.append([f"{int(from_hour):02}:{from_minute or '00'}", f"{int(to_hour):02}:{to_minute or '00'}"])
    return pairs


def day_text(pairs: list[list[str]]) -> str:
    """« 9:00-12:00, 13:30-17:30 » of stored pairs."""
    return ", ".join("-".join(re.sub(r"\A0(?=\d)", "", time) for time in pair) for pair in pairs)


def week_texts(week: Any) -> list[str]:
    """The seven texts of a stored week."""
    return [day_text(pairs) for pairs in week]


def _day(label: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"placeholder": _("closed"), "class": "week-day"})
    return forms.CharField(label=label, required=False, max_length=120, widget=widget)


class WeekForm(forms.ModelForm):
    """The hours of a calendar from a day on: seven texts, each refused beside its day.

    A new one starts from ``week`` (stored form), the version before it.
    """

    day_0 = _day(DAYS[0])
    day_1 = _day(DAYS[1])
    day_2 = _day(DAYS[2])
    day_3 = _day(DAYS[3])
    day_4 = _day(DAYS[4])
    day_5 = _day(DAYS[5])
    day_6 = _day(DAYS[6])

    def __init__(self, *args: Any, week: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.week if self.instance.pk else week or dump_week(DEFAULT_WEEK)
        for name, text in zip(NAMES, week_texts(stored), strict=True):
            self.initial.setdefault(name, text)

    def has_changed(self) -> bool:
        """The first hours of a calendar are saved even when they are those proposed."""
        return super().has_changed() or (self.instance.pk is None and not self.empty_permitted)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        days = [self._pairs(number) for number in range(7)]
        if not self.errors:
            if not any(days):
                raise forms.ValidationError(_("Open at least one day of the week."))
            self.instance.week = days
        return data

    def _pairs(self, number: int) -> list[list[str]]:
        """The pairs of one day as they are stored; empty, with an error beside it, when they make no sense."""
        name = NAMES[number]
        try:
            pairs = day_pairs(self.cleaned_data.get(name, ""))
            week = parse_week([pairs if day == number else [] for day in range(7)])
        except WeekError as refusal:
            self.add_error(name, problem_text(refusal))
        except ValueError:
            self.add_error(name, UNREADABLE)
        else:
            return dump_week(week)[number]
        return []
