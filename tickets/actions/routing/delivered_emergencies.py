"""The words of emergency that Guichet is delivered with (``data/emergencies.toml``): added where they are missing, put
back one by one when an administrator asks. An emergency is known by its name; what a town wrote is never replaced
without asking."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import transaction

from tickets.actions.clocks.commitments_change import version_bump
from tickets.models import Emergency

FILE = Path(__file__).resolve().parents[2] / "data" / "emergencies.toml"


@lru_cache(maxsize=1)
def delivered() -> dict[str, dict[str, Any]]:
    """The fields of each delivered emergency, by its name. Read only."""
    return {
        body["name"]: {
            "words": body["phrases"],
            "unless": body.get("unless", []),
            "instruction": body["instruction"].strip(),
            "priority": body["priority"],
        }
        for body in tomllib.loads(FILE.read_text(encoding="utf-8")).values()
    }


def is_changed(row: Emergency) -> bool:
    """Whether ``row`` is a delivered emergency that the town changed, or that a former version delivered otherwise."""
    return any(getattr(row, field) != value for field, value in delivered().get(row.name, {}).items())


@transaction.atomic
def emergencies_load() -> int:
    """Add the delivered emergencies whose name is not there; how many. Those that are there stay as they are."""
    known = set(Emergency.objects.values_list("name", flat=True))
    missing = [Emergency(name=name, **fields) for name, fields in delivered().items() if name not in known]
    Emergency.objects.bulk_create(missing)
    if missing:
        version_bump()
    return len(missing)


@transaction.atomic
def emergency_restore(emergency_id: int) -> Emergency | None:
    """Put an emergency back as it is delivered: phrases, exceptions, instruction and priority; it stays active or not.
    None when there is no such delivered emergency."""
    row = Emergency.objects.select_for_update(no_key=True).filter(pk=emergency_id, name__in=delivered()).first()
    if row is not None:
        for field, value in delivered()[row.name].items():
            setattr(row, field, value)
        row.save(update_fields=list(delivered()[row.name]))
        version_bump()
    return row
