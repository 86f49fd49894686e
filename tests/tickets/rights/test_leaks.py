"""Sensitive types are compartments: nothing that an agent without the right can open, search, export, receive or hear
says a word of such a ticket. The walk takes every GET address of the agents' pages and of the API from the URL
configuration itself: a page added tomorrow is walked too, and a new kind of parameter must be given values here.
"""

import itertools
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db.models import Model
from django.http import QueryDict
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from channels_intake.email.processing import mail_process
from channels_intake.email.storing import mail_store
from channels_intake.models import InboundMail, Mailbox
from core import live
from dashboard.figures import FIGURES
from directory.actions.citizens import Requester, citizen_identify
from directory.models import Agent, Citizen, ContactPoint
from notifications.models import Notice, OutboundMessage
from tests.support.api import api_client
from tests.support.factories import make_agent, make_citizen, make_service, make_ticket, make_town, make_type
from tickets.actions.clocks.enforcement import deadlines_enforce
from tickets.actions.lists.exports import export_run, export_start
from tickets.actions.lists.saved_views import view_save
from tickets.actions.messages import note_add, reply_send
from tickets.actions.processing import ticket_transfer
from tickets.actions.teamwork.links import ticket_link
from tickets.actions.teamwork.tasks import task_add
from tickets.actions.teamwork.watching import ticket_watch
from tickets.listing import list_to_export
from tickets.models import Attachment, Export, Letter, Message, Ticket, TicketTask
from tickets.selectors.queues import QUEUE_KEYS

pytestmark = pytest.mark.django_db(transaction=True)
SECRET, WHO = "zorglubine", "Quibracaille"  # in everything the tickets say; in the name of who wrote them
WALKED = ("agents/", "pilotage/", "elus/", "api/v1/", "admin/")
WORKS = "Voisine"  # who works on the plain ticket opens each of its panels, the others its page
PAGE = re.compile(r"<str:reference>/(a-cote/)?$")
LEFT_OUT = re.compile(
    r"admin/(jsi18n|autocomplete|r/|login|logout|password)|\.css$|app_label|object_id|P<url>|<path:|api/v1/schema"
)


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    root, ccas, voirie = make_town(), make_service("ccas", "Action sociale"), make_service("voirie", "Voirie")
    heard: list[str] = []
    monkeypatch.setattr(live, "_send", lambda event: heard.append(json.dumps(event)))
    aid = make_type("aide", ccas, is_sensitive=True, keywords=["zorglubine"])
    social = make_agent(("referent", ccas), ("manager", voirie), first_name="Sonia", last_name="Sociale")
    now = timezone.now() - timedelta(days=10)
    neighbour = make_citizen("Claire Vasseur", "claire@example.org", "06 39 98 12 34")
    words = {
        "subject": f"Dossier {SECRET}",
        "body": f"Je demande la {SECRET} d’urgence.",
        "location": f"12 rue {SECRET}",
        "request_type": aid,
        "now": now,
    }
    unknown = citizen_identify(Requester(name=f"Rose {WHO}", email="rose@example.org", phone="06 39 98 77 77"))
    secret = make_ticket(citizen=unknown, **words)
    theirs = make_ticket(citizen=neighbour, **words)
    plain = make_ticket(citizen=neighbour, request_type=make_type("eclairage", voirie), subject="Lampadaire éteint")
    everyone = {
        role: make_agent((role, root), is_staff=role == "admin") for role in ("phone", "manager", "elected", "admin")
    }
    for ticket in (secret, theirs):
        reply_send(
            ticket=ticket, actor=social, body=f"Votre {SECRET} est accordée.", now=now + timedelta(days=1), then="open"
        )
        note_add(ticket=ticket, actor=social, body=f"La {SECRET} ?", now=now + timedelta(days=1))
        task_add(
            ticket=ticket,
            title="Vérifier une serrure",
            service=voirie,
            due_at=timezone.now() + timedelta(days=1),
            actor=social,
            now=timezone.now(),
        )
        ticket_link(ticket=ticket, target=plain, kind="related", actor=social, now=timezone.now())
        ticket_watch(ticket=ticket, agent=social, now=now)
        message = ticket.messages.first()
        assert message is not None
        ticket.messages.update(body_html=f"<p>{SECRET}</p>")
        Attachment.objects.create(
            message=message,
            file=ContentFile(SECRET.encode(), "piece.txt"),
            name=f"{SECRET}.txt",
            content_type="text/plain",
            size=10,
            sha256="0" * 64,
        )
    box = Mailbox.objects.create(address="mairie@rives-sur-orme.example")
    raw = f"From: Rose {WHO} <rose@example.org>\r\nSubject: {SECRET}\r\nMessage-ID: <1@x>\r\n\r\n{SECRET}\r\n"
    [mail] = mail_store(mailbox_ids=[box.pk], raw=raw.encode(), envelope_from="rose@example.org")
    mail_process(mail_id=mail, now=timezone.now())
    assert InboundMail.objects.get().ticket.is_sensitive  # type: ignore[union-attr]
    deadlines_enforce(now=timezone.now())
    secrets = list(Ticket.objects.filter(is_sensitive=True))
    assert len(secrets) == 3
    return {
        "agents": everyone | {"neighbour": make_agent(("referent", voirie), last_name=WORKS)},
        "secrets": secrets,
        "plain": plain,
        "social": social,
        "heard": heard,
        "voirie": voirie,
    }


