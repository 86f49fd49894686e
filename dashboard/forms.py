"""What the reader of the dashboard asks for, read from the address."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dashboard.periods import DEFAULT_DAYS, PRESETS, BadPeriod, last_days, period_from
from dashboard.selectors import Scope, dashboard_services, subtree
from directory.models import Agent, Service
from tickets.enums import Channel


class FilterForm(forms.Form):
    """The perimeter and the period. A mistake is told beside its field, and the default is shown meanwhile."""

    def __init__(self, data: dict[str, Any], services: list[Service]) -> None:
        super().__init__(data)
        day = forms.DateInput(attrs={"type": "date"})
        self.fields = {
            "service": forms.ChoiceField(
                label=_("Service"),
                required=False,
                choices=[("", _("All services")), *((one.code, one.name) for one in services)],
                error_messages={"invalid_choice": _("This service is unknown, or you cannot read its figures.")},
            ),
            "channel": forms.ChoiceField(
                label=_("Channel"), required=False, choices=[("", _("All channels")), *Channel.choices]
            ),
            "from": forms.CharField(label=_("From"), required=False, widget=day),
            "to": forms.CharField(label=pgettext_lazy("end of a period", "To"), required=False, widget=day),
        }


@dataclass(frozen=True)
class Asked:
    """The scope, and what the page needs to ask again."""

    scope: Scope
    services: list[Service]
    service: Service | None
    preset: int | None
    form: FilterForm

    @property
    def has_pilot(self) -> bool:
        """Whether the service that receives what no rule sends elsewhere is looked at."""
        return any(service.is_pilot and service.pk in self.scope.services for service in self.services)

    def query(self, **changes: str) -> str:
        """The same question as an address, with ``changes`` (an empty value removes a parameter)."""
        values = {
            "service": self.service.code if self.service else "",
            "channel": self.scope.channel,
            "period": str(self.preset) if self.preset else "",
            "from": "" if self.preset else self.scope.period.first.isoformat(),
            "to": "" if self.preset else self.scope.period.last.isoformat(),
        }
        return urlencode({key: value for key, value in (values | changes).items() if value})


def asked_of(parameters: QueryDict, agent: Agent, today: date) -> Asked:
    """Read the filters from the address."""
    services = dashboard_services(agent)
    given = {key: str(value) for key, value in parameters.items()}
    mistakes: dict[str, object] = {}
    try:
        period = period_from(given, today)
        given |= {"from": period.first.isoformat(), "to": period.last.isoformat()}
    except BadPeriod as error:
        period = last_days(DEFAULT_DAYS, today)
        mistakes[error.field] = (
            _("Give a start date, at most five years back.")
            if error.field == "from"
            else _("Give an end date on or after the start date.")
        )
    form = FilterForm(given, services)
    form.is_valid()
    for name, message in mistakes.items():
        form.add_error(name, str(message))
    service = next((one for one in services if one.code == form.cleaned_data.get("service")), None)
    ids = subtree(services, service) if service else tuple(sorted(one.pk for one in services))
    preset = next((days for days in PRESETS if last_days(days, today) == period), None)
    return Asked(Scope(ids, form.cleaned_data.get("channel", ""), period), services, service, preset, form)
