"""One list of tickets: filters as chips, order, columns, pages. The queues and the search show it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.fragments import render_page
from core.pagination import keyset_page
from directory.models import Agent, RequestType
from tickets.actions.rights.access import list_log
from tickets.filter_forms import Flag, TicketFilterForm
from tickets.models import SavedView, Ticket
from tickets.permissions import may_change_view
from tickets.selectors.filters import ME, NOBODY
from tickets.selectors.orders import Order, orders_of
from tickets.selectors.visible import with_lines
from tickets.views.addresses import address, kept
from tickets.views.columns import COLUMNS, DEFAULT_COLUMNS, columns_of
from tickets.views.filter_editor import editor
from tickets.views.rows import rows_of

PAGE_SIZE = 25
PARTIALS = {"tickets": "tickets/partials/_list.html", "filter-editor": "tickets/partials/_filter_editor.html"}
# filters that a queue already is
IMPLIED = {
    "mine": {"assignee", "open"},
    "unassigned": {"assignee", "open"},
    "today": {"today", "late", "open"},
    "late": {"today", "late", "open"},
    "legal": {"legal"},
    "waiting": {"status", "open"},
    "all": {"open"},
}


def listing(
    request: HttpRequest,
    agent: Agent,
    tickets: QuerySet[Ticket],
    form: TicketFilterForm,
    now: datetime,
    *,
    queue: str = "",
    orders: Sequence[Order] | None = None,
    usual_columns: Sequence[str] = DEFAULT_COLUMNS,
    view: SavedView | None = None,
) -> dict[str, Any]:
    """The context of a list: ``tickets`` and ``form`` come from `tickets.listing.tickets_in`.

    ``orders`` are the orders offered, the first one being the usual one: those of ``queue`` when none is given.
    One query for the page, and one for each kind of name the filters in force show.
    """
    offered = orders if orders is not None else orders_of(queue)
    asked = request.GET.get("sort", "")
    order = next((one for one in offered if one.key == asked), offered[0])
    columns = columns_of(view.columns if view else agent.preferences.get("columns", ()), usual_columns)
    page = keyset_page(
        with_lines(tickets), order=order.fields, cursor=request.GET.get("cursor") or None, size=PAGE_SIZE
    )
    list_log(agent, page.rows)
    problems = [error for errors in form.errors.values() for error in errors]
    if asked and asked != order.key:
        problems.append(_("This list cannot be read in that order: it is in its usual one."))
    active = chips(request, form)
    return {
        "form": form,
        "active": active,
        "problems": problems,
        "menu": menu(request, form, queue),
        "editor": editor(request, agent, form),
        "orders": [
            {"label": one.label, "url": address(request, sort=one.key), "current": one == order} for one in offered
        ],
        "order": order,
        "columns": [COLUMNS[key] for key in columns],
        "column_choices": [(column, column.key in columns) for column in COLUMNS.values()],
        "rows": rows_of(page.rows, agent, now, columns),
        "is_first_page": not request.GET.get("cursor"),
        "here": request.get_full_path(),
        "clear_url": address(request, **dict.fromkeys(form.fields, "")),
        "kept": kept(request.GET),
        "scope": queue,
        "view": view,
        "may_change_view": view is not None and may_change_view(agent, view),
        "next_url": address(request, cursor=page.next) if page.next else "",
        "previous_url": address(request, cursor=page.previous) if page.previous else "",
    }


def list_response(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page, or the part of it that htmx asks for."""
    return render_page(request, template, context, partials=PARTIALS)


def editor_only(request: HttpRequest, agent: Agent, form: TicketFilterForm) -> HttpResponse | None:
    """The form of one filter when that is all htmx asks for: the list is not read again for it."""
    htmx = getattr(request, "htmx", None)
    if not htmx or htmx.target != "filter-editor":
        return None
    return list_response(request, PARTIALS["filter-editor"], {"editor": editor(request, agent, form)})


def chips(request: HttpRequest, form: TicketFilterForm) -> list[dict[str, Any]]:
    """The filters in force, and those that are not valid: each with the address of the list without it."""
    found = []
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        wrong = name in form.errors
        if not value and not wrong:
            continue
        label = str(field.label)
        if wrong:
            label = f"{label} : {', '.join(request.GET.getlist(name))[:60]}"
        elif isinstance(value, date):
            label = f"{label} {value:%d/%m/%Y}"
        elif value is not True:
            label = f"{label} : {_names(form, name, field, value)}"
        found.append(
            {
                "name": name,
                "label": label,
                "url": address(request, **{name: ""}),
                "edit_url": "" if isinstance(field, Flag) else address(request, edit=name),
                "wrong": wrong,
            }
        )
    return found


def _names(form: TicketFilterForm, name: str, field: forms.Field, value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    known: dict[str, str] = {}
    if isinstance(field, forms.ChoiceField):
        known = {str(code): str(label) for code, label in field.choices}  # type: ignore[misc, union-attr]
    elif name == "service":
        known = {row.code: row.name for row in form.services}
    elif name == "type":
        known = dict(RequestType.objects.filter(code__in=values).values_list("code", "name"))
    elif name == "assignee":
        known = {ME: _("Me"), NOBODY: _("Nobody")}
        ids = [one for one in values if one not in known]
        if ids:
            people = Agent.objects.filter(pk__in=ids).only("first_name", "last_name", "email")
            known |= {str(person.pk): person.full_name for person in people}
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
        if name not in hidden and not form.cleaned_data.get(name) and name not in form.errors
    ]