def addresses(patterns: Any, prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif route.startswith(WALKED) and not LEFT_OUT.search(route):
            yield route.replace("^", "").replace("$", "").replace("\\Z", "")


# whose numbers stand in the addresses that begin so; the others are given the number 1
NUMBERED: dict[str, type[Model]] = {
    "agents/pieces/": Attachment,
    "agents/courriers/": Letter,
    "agents/taches/": TicketTask,
    "agents/exports/": Export,
    "agents/envois/": OutboundMessage,
    "agents/courrier-entrant/message/": Message,
    "agents/courrier-entrant/": InboundMail,
    "agents/alertes/": Notice,
    "agents/personnes/": Citizen,
}


def values_of(town: dict[str, Any], route: str) -> dict[str, list[Any]]:
    """What stands for each parameter of an address."""
    model = next((model for start, model in NUMBERED.items() if route.startswith(start)), None)
    people = sorted({ticket.requester_id for ticket in town["secrets"]})
    return {
        "<str:reference>": [town["secrets"][0].reference, town["plain"].reference],
        "<int:pk>": list(model._default_manager.order_by("pk").values_list("pk", flat=True)[:6]) if model else [1],
        "<int:file_pk>": [1],
        "<int:number>": [1],
        "<int:point>": list(ContactPoint.objects.order_by("pk").values_list("pk", flat=True)[:1]),
        "<int:one>": people[:1],
        "<int:other>": people[1:2],
        "<slug:key>": sorted(QUEUE_KEYS),
        "<slug:figure>": sorted(FIGURES),
        "<slug:step>": ["appeler"],
        "<slug:kind>": ["answer"],
        "<slug:way>": ["haut"],
        "<slug:do>": ["annuler"],
        "<id>": [1],
    }


def walk(town: dict[str, Any], agent: Agent) -> Iterator[str]:
    for route in sorted(set(addresses(get_resolver().url_patterns))):
        if route.startswith("admin/") and not agent.is_staff:
            continue
        known = values_of(town, route)
        names = re.findall(r"<[^>]+>", route)
        assert set(names) <= set(known), f"give values to the parameters of {route}"
        if route.startswith("agents/demandes/<str:reference>/") and agent.last_name != WORKS and not PAGE.search(route):
            known["<str:reference>"] = [town["secrets"][0].reference]
        for chosen in itertools.product(*(known[name] for name in names)):
            address = route
            for name, value in zip(names, chosen, strict=True):
                address = address.replace(name, str(value), 1)
            yield f"/{address}"


def asked(address: str) -> list[str]:
    """The address as it is, and the lists narrowed to what would give the tickets away."""
    if address in {"/agents/recherche/", "/api/v1/tickets/"}:
        queries = [
            SECRET,
            SECRET[:6],
            f"{SECRET} urgence",
            WHO,
            WHO[:6],
            WHO[:-2] + WHO[-1],
            "rose@example.org",
            "7777",
        ]
        return [address, *(f"{address}?q={query}" for query in queries), f"{address}?q={SECRET}&sort=best"]
    if address in {"/agents/telephone/", "/agents/guichet/", "/agents/personnes/", "/agents/connaissances/"}:
        return [address, f"{address}?q={SECRET}", f"{address}?q={WHO}"]
    if address == "/agents/demandes/":
        return [address, f"{address}?sensitive=1", f"{address}?place={SECRET}"]
    return [address]


# those who take calls and visits recognise whoever comes: the name is known to them, never what was asked
RECOGNISES = {"phone", "admin"}


@pytest.mark.parametrize("role", ["manager", "admin", "phone", "elected", "neighbour"])
def test_no_page_says_a_word_of_a_sensitive_ticket(town, client_of, role):
    agent: Agent = town["agents"][role]
    hidden = [SECRET] if role in RECOGNISES else [SECRET, WHO.lower()]
    browser, program, seen = client_of(agent), api_client(agent), 0
    leaks, broken = [], []
    for address in walk(town, agent):
        for url in asked(address):
            response = (program if url.startswith("/api/") else browser).get(url)
            if response.status_code >= 500:
                broken.append(url)
            content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
            text = content.decode(errors="replace").lower()
            typed = url.partition("?")[2].lower()
            seen += response.status_code == 200
            leaks += [
                f"{url}: {text[max(0, at - 200) : at + 60]!r}" for word in hidden for at in _said(text, word, typed)
            ]
    assert not broken
    assert not leaks, f"{len(leaks)} leaks\n" + "\n\n".join(leaks[:12])
    assert seen > 8, "the walk opened hardly anything"


def _said(text: str, word: str, typed: str) -> list[int]:
    """Where a page says the word, but for what was typed: in its box, its title, its links and the filters in force."""
    if word[:5] in typed:
        text = re.sub(
            r"<(title|h1).*?</\1>|filter-chip.*?</li>|value=\"[^\"]*\"|(?:href|hx-get|action)=\"[^\"]*\"|«.*?»|“.*?”",
            "",
            text,
            flags=re.S,
        )
        text = re.sub(r"\"next\":\"[^\"]*\"", "", text)
    return [match.start() for match in re.finditer(re.escape(word), text)][:1]


def test_those_who_process_the_files_do_see_them(town, client_of):
    """Without this the walk would prove nothing."""
    client = client_of(town["social"])
    assert SECRET in client.get(f"/agents/demandes/{town['secrets'][0].reference}/").content.decode()
    assert SECRET in client.get(f"/agents/recherche/?q={SECRET}").content.decode()
    assert len(client.get(f"/agents/recherche/?q={SECRET}").context["rows"]) == 3
    assert WHO in client.get(f"/agents/recherche/?q={WHO[:-2]}{WHO[-1]}", follow=True).content.decode()


@pytest.mark.parametrize("role", ["manager", "admin", "neighbour"])
def test_no_view_counter_or_export_counts_one(town, client_of, role):
    agent: Agent = town["agents"][role]
    for query in (f"q={SECRET}", "sensitive=1"):
        view_save(actor=agent, name=f"Vue {query}", queue="", query=query)
        export = export_start(
            actor=agent, queue="", query=query, columns=("reference",), format="csv", now=timezone.now()
        )
        export_run(export_id=export.pk, listed=list_to_export)
        export.refresh_from_db()
        assert (export.status, export.rows) == ("done", 0), query
        assert not list_to_export(agent, "", QueryDict(query).urlencode(), timezone.now())[0].exists()
    page = client_of(agent).get("/agents/vues/compteurs/").content.decode()
    assert not re.search(r"\b[1-9]\d*\b", re.sub(r"vue[^<\"]*|pk|view-\d+|\d+:", "", re.sub(r"\"\d+\":", "", page))), (
        page
    )


def test_no_alert_notice_or_live_event_says_a_word(town):
    insiders = {town["social"].email, "rose@example.org", "claire@example.org"}
    for mail in OutboundMessage.objects.exclude(to_address__in=insiders):
        assert SECRET not in f"{mail.subject} {mail.body}", mail.to_address
    for notice in Notice.objects.exclude(agent=town["social"]):
        said = " ".join(str(value) for name, value in vars(notice).items() if not name.startswith("_"))
        assert SECRET not in said, said
        assert WHO not in said, said
    assert not [event for event in town["heard"] if SECRET in event or WHO in event]


def test_a_ticket_that_becomes_sensitive_leaves_the_sight_of_the_others(town, client_of):
    manager = client_of(town["agents"]["manager"])
    plain = town["plain"]
    address = f"/agents/demandes/{plain.reference}/"
    assert manager.get(address).status_code == 200
    Ticket.objects.filter(pk=plain.pk).update(is_sensitive=True)
    assert manager.get(address).status_code == 404
    assert plain.reference not in manager.get("/agents/recherche/?q=lampadaire").content.decode()
    ticket_transfer(
        ticket=Ticket.objects.get(pk=plain.pk),
        service=town["secrets"][0].service,
        reason="Pour le CCAS",
        actor=town["agents"]["neighbour"],
        now=timezone.now(),
    )
    assert manager.get(address).status_code == 404
