"""Changes of the routing rules: every process reads them again."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from core.errors import Invalid
from tickets.actions.clocks.commitments_change import version_bump
from tickets.models import RoutingRule
from tickets.routing.rule_json import RuleError, rule_read
from tickets.selectors.routing import VOCABULARY


@transaction.atomic
def rule_save(*, rule: RoutingRule, now: datetime) -> RoutingRule:
    """Write a rule, new or changed; a new one comes last. Raises `Invalid` for conditions or effects that
    `tickets.routing.rule_json` cannot read."""
    try:
        rule_read(rule.conditions, rule.effects, VOCABULARY)
    except RuleError as error:
        raise Invalid(_("This rule cannot be read: %(why)s") % {"why": error}, code="rule_unreadable") from error
    if rule.pk is None:
        rule.position = 1 + (RoutingRule.objects.aggregate(last=Max("position"))["last"] or 0)
    rule.updated_at = now
    rule.save()
    version_bump()
    return rule


@transaction.atomic
def rule_move(*, rule_id: int, up: bool, now: datetime) -> bool:
    """Exchange a rule with the one before it (or after it); False when there is none, or when it is gone."""
    rows = list(RoutingRule.objects.select_for_update(no_key=True).order_by("position", "id"))
    at = next((index for index, row in enumerate(rows) if row.pk == rule_id), None)
    if at is None or not 0 <= (other := at + (-1 if up else 1)) < len(rows):
        return False
    rows[at], rows[other] = rows[other], rows[at]
    changed = []
    for position, row in enumerate(rows, start=1):
        if row.position != position:
            row.position, row.updated_at = position, now
            changed.append(row)
    RoutingRule.objects.bulk_update(changed, ["position", "updated_at"])
    version_bump()
    return True


@transaction.atomic
def rule_delete(*, rule_id: int) -> None:
    """Delete a rule and its count; the timelines keep its name."""
    RoutingRule.objects.filter(pk=rule_id).delete()
    version_bump()
