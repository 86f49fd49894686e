"""TICKETS tickets of the same texts as ours, one reply to each closed one; prints the session of an agent.

Run by the Python of the peer's own environment, from the root of this repository.
"""

import random
from datetime import timedelta

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.words import Writer  # noqa: E402

TICKETS, DAYS = 1_000, 730
OPEN, CLOSED = 1, 4  # its own numbers

User, Queue, Ticket, FollowUp = (
    apps.get_model(name) for name in ("auth.User", "helpdesk.Queue", "helpdesk.Ticket", "helpdesk.FollowUp")
)


def fill() -> None:
    rng, now = random.Random(2026), timezone.now()
    writer = Writer(rng)
    queues = [Queue.objects.create(title=f"Service {n}", slug=f"service-{n}") for n in range(12)]
    agents = [User.objects.create_user(f"agent-{n}", is_staff=True) for n in range(20)]
    tickets = Ticket.objects.bulk_create(
        Ticket(
            title=writer.subject(),
            description=writer.body(),
            queue=rng.choice(queues),
            created=now - timedelta(days=DAYS * n / TICKETS),
            modified=now,
            submitter_email=f"habitant{rng.randrange(TICKETS // 2)}@example.org",
            status=OPEN if rng.random() < 0.3 else CLOSED,
            assigned_to=rng.choice(agents) if rng.random() < 0.6 else None,
            secret_key=str(n),
        )
        for n in range(TICKETS)
    )
    FollowUp.objects.bulk_create(
        FollowUp(
            ticket=ticket,
            date=ticket.created + timedelta(days=4),
            title="Réponse",
            comment=writer.body(),
            public=True,
            user=rng.choice(agents),
        )
        for ticket in tickets
        if ticket.status == CLOSED
    )


if not Ticket.objects.exists():
    fill()
agent, _new = User.objects.get_or_create(username="supervisor", defaults={"is_staff": True, "is_superuser": True})
client = Client()
client.force_login(agent)
print(client.cookies["sessionid"].value)
