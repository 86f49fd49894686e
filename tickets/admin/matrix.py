"""The escalation matrix: read in sentences, written one kind of clock at a time in a grid."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.admin.base import ConfigurationAdmin
from directory.admin.changes import tell_change
from directory.models import Agent
from tickets.actions.rights.matrix import Line, matrix_restore, matrix_write, usual_lines
from tickets.admin.sentences import step_text
from tickets.enums import Audience, DeadlineKind, Delivery, OffsetUnit
from tickets.models import EscalationStep, SlaPolicy
from tickets.models.policies import TARGET_KINDS

# value of the form → (unit, sign)
MOMENTS = {
    "hours_before": (OffsetUnit.HOURS, -1),
    "hours_after": (OffsetUnit.HOURS, 1),
    "days_before": (OffsetUnit.DAYS, -1),
    "days_after": (OffsetUnit.DAYS, 1),
    "percent": (OffsetUnit.PERCENT, 1),
}
MOMENT_LABELS = [
    ("hours_before", gettext_lazy("hours before the due date")),
    ("hours_after", gettext_lazy("hours after the due date")),
    ("days_before", gettext_lazy("days before the due date")),
    ("days_after", gettext_lazy("days after the due date")),
    ("percent", gettext_lazy("percent of the time allowed")),
]
LINES_AT_MOST = 30


class LineForm(forms.Form):
    """One line of the grid."""

    number = forms.IntegerField(required=False, widget=forms.HiddenInput)
    amount = forms.IntegerField(label=gettext_lazy("Moment"), min_value=0, max_value=9999)
    moment = forms.ChoiceField(label=gettext_lazy("Counted in"), choices=MOMENT_LABELS, initial="hours_after")
    audience = forms.ChoiceField(label=gettext_lazy("Who"), choices=Audience.choices, initial=Audience.ASSIGNEE)
    agent = forms.ModelChoiceField(
        label=gettext_lazy("Which agent"), queryset=Agent.objects.none(), required=False, empty_label="–"
    )
    delivery = forms.ChoiceField(label=gettext_lazy("How"), choices=Delivery.choices, initial=Delivery.MAIL)
    escalation = forms.IntegerField(
        label=gettext_lazy("Level"),
        min_value=0,
        max_value=9,
        initial=0,
    )
    in_open_hours = forms.BooleanField(label=gettext_lazy("Only during opening hours"), required=False, initial=True)
    remove = forms.BooleanField(label=gettext_lazy("Remove this step"), required=False)

    def __init__(self, *args: Any, agents: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agent"].queryset = agents  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("remove"):
            self.errors.clear()  # what was written on a line that goes does not matter
            return data
        if data.get("audience") == Audience.AGENT and not data.get("agent"):
            self.add_error("agent", _("Choose the agent who is told."))
        if data.get("moment") == "percent" and not data.get("amount"):
            self.add_error("amount", _("A share of the time allowed starts at 1 %."))
        return data

    @property
    def sentence(self) -> str:
        """The step this line was when the page was asked for; empty for a new one."""
        return str(self.initial.get("sentence", ""))

    def line(self) -> Line:
        data = self.cleaned_data
        unit, sign = MOMENTS[data["moment"]]
        agent = data["agent"] if data["audience"] == Audience.AGENT else None
        return Line(
            number=data["number"],
            offset=sign * data["amount"],
            offset_unit=unit,
            audience=data["audience"],
            agent_id=agent.pk if agent else None,
            escalation=data["escalation"],
            delivery=data["delivery"],
            in_open_hours=data["in_open_hours"],
        )


def as_initial(kind: str, line: Line | EscalationStep) -> dict[str, Any]:
    """A line as the grid shows it."""
    sign = -1 if line.offset < 0 else 1
    moment = next(
        name for name, (unit, way) in MOMENTS.items() if unit == line.offset_unit and (unit == "percent" or way == sign)
    )
    return {
        "number": line.number,
        "amount": abs(line.offset),
        "moment": moment,
        "audience": line.audience,
        "agent": line.agent_id,
        "delivery": line.delivery,
        "escalation": line.escalation,
        "in_open_hours": line.in_open_hours,
        "sentence": step_text(kind, line, unit=line.offset_unit, agent=getattr(line, "agent", None)),
    }


class BaseLines(forms.BaseFormSet):
    def clean(self) -> None:
        lines = self.lines() if not any(self.errors) else []
        moments = [(line.offset, line.offset_unit, line.audience, line.agent_id) for line in lines]
        if len(set(moments)) < len(moments):
            raise forms.ValidationError(_("Two steps tell the same person at the same moment."))

    def lines(self) -> list[Line]:
        """The lines to keep, in order of moment; valid forms only."""
        kept = [form for form in self.forms if form.has_changed() or form.initial.get("number") is not None]
        return [form.line() for form in kept if form.cleaned_data and not form.cleaned_data["remove"]]


Lines: Any = forms.formset_factory(
    LineForm, formset=BaseLines, extra=1, max_num=LINES_AT_MOST, absolute_max=LINES_AT_MOST, validate_max=True
)


@admin.register(EscalationStep)
class EscalationStepAdmin(ConfigurationAdmin):
    """Its list is the matrix in sentences; its lines are written in the grid and nowhere else."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("grille/<slug:kind>/", view(self.grid_view), name="tickets_escalationstep_grid"),
            path("retablir/", view(self.restore_view), name="tickets_escalationstep_restore"),
            *super().get_urls()[:1],  # the list; a line has no page of its own
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._check(request)
        policy = self._policy(request)
        rows: dict[str, list[EscalationStep]] = {}
        for row in EscalationStep.objects.filter(policy=policy).select_related("agent"):
            rows.setdefault(row.kind, []).append(row)
        kinds = DeadlineKind if policy is None else TARGET_KINDS
        context = {
            "policy": policy,
            "policies": SlaPolicy.objects.order_by("position", "pk"),
            "cards": [self._card(kind, rows.get(kind, []), policy) for kind in kinds],
        }
        return render(request, "tickets/admin/matrix.html", context)

    def _card(self, kind: DeadlineKind, rows: list[EscalationStep], policy: SlaPolicy | None) -> dict[str, Any]:
        """One kind of clock, its steps in sentences in the order of their moment."""
        lines: list[Any] = list(rows)
        if not rows and policy is None:
            lines = usual_lines(kind)
        return {
            "kind": kind,
            "label": kind.label,
            "own": bool(rows),
            "sentences": [
                {
                    "text": step_text(kind, line, unit=line.offset_unit, agent=getattr(line, "agent", None)),
                    "level": line.escalation,
                    "any_hour": not line.in_open_hours,
                }
                for line in sorted(lines, key=_order)
            ],
            "decision": kind == DeadlineKind.LEGAL,
            "url": _grid_url(kind, policy),
        }

    def grid_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        self._check(request)
        policy = self._policy(request)
        if kind not in (DeadlineKind.values if policy is None else [one.value for one in TARGET_KINDS]):
            raise Http404
        rows = list(EscalationStep.objects.filter(policy=policy, kind=kind).select_related("agent"))
        shown: list[Any] = rows or self._inherited(kind, policy)
        agents = Agent.objects.filter(is_active=True).order_by("last_name", "first_name")
        lines = Lines(
            request.POST or None,
            prefix="l",
            initial=[as_initial(kind, line) for line in sorted(shown, key=_order)],
            form_kwargs={"agents": agents},
        )
        if request.method == "POST" and lines.is_valid():
            with transaction.atomic():
                changed = matrix_write(policy=policy, kind=kind, lines=lines.lines())
                if changed:
                    label = DeadlineKind(kind).label
                    tell_change(request, _("Escalation matrix: %(kind)s") % {"kind": label})
            if "another" in request.POST:
                return redirect(_grid_url(kind, policy))
            messages.success(request, _("The escalation matrix is saved."))
            return redirect(_list_url(policy))
        context = {
            "policy": policy,
            "kind": kind,
            "label": DeadlineKind(kind).label,
            "lines": lines,
            "copied": not rows,
            "list_url": _list_url(policy),
        }
        return render(request, "tickets/admin/matrix_grid.html", context, status=422 if lines.is_bound else 200)

    def _inherited(self, kind: str, policy: SlaPolicy | None) -> list[Any]:
        """What holds while there is no line: where the grid starts from."""
        rows: list[Any] = list(EscalationStep.objects.filter(policy=None, kind=kind)) if policy else []
        return rows or list(usual_lines(kind))

    def restore_view(self, request: HttpRequest) -> HttpResponse:
        self._check(request)
        if request.method == "POST":
            with transaction.atomic():
                if matrix_restore():
                    tell_change(request, _("The usual escalation matrix is restored"))
            messages.success(request, _("The usual escalation matrix is restored."))
        return redirect(_list_url(None))

    def _check(self, request: HttpRequest) -> None:
        if not self.has_change_permission(request):
            raise PermissionDenied

    def _policy(self, request: HttpRequest) -> SlaPolicy | None:
        """The policy whose matrix is asked for (``?policy=``); None: the town's. 404 for an unknown one."""
        asked = request.GET.get("policy", "")
        if not asked:
            return None
        return get_object_or_404(SlaPolicy, pk=int(asked) if asked.isascii() and asked.isdigit() else 0)


def _order(line: Any) -> tuple[bool, int, int]:
    """Shares of the time first, then from the earliest moment to the latest."""
    hours = line.offset * 24 if line.offset_unit == OffsetUnit.DAYS else line.offset
    return line.offset_unit != OffsetUnit.PERCENT, hours, line.number or 0


def _grid_url(kind: str, policy: SlaPolicy | None) -> str:
    return _for_policy(reverse("admin:tickets_escalationstep_grid", args=[kind]), policy)


def _list_url(policy: SlaPolicy | None) -> str:
    return _for_policy(reverse("admin:tickets_escalationstep_changelist"), policy)


def _for_policy(url: str, policy: SlaPolicy | None) -> str:
    return f"{url}?policy={policy.pk}" if policy else url
