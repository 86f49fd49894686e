"""What is configured here may move the deadlines of open tickets. Whoever counts them registers to be told."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from directory.admin.base import ActivableAdmin

Listener = Callable[[HttpRequest, str], None]
_listeners: list[Listener] = []


def on_change(listener: Listener) -> None:
    """Have ``listener(request, reason)`` called in the transaction of each save that may move deadlines."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell_change(request: HttpRequest, reason: str) -> None:
    for listener in _listeners:
        listener(request, reason)


def reason_of(row: Any) -> str:
    """How a changed row is named in the list of recomputations."""
    return f"{capfirst(str(row._meta.verbose_name))} : {row}"


class MovesDeadlinesMixin:
    """Tells of a save once, after the row and its inlines, when one of ``moving_fields`` changed (None: any field)."""

    moving_fields: frozenset[str] | None = None
    moves_when_added = True

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        if self.has_moved(form, formsets, change):
            tell_change(request, reason_of(form.instance))

    def has_moved(self, form: Any, formsets: Any, change: bool) -> bool:
        if not change:
            return self.moves_when_added
        changed = set(form.changed_data)
        if self.moving_fields is not None:
            return bool(changed & self.moving_fields)
        return bool(changed) or any(formset.has_changed() for formset in formsets)


class MovingActivableAdmin(MovesDeadlinesMixin, ActivableAdmin):
    """Rows that count only while they are active: activating and deactivating them moves deadlines too."""

    @admin.action(description=_("Activate the selected rows"))
    def activate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            super().activate(request, queryset)
            tell_change(request, capfirst(str(self.opts.verbose_name_plural)))

    @admin.action(description=_("Deactivate the selected rows"))
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            super().deactivate(request, queryset)
            tell_change(request, capfirst(str(self.opts.verbose_name_plural)))
