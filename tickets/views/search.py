"""One box, every ticket the agent may see, closed ones included, and the people behind them."""

import hashlib
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.guards import agent_required
from core.text import one_line
from directory.contacts import display_phone
from directory.models import Agent
from tickets.actions.rights.access import list_log
from tickets.context_processors import view_in_use
from tickets.listing import found_in
from tickets.search_terms import Terms, read
from tickets.selectors.orders import BEST, orders_of
from tickets.selectors.people_found import Person, corrections_found, people_found
from tickets.selectors.search import Found, best_first
from tickets.selectors.visible import tickets_visible_to
from tickets.views.columns import SEARCH_COLUMNS
from tickets.views.common import agent_of, require_workspace
from tickets.views.found_marks import found_mark
from tickets.views.listing import editor_only, list_response, listing


@require_safe
@agent_required
def search(request: HttpRequest) -> HttpResponse:
    """People first, then tickets, the newest or the best first. A whole reference opens its ticket; a search that finds
    nothing goes on with the names that were perhaps meant (``typed`` then keeps what was)."""
    agent = agent_of(request)
    require_workspace(agent)
    terms = read(one_line(request.GET.get("q", ""), 200))
    if terms.reference and tickets_visible_to(agent).filter(reference=terms.reference).exists():
        return redirect("tickets:detail", terms.reference)
    now = timezone.now()
    found, form = found_in("", agent, request.GET, now)
    if (part := editor_only(request, agent, form)) is not None:
        return part
    orders = list(orders_of("", closed=form.keeps_closed))
    if terms.words:
        orders.insert(1, BEST)
        if request.GET.get("sort") == BEST.key:
            found = Found(best_first(found, terms.words))
    view = view_in_use(request, agent)
    context = listing(request, agent, found, form, now, orders=orders, usual_columns=SEARCH_COLUMNS, view=view)
    people, more = people_found(agent, terms) if terms.text and context["is_first_page"] else ([], False)
    list_log(agent, [ticket for person in people for ticket in person.open_tickets])
    typed = one_line(request.GET.get("typed", ""), 200)
    nothing = not people and not context["rows"] and context["is_first_page"]
    if nothing and not typed and not context["active"] and (meant := _meant(agent, terms)):
        return redirect(f"{request.path}?{urlencode({'q': meant[0], 'typed': terms.text})}")
    found_mark([row.ticket for row in context["rows"]], _to_mark(terms))
    context |= {"is_search": True, "global_query": terms.text, "query": terms.text}
    context |= {"people": [_card(person) for person in people], "more_people": more}
    context |= {"typed": typed, "meant": _others(request, agent, typed, terms.text) if typed else []}
    return list_response(request, "tickets/search.html", context)


def _to_mark(terms: Terms) -> list[str]:
    """The words to show in what was found: none when it was found by its reference or by a way to reach somebody."""
    if terms.reference_start or terms.contact or terms.email_start or terms.digits:
        return []
    return [word for word in terms.words if len(word) > 2]


def _card(person: Person) -> dict[str, Any]:
    contacts = [value if "@" in value else display_phone(value) for value in person.contacts]
    return {"person": person, "contacts": contacts, "hidden": person.open_count - len(person.open_tickets)}


def _others(request: HttpRequest, agent: Agent, typed: str, shown: str) -> list[dict[str, str]]:
    """What else was perhaps meant by ``typed``."""
    return [
        {"text": other, "url": f"{request.path}?{urlencode({'q': other, 'typed': typed})}"}
        for other in _meant(agent, read(typed))
        if other != shown
    ]


def _meant(agent: Agent, typed: Terms) -> list[str]:
    """What was perhaps meant, kept for the page that the first one leads to: finding it reads much."""
    key = f"meant:{agent.pk}:{hashlib.sha256(typed.text.encode()).hexdigest()}"
    return cache.get_or_set(key, lambda: [each.text for each in corrections_found(agent, typed)], 20) or []
