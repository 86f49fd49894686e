"""The presets of commitments (domain §3): what each contains, and a button to load it. None is a label."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.errors import Invalid
from directory.admin.base import may_configure
from directory.models import RequestType
from tickets.actions.clocks.presets import Preset, PresetPolicy, preset_load, presets_loaded
from tickets.actions.clocks.presets import presets as every_preset
from tickets.admin.recomputations import tell_recomputation
from tickets.admin.sentences import promise_text
from tickets.enums import Channel, DeadlineKind


@require_http_methods(["GET", "HEAD", "POST"])
def presets(request: HttpRequest) -> HttpResponse:
    if not may_configure(request):
        raise PermissionDenied
    if request.method == "POST":
        _load(request, request.POST.get("preset", ""))
        return redirect("admin:tickets_slapolicy_presets")
    types = dict(RequestType.objects.values_list("code", "name"))
    loaded = presets_loaded()
    cards = [_card(preset, types, preset.code in loaded) for preset in every_preset().values()]
    return render(request, "tickets/admin/presets.html", {"cards": cards})


def _load(request: HttpRequest, code: str) -> None:
    try:
        recomputation = preset_load(preset=code, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
    except Invalid as refusal:
        messages.error(request, refusal.message)
        return
    if recomputation is None:
        messages.info(request, _("These commitments were already as they are here: nothing changed."))
        return
    messages.success(request, _("The commitments are loaded. You may now change them like any other."))
    tell_recomputation(request)


def _card(preset: Preset, types: dict[str, str], is_loaded: bool) -> dict[str, Any]:
    policies = [_policy(policy, types) for policy in preset.policies]
    return {"preset": preset, "policies": policies, "is_loaded": is_loaded}


def _policy(policy: PresetPolicy, types: dict[str, str]) -> dict[str, Any]:
    """A policy of a preset in words: for what, its promises, and whether the catalogue lacks its type."""
    conditions = [
        str(Channel(policy.channel).label) if policy.channel else "",
        types.get(policy.type_code, policy.type_code),
    ]
    return {
        "name": policy.name,
        "conditions": ", ".join(text for text in conditions if text) or _("Every request"),
        "promises": [
            _("%(kind)s: %(promise)s") % {"kind": DeadlineKind(kind).label, "promise": promise_text(amount, unit)}
            for kind, (amount, unit) in policy.targets.items()
        ],
        "note": policy.note,
        "is_missing": bool(policy.type_code) and policy.type_code not in types,
    }
