"""The form of one filter, opened from « + Filter » or from a chip."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _

from directory.models import Agent, RequestType
from directory.permissions import service_ids_with
from directory.questions import CLOSED, questions_read
from directory.roles import VIEW
from tickets.filter_forms import Day, Flag, Linked, TicketFilterForm
from tickets.models import Emergency
from tickets.selectors.assignable import agents_of
from tickets.selectors.filters import ME, NOBODY, ServiceRow
from tickets.selectors.tags import mailboxes_in_use, tags_in_use
from tickets.views.addresses import address, kept


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    chosen: bool
    depth: int = 0


@dataclass(frozen=True)
class Editor:
    """``kind``: any (several of ``options``), one (one of them), day or text. ``kept``: the other parameters."""

    name: str
    label: str
    kind: str
    options: list[Option]
    value: str
    error: str
    action: str
    kept: list[tuple[str, str]]
    close_url: str


def editor(request: HttpRequest, agent: Agent, form: TicketFilterForm) -> Editor | None:
    """The filter named by ``edit`` in the address, with its choices: at most two queries. None when none is named."""
    name = request.GET.get("edit", "")
    field = form.fields.get(name)
    if field is None or isinstance(field, Flag | Linked):
        return None
    given = request.GET.getlist(name)
    chosen = {one for value in given for one in (value.split(",") if name in _LISTS else [value])}
    kind, choices = _choices(agent, form, name, field)
    return Editor(
        name=name,
        label=str(field.label),
        kind=kind,
        options=[Option(value, label, value in chosen, depth) for value, label, depth in choices],
        value=given[-1] if given else "",
        error=str(form.errors[name][0]) if name in form.errors else "",
        action=request.path,
        kept=[(other, value) for other, value in kept(request.GET) if other != name],
        close_url=address(request),
    )


_LISTS = {"service", "not_service", "type", "not_type", "assignee", "author", "tag", "mailbox", "alarm"}


def _choices(
    agent: Agent, form: TicketFilterForm, name: str, field: forms.Field
) -> tuple[str, list[tuple[str, str, int]]]:
    if isinstance(field, Day):
        return "day", []
    if isinstance(field, forms.ChoiceField):
        pairs: Any = field.choices
        several = isinstance(field, forms.MultipleChoiceField)
        return "any" if several else "one", [(str(value), str(label), 0) for value, label in pairs if value != ""]
    if name in {"service", "not_service"}:
        return "any", _tree(form.services, service_ids_with(agent, VIEW))
    if name in {"type", "not_type"}:
        types = RequestType.objects.filter(is_active=True).values_list("code", "name")
        return "any", [(code, label, 0) for code, label in types]
    if name in {"assignee", "author"}:
        people = agents_of(service_ids_with(agent, VIEW)).only("first_name", "last_name", "email")
        found = [(ME, _("Me"), 0)] + ([(NOBODY, _("Nobody"), 0)] if name == "assignee" else [])
        return "any", found + [(str(person.pk), person.full_name, 0) for person in people]
    if name == "answer":
        return "any", answer_choices()
    if name == "tag":
        return "any", [(tag, tag, 0) for tag in tags_in_use(agent)]
    if name == "mailbox":
        return "any", [(mailbox, mailbox, 0) for mailbox in mailboxes_in_use(agent)]
    if name == "alarm":
        return "any", [(str(pk), label, 0) for pk, label in Emergency.objects.values_list("pk", "name")]
    return "text", []


def answer_choices() -> list[tuple[str, str, int]]:
    """The answers to the closed questions of the forms: (``code:answer``, « Question : answer », depth). One query."""
    asked = RequestType.objects.filter(is_active=True).exclude(questions=[]).order_by("name")
    found: dict[str, str] = {}
    for raw in asked.values_list("questions", flat=True):
        for question in questions_read(raw):
            for answer in question.answers if question.kind in CLOSED else ():
                found.setdefault(f"{question.code}:{answer}", f"{question.label} — {answer}")
    return [(value, label, 0) for value, label in found.items()]


def _tree(rows: list[ServiceRow], seen: frozenset[int]) -> list[tuple[str, str, int]]:
    """The services the agent sees, each under its own, with its depth."""
    children: dict[int | None, list[ServiceRow]] = {}
    for row in rows:
        if row.pk in seen:
            children.setdefault(row.parent_id if row.parent_id in seen else None, []).append(row)
    found: list[tuple[str, str, int]] = []

    def walk(parent: int | None, depth: int) -> None:
        for row in children.get(parent, ()):
            found.append((row.code, row.name, depth))
            walk(row.pk, depth + 1)

    walk(None, 0)
    return found
