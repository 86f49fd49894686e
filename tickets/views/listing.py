"""One list of tickets: filters as chips, order, columns, pages. The queues and the search show it."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.fragments import render_page
from core.pagination import Page
from directory.admin.base import may_configure_as
from directory.models import Agent, RequestType
from tickets.actions.rights.access import list_log
from tickets.filter_forms import Flag, Linked, TicketFilterForm
from tickets.models import Emergency, RoutingRule, SavedView, Ticket
from tickets.permissions import may_change_view
from tickets.selectors.counting import TooLong, patience
from tickets.selectors.filters import ME, NOBODY
from tickets.selectors.orders import Order, arranged, orders_of, too_long_for_it
from tickets.selectors.people import citizens_visible_to
from tickets.selectors.search import Found
from tickets.selectors.visible import with_lines
from tickets.views.addresses import address, kept
from tickets.views.columns import COLUMNS, DEFAULT_COLUMNS, columns_of
from tickets.views.filter_editor import answer_choices, editor
from tickets.views.headers import headers
from tickets.views.rows import rows_of

PAGE_SIZE = 25
SEARCH_PATIENCE_MS = 4_000  # to fill a page of every ticket with free filters, which no index may serve
PARTIALS = {"tickets": "tickets/partials/_list.html", "filter-editor": "tickets/partials/_filter_editor.html"}
_OPEN = {"open", "closed_since", "closed_until"}
# filters that a queue already is, or that would empty it
IMPLIED = {
    "mine": {"assignee", *_OPEN},
    "unassigned": {"assignee", *_OPEN},
    "today": {"today", "late", *_OPEN},
    "late": {"today", "late", *_OPEN},
    "legal": {"legal"},
    "waiting": {"status", "not_status", *_OPEN},
    "all": _OPEN,
}


def listing(
    request: HttpRequest,
    agent: Agent,
    found: Found,
    form: TicketFilterForm,
    now: datetime,
    *,
    queue: str = "",
    orders: Sequence[Order] | None = None,
    usual_columns: Sequence[str] = DEFAULT_COLUMNS,
    view: SavedView | None = None,
) -> dict[str, Any]:
    """The context of a list: ``found`` and ``form`` come from `tickets.listing.found_in`.

    ``orders`` are the orders offered, the first one being the usual one: those of ``queue`` when none is given.
    One query for the page, and one for each kind of name the filters in force show.
    """
    offered = orders if orders is not None else orders_of(queue, closed=form.keeps_closed)
    asked, cursor = request.GET.get("sort", ""), request.GET.get("cursor") or None
    order = next((one for one in offered if one.key == asked), offered[0])
    columns = columns_of(view.columns if view else agent.preferences.get("columns", ()), usual_columns)
    problems = [error for errors in form.errors.values() for error in errors]
    if asked and asked != order.key:
        problems.append(_("This list cannot be read in that order: it is in its usual one."))
    too_long = False
    if order.bounded:
        sorted_tickets = arranged(found.tickets, order)
        too_long = sorted_tickets is None
        if sorted_tickets is None:
            problems.append(too_long_for_it())
            order, cursor = offered[0], None
        else:
            found = Found(sorted_tickets)
    page = _page(found, columns, order, cursor, patient=bool(queue) or not form.asks_something)
    if page is None:
        problems.append(_("These filters take too long on every request: add a period, a service or another filter."))
        page = Page[Ticket]([], None, None)
    list_log(agent, page.rows)
    active = chips(request, form, agent)
    return {
        "form": form,
        "active": active,
        "problems": problems,
        "menu": menu(request, form, queue),
        "editor": editor(request, agent, form),
        "orders": [
            {"label": one.label, "url": address(request, sort=one.key), "current": one is order}
            for one in offered
            if one is order or not one.bounded or not one.descending
        ],
        "order": order,
        "headers": headers(request, [COLUMNS[key] for key in columns], offered, order, too_long=too_long),
        "columns": [COLUMNS[key] for key in columns],
        "column_choices": [(column, column.key in columns) for column in COLUMNS.values()],
        "rows": rows_of(page.rows, agent, now, columns),
        "is_first_page": cursor is None,
        "here": request.get_full_path(),
        "clear_url": address(request, **dict.fromkeys(form.fields, "")),
        "kept": kept(request.GET),
        "scope": queue,
        "view": view,
        "may_change_view": view is not None and may_change_view(agent, view),
        "next_url": address(request, cursor=page.next) if page.next else "",
        "previous_url": address(request, cursor=page.previous) if page.previous else "",
    }


def _page(
    found: Found, columns: Sequence[str], order: Order, cursor: str | None, *, patient: bool
) -> Page[Ticket] | None:
    """One page; None when the filters of a search would read too many of its tickets to fill it."""
    try:
        with nullcontext() if patient else patience(SEARCH_PATIENCE_MS):
            return found.page(
                order.fields, cursor=cursor, size=PAGE_SIZE, dressed=lambda tickets: with_lines(tickets, columns)
            )
    except TooLong:
        return None


def list_response(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page, or the part of it that htmx asks for."""
    return render_page(request, template, context, partials=PARTIALS)


