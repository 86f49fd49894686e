"""The broker is a messenger: what it was not told is found in the database."""

import subprocess
import sys

import pytest
from django.conf import settings

from core.jobs import enqueue
from grc.beat_schedule import BEAT_SCHEDULE
from tests.conftest import eventually, worker_environment
from tests.support.factories import make_service, make_type
from tickets.models import Ticket

NOBODY = "redis://127.0.0.1:1/0"
OPEN_ONE = """
import time
from django.test import Client
from django.utils import timezone
from tests.support.factories import make_ticket
began = time.monotonic()
ticket = make_ticket(routed=False)
assert time.monotonic() - began < 5, "the citizen waited for a broker that is down"
assert Client(headers={"host": "localhost"}).get("/suivi/").status_code == 200
assert Client(headers={"host": "localhost"}).get("/readyz").status_code == 503
print(ticket.reference)
"""


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_request_made_while_the_broker_is_down_is_routed_by_the_sweep(worker):
    make_type("eclairage", make_service("voirie"), keywords=["lampadaire"])
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", OPEN_ONE],
        cwd=settings.BASE_DIR,
        env=worker_environment() | {"REDIS_URL": NOBODY, "DJANGO_SETTINGS_MODULE": "grc.settings.test"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ticket = Ticket.objects.get(reference=done.stdout.strip().splitlines()[-1])
    assert ticket.routed_at is None
    assert ticket.service.is_pilot  # never without a service, even then
    enqueue("tickets.sweep_unrouted")
    eventually(lambda: Ticket.objects.filter(pk=ticket.pk, service__code="voirie").exists())


def test_the_sweeps_run_within_a_minute():
    for name in ("channels_intake.sweep_inbound", "tickets.sweep_unrouted", "notifications.sweep_outbox"):
        entry = next(entry for entry in BEAT_SCHEDULE.values() if entry["task"] == name)
        assert entry["schedule"] <= 60
