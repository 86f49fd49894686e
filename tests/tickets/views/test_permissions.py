"""Who reaches what: 404 for what one may not see, 403 for what one sees but may not do, on every address."""

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from guardian.models import UserObjectPermission

from directory.models import Agent, Service
from directory.permissions import Permission
from directory.roles import VIEW
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tickets.actions.attachments import Upload
from tickets.models import Attachment, Message, Ticket, TicketEvent
from tickets.views.legal_panels import LEGAL_PANELS

pytestmark = pytest.mark.django_db

LISTS = ["tickets:queue", "tickets:search"]
PANELS = ["assign", "transfer", "classify", "prioritise", "callback", "callback_done", "pause", "close", "cancel"]
PANELS += ["letter_write", *LEGAL_PANELS]
PANELS += ["link", "merge", "split", "task", "tags", "requester", "mark", "unmark", "describe"]
CLICKS = ["reply", "note", "receipt_send", "take", "release", "wait", "resume", "reopen"]
CLICKS += ["reply_preview", "phone_answer", "draft_save", "draft_discard", "draft_files", "presence"]  # the composer
CLICKS += ["unlink", "unmerge", "emergency_done", "flag_done", "suggestion_accept", "suggestion_dismiss"]
READS = ["template_pick", "reply_preview_html", "colleagues"]
OF_VIEWERS = ["watch", "unwatch", "ticket_mentions_seen"]  # whoever sees the ticket
FIELDS: dict[str, dict[str, str]] = {
    "reply": {"body": "Bonjour", "then": "answered"},
    "note": {"body": "À savoir"},
    "transfer": {"service": "1", "reason": "Pas chez nous"},
    "close": {"reason": "Par téléphone"},
    "cancel": {"reason": "Doublon"},
}


def addresses(ticket: Ticket) -> list[tuple[str, str, dict[str, str]]]:
    """(method, address, fields) of everything that concerns one ticket."""
    file = Attachment.objects.get(message__ticket=ticket)
    Message.objects.filter(pk=file.message_id).update(body_html="<p>Bonjour</p>")
    found = [
        ("get", reverse("tickets:detail", args=[ticket.reference]), {}),
        ("get", reverse("tickets:attachment", args=[file.pk]), {}),
        ("get", reverse("tickets:attachment", args=[file.pk]) + "?inline=1", {}),
        ("get", reverse("tickets:preview", args=[file.pk]), {}),
        ("get", reverse("inbound:message", args=[file.message_id]), {}),
        ("get", reverse("inbound:message_html", args=[file.message_id]), {}),
        ("post", reverse("inbound:message_images", args=[file.message_id]), {}),
        ("get", reverse("tickets:aside", args=[ticket.reference]), {}),
        ("get", reverse("tickets:ticket_rights", args=[ticket.reference]), {}),
    ]
    found += [("get", reverse(f"tickets:{name}", args=[ticket.reference]), {}) for name in [*PANELS, *READS]]
    names = PANELS + CLICKS + OF_VIEWERS
    found += [("post", reverse(f"tickets:{name}", args=[ticket.reference]), FIELDS.get(name, {})) for name in names]
    return found


@pytest.fixture
def voirie() -> Service:
    return make_service("voirie")


@pytest.fixture
def ticket(voirie: Service) -> Ticket:
    return make_ticket(service=voirie, uploads=[Upload("plan.pdf", "application/pdf", b"%PDF-1.4")])


@pytest.fixture
def sensitive(voirie: Service) -> Ticket:
    kind = make_type("aide", voirie, is_sensitive=True)
    return make_ticket(request_type=kind, uploads=[Upload("rib.pdf", "application/pdf", b"%PDF-1.4")])


def viewer(service: Service) -> Agent:
    """Somebody who sees a service's tickets and may do nothing with them."""
    agent = make_agent()
    content_type = ContentType.objects.get_for_model(Service)
    permission = Permission.objects.get(content_type=content_type, codename=VIEW)
    UserObjectPermission.objects.create(
        user=agent, content_type=content_type, object_pk=str(service.pk), permission=permission
    )
    return agent


def test_every_ticket_address_is_in_these_tests() -> None:
    from tickets.urls import urlpatterns

    names = {pattern.name for pattern in urlpatterns if "<str:reference>" in str(pattern.pattern)}
    assert names == {"detail", "aside", "ticket_rights", *PANELS, *CLICKS, *READS, *OF_VIEWERS}


def test_anonymous_visitors_log_in_first(ticket: Ticket, client: Client) -> None:
    login = reverse("directory:login")
    wanted = [("get", reverse(name), {}) for name in ["tickets:start", *LISTS]] + addresses(ticket)
    for method, url, fields in wanted:
        response = assert_status(getattr(client, method)(url, fields), 302)
        assert response["Location"].startswith(f"{login}?next="), url
    assert_nothing_happened(ticket)


@pytest.mark.parametrize("role", ["back_office", "referent", "manager", "counter", "phone"])
def test_the_tickets_of_another_service_do_not_exist(role: str, ticket: Ticket, client_of: Any) -> None:
    outsider = make_agent((role, make_service("urbanisme")))
    assert_out_of_sight(client_of(outsider), ticket)


def test_elected_officials_reach_no_ticket(ticket: Ticket, client_of: Any) -> None:
    client = client_of(make_agent(("elected", make_town())))
    assert_out_of_sight(client, ticket, lists=403)


