"""The sample questions of the citizens' form that ship with the catalogue."""

import tomllib
from pathlib import Path

from django.db import transaction

from directory.models import RequestType
from directory.questions import questions_check

FILE = Path(__file__).resolve().parent.parent / "data" / "questions.toml"


@transaction.atomic
def questions_load() -> int:
    """Give the types of data/questions.toml their questions, but those that have some; how many types."""
    wanted = tomllib.loads(FILE.read_text(encoding="utf-8"))
    changed = 0
    for kind in RequestType.objects.select_for_update(no_key=True).filter(code__in=wanted, questions=[]):
        kind.questions = [question.dump() for question in questions_check(wanted[kind.code])]
        kind.save(update_fields=["questions"])
        changed += 1
    return changed
