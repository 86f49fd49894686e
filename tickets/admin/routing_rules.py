"""The routing rules: their list in order, what each caught, a form, and « Try it » beside them."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from directory.admin.base import ConfigurationAdmin
from directory.models import Agent
from tickets.actions.routing.rules import rule_delete, rule_move, rule_save
from tickets.admin.routing_trial import RoutingTrialForm, tried
from tickets.admin.rule_form import RuleForm
from tickets.admin.rule_sentences import Names, conditions_lines, effects_lines, problem_text
from tickets.models import RoutingHit, RoutingRule, Ticket
from tickets.permissions import visible_q
from tickets.routing.rule_json import Problem, RuleError, rule_read
from tickets.selectors.routing import VOCABULARY, rules_read

RECENT = timedelta(days=30)


@admin.register(RoutingRule)
class RoutingRuleAdmin(ConfigurationAdmin):
    """Rules have no history of their own but the timelines, which keep their names: they may be deleted."""

    form = RuleForm
    fieldsets = (
        (None, {"fields": ("name", "is_active", "is_final")}),
        (
            _("When"),
            {
                "fields": (
                    *("any_text", "all_text", "no_text", "places", "districts", "types"),
                    *("answers", "said_question", "said_any"),
                ),
                "description": _("Every condition given must hold. Those left empty do not count."),
            },
        ),
        (
            _("And also"),
            {"fields": ("channels", "mailboxes", "requesters", "languages", "days", ("since", "until"))},
        ),
        (
            _("Then"),
            {
                "fields": (
                    *("set_type", "set_service", "set_agent", "set_priority"),
                    *("set_tags", "set_sensitive", "set_split"),
                ),
                "description": _(
                    "The first rule to name a type, a service, an agent or a priority wins; tags add up. A rule may "
                    "close a request as sensitive, never open it."
                ),
            },
        ),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("essayer/", view(self.try_view), name="tickets_routingrule_try"),
            path("<int:pk>/deplacer/<slug:way>/", view(require_POST(self.move_view)), name="tickets_routingrule_move"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: RoutingRule, form: Any, change: bool) -> None:
        rule_save(rule=obj, now=timezone.now())

    def delete_model(self, request: HttpRequest, obj: RoutingRule) -> None:
        rule_delete(rule_id=obj.pk)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A rule that cannot be read says what is wrong; saving the form writes it anew."""
        if object_id and request.method == "GET":
            rule = self.get_object(request, object_id)
            if rule is not None:
                problems = ", ".join(problem_text(each) for each in self._problems(rule))
                if problems:
                    messages.warning(request, _("This rule is skipped: %(why)s.") % {"why": problems})
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _problems(self, rule: RoutingRule) -> tuple[Problem, ...]:
        return rules_read([rule])[1].get(rule.pk, ())

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._check(request)
        return self._page(request, RoutingTrialForm.blank(timezone.now()))

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """The list again with the result beside it. GET: nothing was tried yet."""
        self._check(request)
        if request.method != "POST":
            return redirect("admin:tickets_routingrule_changelist")
        form = RoutingTrialForm(request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        return self._page(request, form, tried(form, Names.load()))

    def move_view(self, request: HttpRequest, pk: int, way: str) -> HttpResponse:
        self._check(request)
        rule_move(rule_id=pk, up=way == "haut", now=timezone.now())
        return redirect(f"{reverse('admin:tickets_routingrule_changelist')}#rule-{pk}")

    def _check(self, request: HttpRequest) -> None:
        if not self.has_change_permission(request):
            raise PermissionDenied

    def _page(
        self, request: HttpRequest, form: RoutingTrialForm, found: dict[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse:
        context = {"rows": _rows(request), "form": form, "found": found}
        return render(request, "tickets/admin/routing_rules.html", context, status=status)


def _rows(request: HttpRequest) -> list[dict[str, Any]]:
    """The rules in order, in sentences, with what each caught: as many queries whatever their number."""
    rules = list(RoutingRule.objects.order_by("position", "id"))
    broken, names = rules_read(rules)[1], Names.load()
    since = timezone.now() - RECENT
    counts = {
        row["rule_id"]: row
        for row in RoutingHit.objects.order_by()
        .values("rule_id")
        .annotate(total=Count("id"), recent=Count("id", filter=Q(at__gte=since)), last=Max("id"))
    }
    seen = _last_tickets(request, [row["last"] for row in counts.values()])
    return [
        {
            "rule": rule,
            "problems": [problem_text(each) for each in broken.get(rule.pk, ())],
            **_sentences(rule, names),
            **counts.get(rule.pk, {"total": 0, "recent": 0}),
            "last": seen.get(rule.pk),
        }
        for rule in rules
    ]


def _sentences(rule: RoutingRule, names: Names) -> dict[str, list[str]]:
    try:
        asked, done = rule_read(rule.conditions, rule.effects, VOCABULARY)
    except RuleError:
        return {"conditions": [], "effects": []}
    return {"conditions": conditions_lines(asked, names), "effects": effects_lines(done, names)}


def _last_tickets(request: HttpRequest, hit_ids: list[int]) -> dict[int, dict[str, Any]]:
    """Rule → when it caught its last ticket, and the reference of those the administrator may see: two queries."""
    hits = list(RoutingHit.objects.filter(pk__in=hit_ids))
    assert isinstance(request.user, Agent)
    visible = Ticket.objects.filter(visible_q(request.user), pk__in=[hit.ticket_id for hit in hits])
    references = dict(visible.order_by().values_list("pk", "reference"))
    return {hit.rule_id: {"at": hit.at, "reference": references.get(hit.ticket_id, "")} for hit in hits}
