"""Writing reply templates, retiring them, and counting their use."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, NotAllowed
from directory.models import Agent
from directory.permissions import has_right
from directory.roles import ADMINISTER
from knowledge.actions.articles import may_write
from knowledge.models import ReplyTemplate
from knowledge.selectors import public_articles
from tickets.reply_variables import unknown_variables

MOST_USED = 20  # in one reply


def may_write_template(agent: Agent, service_id: int | None) -> bool:
    """Those who answer for a service write its templates; those of every service are the administrators'."""
    return has_right(agent, ADMINISTER) if service_id is None else may_write(agent, service_id)


@transaction.atomic
def template_save(*, template: ReplyTemplate, actor: Agent | None, now: datetime) -> ReplyTemplate:
    """Create or change a template. No actor is the system itself.

    Raises `NotAllowed` without rights on its service (the one it had, and the one it gets), `Invalid` when it is empty
    or holds an unknown variable, which it names.
    """
    if actor is not None:
        former = ReplyTemplate.objects.filter(pk=template.pk).values_list("service_id", flat=True)
        for service_id in {template.service_id, *former}:
            _require(actor, service_id)
    if not template.title.strip() or not template.body.strip():
        raise Invalid(_("A template needs a title and a text."))
    unknown = unknown_variables(template.body)
    if unknown:
        named = ", ".join(f"{{{{ {name} }}}}" if name not in {"{{", "}}"} else name for name in unknown)
        raise Invalid(
            _("These variables do not exist: %(names)s. Choose them in the list.") % {"names": named}, field="body"
        )
    template.updated_at, template.updated_by = now, actor
    template.save()
    return template


@transaction.atomic
def template_retire(*, template_id: int, actor: Agent, is_active: bool, now: datetime) -> ReplyTemplate:
    """Put a template away, or back: it is not offered any more, and nothing of it is lost."""
    template = ReplyTemplate.objects.select_for_update(of=("self",), no_key=True).get(pk=template_id)
    _require(actor, template.service_id)
    template.is_active, template.updated_at, template.updated_by = is_active, now, actor
    template.save(update_fields=["is_active", "updated_at", "updated_by"])
    return template


def templates_used(ids: Iterable[int]) -> None:
    """A reply left with these templates: one more use each."""
    wanted = sorted(set(ids))[:MOST_USED]
    if wanted:
        ReplyTemplate.objects.filter(pk__in=wanted).update(use_count=F("use_count") + 1)


def articles_used(ids: Iterable[int]) -> None:
    """A reply left with these articles: one more answer each, by which they are ranked. An internal one is not sent:
    it does not count."""
    wanted = sorted(set(ids))[:MOST_USED]
    if wanted:
        public_articles().filter(pk__in=wanted).update(answer_count=F("answer_count") + 1)


def _require(actor: Agent, service_id: int | None) -> None:
    if not may_write_template(actor, service_id):
        if service_id is None:
            raise NotAllowed(_("Templates of every service are written by the administrators."))
        raise NotAllowed(_("You cannot write templates for this service."))
