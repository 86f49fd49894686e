"""Opening hours and closures, for a project lead: hours as text, and the days that come out closed."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from directory.admin.base import ConfigurationAdmin, ConfigurationMixin
from directory.admin.changes import MovesDeadlinesMixin, MovingActivableAdmin, reason_of, tell_change
from directory.models import Calendar, CalendarHours, Closure, Service, Site, Town
from directory.models.calendars import HolidayRegion
from tickets.admin.closed_days import Almanac
from tickets.admin.labelled import LabelledFormSet
from tickets.admin.week import DAYS, NAMES, WeekForm, week_texts
from tickets.deadlines.calendars import DEFAULT_WEEK, dump_week
from tickets.models import SlaPolicy

FIRST_YEAR, LAST_YEAR = 2000, 2099  # those the public holidays are known of


class HoursFormSet(forms.BaseInlineFormSet):
    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """A new version of the hours starts from the last one."""
        last = self.queryset.last() if self.queryset is not None else None
        return super().get_form_kwargs(index) | {"week": last.week if last else None}

    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if form.has_changed() or form.instance.pk]
        days = [
            form.cleaned_data.get("effective_from")
            for form in kept
            if hasattr(form, "cleaned_data") and not form.cleaned_data.get("DELETE")
        ]
        if len(days) != len(set(days)):
            raise forms.ValidationError(_("Two versions of the hours take effect on the same day."))


class HoursInline(ConfigurationMixin, admin.StackedInline):
    model = CalendarHours
    form = WeekForm
    formset = HoursFormSet
    extra = 0
    min_num = 1
    verbose_name = _("version of the hours")
    verbose_name_plural = _("Opening hours, and the day they take effect")
    fieldsets = (
        (None, {"fields": ("effective_from",)}),
        (
            None,
            {
                "classes": ("week",),
                "fields": NAMES,
                "description": _(
                    "Write the hours of each day: 9:00-12:00, 13:30-17:30. Leave the day empty when it is closed."
                ),
            },
        ),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CalendarHours]:
        return super().get_queryset(request).order_by(F("effective_from").asc(nulls_first=True))


class ClosureInline(ConfigurationMixin, admin.TabularInline):
    model = Closure
    formset = LabelledFormSet
    extra = 0
    verbose_name_plural = _("Exceptional closures of this calendar")
    fields = ("starts_on", "ends_on", "label")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


def with_users(calendars: QuerySet[Calendar]) -> QuerySet[Any]:
    """Adds ``users``: the names of everything whose hours the calendar gives."""
    models = (Town, Service, Site, SlaPolicy)
    names = [ArraySubquery(model._default_manager.filter(calendar=OuterRef("pk")).values("name")) for model in models]
    return calendars.annotate(**{f"users_{number}": rows for number, rows in enumerate(names)})


def used_by(calendar: Any) -> list[str]:
    """The names that `with_users` found. A calendar cannot be deleted while there is any."""
    return [name for number in range(4) for name in getattr(calendar, f"users_{number}")]


class CalendarForm(forms.ModelForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = [  # type: ignore[attr-defined]
            ("", _("Those of the town")),
            *HolidayRegion.choices,
        ]


@admin.register(Calendar)
class CalendarAdmin(MovingActivableAdmin):
    """Calendars. One in use is deactivated, not deleted: it is then passed over, for the next that applies."""

    moves_when_added = False  # nothing uses it yet
    moving_fields = frozenset({"region", "is_active"})
    inlines = (HoursInline, ClosureInline)
    list_display = ("name", "hours_now", "region_shown", "users", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)
    form = CalendarForm
    change_form_template = "admin/calendar_form.html"
    fieldsets = ((None, {"fields": ("name", "region", "is_active")}),)

    def has_moved(self, form: Any, formsets: Any, change: bool) -> bool:
        moved = super().has_moved(form, formsets, change)
        return moved or (change and any(formset.has_changed() for formset in formsets))

    def has_delete_permission(self, request: HttpRequest, obj: Calendar | None = None) -> bool:
        """``obj`` comes from `get_queryset`. One by one only: the bulk action would not look at each."""
        return obj is not None and self.has_change_permission(request, obj) and not used_by(obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_users(super().get_queryset(request).prefetch_related("hours"))

    @admin.display(description=_("weekly hours"))
    def hours_now(self, calendar: Calendar) -> str:
        return format_html_join("\n", "<div><b>{}</b> {}</div>", short_week(week_on(calendar, timezone.localdate())))

    @admin.display(description=_("public holidays"), ordering="region")
    def region_shown(self, calendar: Calendar) -> Any:
        return calendar.get_region_display() if calendar.region else _("those of the town")

    @admin.display(description=_("used by"))
    def users(self, calendar: Calendar) -> str:
        return ", ".join(used_by(calendar)) or "–"

    def get_urls(self) -> list[URLPattern]:
        year = path("<int:pk>/annee/", self.admin_site.admin_view(self.year_view), name="directory_calendar_year")
        return [year, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        calendar = self.get_object(request, object_id)
        shown = extra_context or {}
        if request.method == "GET" and calendar is not None:
            today = timezone.localdate()
            shown |= {
                "closed_days": Almanac(calendar).next_closed(today),
                "used_by": used_by(calendar),
                "year_url": reverse("admin:directory_calendar_year", args=[calendar.pk]),
            }
        return super().change_view(request, object_id, form_url, shown)

    def year_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        calendar = get_object_or_404(Calendar, pk=pk)
        if not self.has_view_permission(request, calendar):
            raise PermissionDenied
        year = _year(request.GET.get("annee", ""))
        context = {
            "calendar": calendar,
            "year": year,
            "months": Almanac(calendar).year(year),
            "days": DAYS,
            "previous": year - 1 if year > FIRST_YEAR else None,
            "next": year + 1 if year < LAST_YEAR else None,
        }
        return render(request, "tickets/admin/calendar_year.html", context)


def _year(text: str) -> int:
    """The year asked for, this one when it makes no sense."""
    asked = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    return asked if FIRST_YEAR <= asked <= LAST_YEAR else timezone.localdate().year


def week_on(calendar: Calendar, day: date) -> list[Any]:
    """The stored week in force on ``day``."""
    started = [hours for hours in calendar.hours.all() if hours.effective_from is None or hours.effective_from <= day]
    last = max(started, key=lambda hours: hours.effective_from or date.min, default=None)
    return last.week if last else dump_week(DEFAULT_WEEK)


def short_week(week: list[Any]) -> list[tuple[str, str]]:
    """[("Monday – Tuesday", "9:00-12:00, …")]: days in a row with the same hours as one, closed days left out."""
    texts = week_texts(week)
    runs: list[tuple[int, int, str]] = []
    for number, text in enumerate(texts):
        if runs and runs[-1][1] == number - 1 and runs[-1][2] == text:
            runs[-1] = (runs[-1][0], number, text)
        else:
            runs.append((number, number, text))
    return [
        (str(DAYS[first]) if first == last else f"{DAYS[first]} – {DAYS[last]}", text)
        for first, last, text in runs
        if text
    ]


@admin.register(Closure)
class ClosureAdmin(MovesDeadlinesMixin, ConfigurationAdmin):
    """Closures of the whole town hall, or of one calendar."""

    list_display = ("dates", "label", "whose")
    list_display_links = ("dates",)
    list_filter = ("calendar",)
    list_select_related = ("calendar",)
    search_fields = ("label",)
    date_hierarchy = "starts_on"
    ordering = ("-starts_on",)
    fields = ("calendar", ("starts_on", "ends_on"), "label")

    @admin.display(description=_("closed"), ordering="starts_on")
    def dates(self, closure: Closure) -> str:
        first, last = date_format(closure.starts_on, "j F Y"), date_format(closure.ends_on, "j F Y")
        return first if first == last else str(_("from %(first)s to %(last)s") % {"first": first, "last": last})

    @admin.display(description=_("calendar"), ordering="calendar")
    def whose(self, closure: Closure) -> Any:
        return closure.calendar or _("The whole town hall")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Closure) -> None:
        reason = reason_of(obj)
        super().delete_model(request, obj)
        tell_change(request, reason)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Closure]) -> None:
        """The confirmation page runs outside a transaction, unlike that of a single row."""
        with transaction.atomic():
            super().delete_queryset(request, queryset)
            tell_change(request, str(Closure._meta.verbose_name_plural))