def test_an_agent_without_a_role_reaches_nothing(ticket: Ticket, client_of: Any) -> None:
    assert_out_of_sight(client_of(make_agent()), ticket, lists=403)


@pytest.mark.parametrize("role", ["counter", "phone", "manager", "pilot", "admin"])
def test_sensitive_tickets_are_a_compartment(
    role: str, voirie: Service, ticket: Ticket, sensitive: Ticket, client_of: Any
) -> None:
    client = client_of(make_agent((role, voirie)))
    assert_out_of_sight(client, sensitive)
    assert_status(client.get(reverse("tickets:detail", args=[ticket.reference])), 200)


def test_the_people_of_the_compartment_open_it(voirie: Service, sensitive: Ticket, client_of: Any) -> None:
    client = client_of(make_agent(("back_office", voirie)))
    page = client.get(reverse("tickets:detail", args=[sensitive.reference]))
    assert "Sensible" in assert_status(page, 200).content.decode()


def test_seeing_is_not_doing(voirie: Service, ticket: Ticket, client_of: Any) -> None:
    client = client_of(viewer(voirie))
    page = assert_status(client.get(reverse("tickets:detail", args=[ticket.reference])), 200).content.decode()
    for name in PANELS + CLICKS:
        url = reverse(f"tickets:{name}", args=[ticket.reference])
        assert url not in page, f"{name} is offered to somebody who may not"
        assert_status(client.post(url, FIELDS.get(name, {})), 403)
    for name in [*PANELS, *READS]:
        assert_status(client.get(reverse(f"tickets:{name}", args=[ticket.reference])), 403)
    assert_nothing_happened(ticket)
    for name in OF_VIEWERS:
        assert_status(client.post(reverse(f"tickets:{name}", args=[ticket.reference])), 302)
    aside = assert_status(client.get(reverse("tickets:aside", args=[ticket.reference])), 200).content.decode()
    for name in PANELS + CLICKS:
        assert reverse(f"tickets:{name}", args=[ticket.reference]) not in aside


def test_giving_a_ticket_to_a_colleague_needs_the_right_to_assign(
    voirie: Service, ticket: Ticket, client_of: Any
) -> None:
    colleague = make_agent(("back_office", voirie))
    url = reverse("tickets:assign", args=[ticket.reference])
    client = client_of(make_agent(("back_office", voirie)))
    assert_status(client.post(url, {"assignee": colleague.pk}), 403)
    assert url not in client.get(reverse("tickets:detail", args=[ticket.reference])).content.decode()
    assert_status(client_of(make_agent(("referent", voirie))).post(url, {"assignee": colleague.pk}), 302)
    ticket.refresh_from_db()
    assert ticket.assignee == colleague


def test_a_ticket_goes_only_to_those_who_can_see_it(
    voirie: Service, sensitive: Ticket, ticket: Ticket, client_of: Any
) -> None:
    """The form offers them only, and refuses the number of anybody else."""
    stranger = make_agent(("back_office", make_service("urbanisme")))
    counter = make_agent(("counter", voirie))
    client = client_of(make_agent(("referent", voirie)))
    url = reverse("tickets:assign", args=[sensitive.reference])
    page = client.get(url).content.decode()
    assert counter.full_name not in page
    assert stranger.full_name not in page
    for other in (stranger, counter):
        assert_status(client.post(url, {"assignee": other.pk}), 422)
    assert counter.full_name in client.get(reverse("tickets:assign", args=[ticket.reference])).content.decode()


def test_a_forged_reference_looks_like_a_hidden_one(ticket: Ticket, client_of: Any) -> None:
    client = client_of(make_agent(("back_office", make_service("urbanisme"))))
    forged = client.get(reverse("tickets:detail", args=["G-22222-22222"]))
    hidden = client.get(reverse("tickets:detail", args=[ticket.reference]))
    assert forged.status_code == hidden.status_code == 404
    assert ticket.subject not in hidden.content.decode()


def test_an_unknown_file_or_queue_is_a_404(voirie: Service, client_of: Any) -> None:
    client = client_of(make_agent(("back_office", voirie)))
    assert_status(client.get(reverse("tickets:attachment", args=[999_999])), 404)
    page = assert_status(client.get(reverse("tickets:queue", args=["everything"])), 404).content.decode()
    assert f'href="{reverse("tickets:start")}"' in page, "an agent goes back to the workspace"
    assert reverse("tickets:start") not in assert_status(Client().get("/nowhere/"), 404).content.decode()


def assert_out_of_sight(client: Client, ticket: Ticket, lists: int = 200) -> None:
    for method, url, fields in addresses(ticket):
        assert_status(getattr(client, method)(url, fields), 404)
    for name in LISTS:
        for query in ({}, {"q": ticket.subject}, {"q": ticket.reference}):
            page = assert_status(client.get(reverse(name), query), lists)
            assert reverse("tickets:detail", args=[ticket.reference]) not in page.content.decode()
    assert_nothing_happened(ticket)


def assert_nothing_happened(ticket: Ticket) -> None:
    before = Ticket.objects.get(pk=ticket.pk)
    assert (before.status, before.assignee_id, before.service_id) == ("new", None, ticket.service_id)
    assert Message.objects.filter(ticket=ticket).count() == 1
    assert not TicketEvent.objects.filter(ticket=ticket, actor__isnull=False).exists()
