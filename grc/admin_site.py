"""The first page of the administration, by what a project lead looks for rather than by application."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# What the first page calls a model otherwise than Django would
LABELS = {"tickets.EscalationStep": _("Escalation matrix")}
# group → (label, entries in order). An entry is a model ("app.Model") or a page of its own ("admin:name", its label).
Entry = str | tuple[str, Any]
GROUPS: dict[str, tuple[Any, tuple[Entry, ...]]] = {
    "town": (
        _("Town hall"),
        (
            "directory.Town",
            ("tickets:missing_mentions", _("Missing mentions")),
            "directory.Service",
            "directory.Site",
            "directory.Agent",
        ),
    ),
    "requests": (
        _("Requests"),
        ("directory.RequestType", "knowledge.Article", "channels_intake.Mailbox", "channels_intake.MailFetch"),
    ),
    "routing": (
        _("Routing"),
        ("tickets.RoutingRule", "tickets.District", "tickets.Emergency", "tickets.RoutingModel"),
    ),
    "commitments": (
        _("Commitments"),
        (
            "tickets.SlaPolicy",
            ("admin:tickets_slapolicy_presets", _("Presets of commitments")),
            "tickets.EscalationStep",
            "directory.Calendar",
            "directory.Closure",
            ("admin:tickets_slapolicy_try", _("Try the commitments")),
            "tickets.Recomputation",
        ),
    ),
    "counters": (
        _("Counters"),
        ("channels_intake.Desk", "channels_intake.VisitReason", "channels_intake.SiteScreens"),
    ),
    "telephone": (_("Telephone"), ("channels_intake.TelephoneSystem", "channels_intake.Extension")),
    "mail": (_("Mail"), ("channels_intake.InboundMail", "notifications.OutboundMessage")),
}


class Administration(admin.AdminSite):
    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """The groups above; what no group names keeps its application's. One application is listed as Django does."""
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        rows = {f"{app['app_label']}.{row['object_name']}": row for app in apps for row in app["models"]}
        for name, label in LABELS.items():
            if name in rows:
                rows[name]["name"] = label
        groups = [self._group(key, label, self._entries(entries, rows)) for key, (label, entries) in GROUPS.items()]
        left = {id(row) for row in rows.values()}
        others = [app | {"models": [row for row in app["models"] if id(row) in left]} for app in apps]
        return [group for group in groups + others if group["models"]]

    def _group(self, key: str, label: Any, models: list[dict[str, Any]]) -> dict[str, Any]:
        return {"app_label": key, "name": str(label), "app_url": "", "has_module_perms": True, "models": models}

    def _entries(self, entries: Iterable[Entry], rows: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows of the entries, taken out of ``rows``. A page of its own follows the model before it: whoever may
        not open that one does not see it."""
        found: list[dict[str, Any]] = []
        shown = False
        for entry in entries:
            if isinstance(entry, str):
                shown = entry in rows
                if shown:
                    found.append(rows.pop(entry))
            elif shown:
                found.append(self._page(*entry))
        return found

    def _page(self, name: str, label: Any) -> dict[str, Any]:
        url = reverse(name, current_app=self.name)
        return {"name": label, "object_name": name.rpartition("_")[2], "admin_url": url, "view_only": True}
