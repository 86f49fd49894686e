from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from directory.models import Agent, Service
from directory.permissions import service_ids_with
from directory.roles import ADMINISTER


def may_configure(request: HttpRequest) -> bool:
    """`may_configure_as`, for whoever asks."""
    return isinstance(request.user, Agent) and may_configure_as(request.user)


def may_configure_as(agent: Agent) -> bool:
    """Those who administer the whole town: the right on a root of the tree (or a superuser), and the « staff » flag.

    The right on one branch is not enough: whoever writes memberships could give themselves any other right.
    """
    if not (agent.is_active and agent.is_staff):
        return False
    if agent.is_superuser:
        return True
    roots = Service.objects.filter(parent__isnull=True).values_list("pk", flat=True)
    return bool(service_ids_with(agent, ADMINISTER).intersection(roots))


class ConfigurationMixin:
    """Permissions of a configuration page: all or nothing, and no deletion where history hangs on the row."""

    def _allowed(self, request: HttpRequest) -> bool:
        known: bool | None = getattr(request, "_may_configure", None)
        if known is None:
            known = may_configure(request)
            request._may_configure = known  # type: ignore[attr-defined]
        return known

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._allowed(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ConfigurationAdmin(ConfigurationMixin, admin.ModelAdmin):
    """A configuration page. Rows are deactivated rather than deleted: tickets keep pointing at them."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A list is called by what it lists, not « Select … to change »."""
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A form is called by what it is about; Django writes the row's name under it."""
        name = self.opts.verbose_name
        title = capfirst(name) if object_id else _("Add: %(name)s") % {"name": name}
        return super().changeform_view(request, object_id, form_url, {"title": title} | (extra_context or {}))


class ActivableAdmin(ConfigurationAdmin):
    """Adds « activate » and « deactivate » to a model that has ``is_active``."""

    actions: Sequence[str] = ("activate", "deactivate")

    @admin.action(description=_("Activate the selected rows"))
    def activate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.tell(request, queryset.update(is_active=True))

    @admin.action(description=_("Deactivate the selected rows"))
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.tell(request, queryset.update(is_active=False))

    def tell(self, request: HttpRequest, count: int) -> None:
        text = ngettext("%(n)d row changed.", "%(n)d rows changed.", count) % {"n": count}
        self.message_user(request, text, messages.SUCCESS)
