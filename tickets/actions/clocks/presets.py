"""Commitments ready to load: the 72 hours of the guichet unique, Marianne, Services Publics+, the notaries."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import Invalid
from directory.models import Agent, RequestType
from tickets.actions.clocks.commitments_change import commitments_changed
from tickets.models import Recomputation, SlaPolicy, SlaTarget

FILE = Path(__file__).resolve().parents[2] / "data" / "commitments.toml"


@dataclass(frozen=True)
class PresetPolicy:
    """``targets``: kind of clock → (amount, unit). Within a preset, type and channel tell policies apart."""

    name: str
    position: int
    targets: Mapping[str, tuple[int, str]]
    type_code: str = ""
    channel: str = ""
    note: str = ""


@dataclass(frozen=True)
class Preset:
    """``figures``: what it also asks for and no clock measures; the dashboard's."""

    code: str
    name: str
    summary: str
    is_default: bool = False
    figures: tuple[str, ...] = ()
    policies: tuple[PresetPolicy, ...] = field(default=())


@lru_cache(maxsize=1)
def presets() -> dict[str, Preset]:
    """Every preset by its code, in the order of the file."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {code: _preset(code, body) for code, body in data.items()}


def _preset(code: str, body: dict[str, Any]) -> Preset:
    return Preset(
        code=code,
        name=body["name"],
        summary=body["summary"],
        is_default=body.get("default", False),
        figures=tuple(body.get("figures", ())),
        policies=tuple(_policy(policy) for policy in body["policies"]),
    )


def _policy(body: dict[str, Any]) -> PresetPolicy:
    targets = {}
    for kind, words in body["targets"].items():
        amount, unit = words.split()
        targets[kind] = (int(amount), unit)
    return PresetPolicy(
        name=body["name"],
        position=body["position"],
        targets=targets,
        type_code=body.get("type", ""),
        channel=body.get("channel", ""),
        note=body.get("note", ""),
    )


def presets_loaded() -> set[str]:
    """The codes of the presets with a policy in force."""
    return set(SlaPolicy.objects.filter(is_active=True).exclude(preset="").values_list("preset", flat=True))


@transaction.atomic
def preset_load(*, preset: str, actor: Agent | None, now: datetime) -> Recomputation | None:
    """Write the policies of a preset and have the open tickets counted again; None when nothing had to change.

    Loaded again, it gives its own policies back what the file says, and leaves those of the administrators alone.
    Raises `Invalid` for an unknown preset, or for one about a request type the catalogue does not have.
    """
    wanted = presets().get(preset)
    if wanted is None:
        raise Invalid(_("There is no preset « %(code)s ».") % {"code": preset}, field="preset")
    own = list(SlaPolicy.objects.select_for_update(of=("self",), no_key=True).filter(preset=preset))
    changed = False
    kept = set()
    for policy in wanted.policies:
        row, is_new = _write(policy, preset, own)
        kept.add(row.pk)
        changed = changed or is_new
    gone = [row for row in own if row.pk not in kept and row.is_active]
    SlaPolicy.objects.filter(pk__in=[row.pk for row in gone]).update(is_active=False)
    if not changed and not gone:
        return None
    return commitments_changed(reason=_("Commitments « %(name)s »") % {"name": wanted.name}, actor=actor, now=now)


def _write(policy: PresetPolicy, preset: str, own: list[SlaPolicy]) -> tuple[SlaPolicy, bool]:
    """The row of ``policy`` and whether anything changed."""
    request_type = _type(policy.type_code) if policy.type_code else None
    conditions = (request_type and request_type.pk, policy.channel)
    row = next((row for row in own if (row.request_type_id, row.channel) == conditions), None)
    fields: dict[str, Any] = {"position": policy.position, "note": policy.note, "is_active": True}
    changed = row is None or any(getattr(row, name) != value for name, value in fields.items())
    if row is None:
        row = SlaPolicy(
            preset=preset, request_type=request_type, channel=policy.channel, name=_free_name(policy.name, preset)
        )
    for name, value in fields.items():
        setattr(row, name, value)
    if changed:
        row.save()
    before = {target.kind: target for target in row.targets.all()}
    for kind, (amount, unit) in policy.targets.items():
        target = before.pop(kind, None) or SlaTarget(policy=row, kind=kind)
        if (target.amount, target.unit) != (amount, unit):
            target.amount, target.unit = amount, unit
            target.save()
            changed = True
    if before:
        SlaTarget.objects.filter(pk__in=[target.pk for target in before.values()]).delete()
    return row, changed or bool(before)


def _type(code: str) -> RequestType:
    found = RequestType.objects.filter(code=code).first()
    if found is None:
        raise Invalid(
            _("These commitments are about the request type « %(code)s », which the catalogue does not have.")
            % {"code": code}
        )
    return found


def _free_name(name: str, preset: str) -> str:
    return f"{name} ({preset})" if SlaPolicy.objects.filter(name=name).exists() else name