def editor_only(request: HttpRequest, agent: Agent, form: TicketFilterForm) -> HttpResponse | None:
    """The form of one filter when that is all htmx asks for: the list is not read again for it."""
    htmx = getattr(request, "htmx", None)
    if not htmx or htmx.target != "filter-editor":
        return None
    return list_response(request, PARTIALS["filter-editor"], {"editor": editor(request, agent, form)})


def chips(request: HttpRequest, form: TicketFilterForm, agent: Agent) -> list[dict[str, Any]]:
    """The filters in force, and those that are not valid: each with the address of the list without it."""
    found = []
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        wrong = name in form.errors
        if not value and not wrong:
            continue
        label = str(field.label)
        if wrong:
            label = _said(label, ", ".join(request.GET.getlist(name))[:60])
        elif isinstance(value, date):
            label = f"{label} {value:%d/%m/%Y}"
        elif value is not True:
            label = _said(label, _names(form, agent, name, field, value))
        found.append(
            {
                "name": name,
                "label": label,
                "url": address(request, **{name: ""}),
                "edit_url": "" if isinstance(field, Flag | Linked) else address(request, edit=name),
                "wrong": wrong,
            }
        )
    return found


def _said(label: str, value: str) -> str:
    return _("%(filter)s: %(value)s") % {"filter": label, "value": value}


def _names(form: TicketFilterForm, agent: Agent, name: str, field: forms.Field, value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    known: dict[str, str] = {}
    if isinstance(field, forms.ChoiceField):
        known = {str(code): str(label) for code, label in field.choices}  # type: ignore[misc, union-attr]
    elif name in {"service", "not_service"}:
        known = {row.code: row.name for row in form.services}
    elif name in {"type", "not_type"}:
        known = dict(RequestType.objects.filter(code__in=values).values_list("code", "name"))
    elif name in {"assignee", "author"}:
        known = {ME: _("Me"), NOBODY: _("Nobody")}
        ids = [one for one in values if one not in known]
        if ids:
            people = Agent.objects.filter(pk__in=ids).only("first_name", "last_name", "email")
            known |= {str(person.pk): person.full_name for person in people}
    elif name == "answer":
        known = {code: words for code, words, _depth in answer_choices()}
        values = [one if one in known else one.partition(":")[2] for one in values]  # no form asks it any more
    elif name == "person":
        people_known = citizens_visible_to(agent).filter(pk__in=values)
        known = {str(citizen.pk): citizen.display_name for citizen in people_known}
    elif name == "rule" and may_configure_as(agent):  # to the others it is a number, as a person out of their sight is
        known = {str(pk): label for pk, label in RoutingRule.objects.filter(pk__in=values).values_list("pk", "name")}
    elif name == "alarm":
        known = {str(pk): label for pk, label in Emergency.objects.filter(pk__in=values).values_list("pk", "name")}
    shown = [known.get(str(one), str(one)) for one in values]
    return _("%(first)s or %(last)s") % {"first": ", ".join(shown[:-1]), "last": shown[-1]} if shown[1:] else shown[0]


def menu(request: HttpRequest, form: TicketFilterForm, queue: str) -> list[dict[str, str]]:
    """The filters that can be added: a flag is on at once, the others open their form."""
    hidden = IMPLIED.get(queue, set())
    return [
        {
            "label": str(field.label),
            "url": address(request, **({name: "1"} if isinstance(field, Flag) else {"edit": name})),
            "edit": "" if isinstance(field, Flag) else name,
        }
        for name, field in form.fields.items()
        if not (name in hidden or isinstance(field, Linked) or form.cleaned_data.get(name) or name in form.errors)
    ]
