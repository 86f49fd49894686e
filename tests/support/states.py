"""All that a ticket is, to see that undoing gives it back."""

from typing import Any

from django.forms.models import model_to_dict

from tickets.models import ClockPause, Deadline, Mention, Message, Ticket, TicketText, Watcher

LIVE = ("running", "paused")


def state_of(ticket: Ticket) -> dict[str, Any]:
    """Everything of a ticket but when it was last touched, its history and the clocks that were cancelled."""
    row = model_to_dict(Ticket.objects.get(pk=ticket.pk), exclude=["updated_at"])
    clocks = Deadline.objects.filter(ticket=ticket).exclude(state="cancelled").order_by("kind", "pk")
    return row | {
        "messages": list(Message.objects.filter(ticket=ticket).order_by("pk").values_list("pk", "body")),
        "mentions": list(Mention.objects.filter(ticket=ticket).values_list("pk", flat=True)),
        "clocks": [model_to_dict(clock) for clock in clocks],
        "pauses": list(ClockPause.objects.filter(ticket=ticket).values_list("pk", "started_at", "ended_at")),
        "tasks": sorted(ticket.tasks.values_list("pk", flat=True)),
        "watchers": sorted(Watcher.objects.filter(ticket=ticket).values_list("agent_id", flat=True)),
        "text": TicketText.objects.get(ticket=ticket).body.split("\n"),
    }
