import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tickets.deadlines.legal import CaseError, answer
from tickets.deadlines.legal_cases import answer_to_json, case_from_json
from tickets.legal_wording import error_text


class Command(BaseCommand):
    """Reads and writes what `tickets.deadlines.legal_cases` describes. Needs neither the database nor the servers."""

    help = "Read a JSON list of legal cases on standard input, write their implicit decisions as a JSON list."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            cases = json.loads(sys.stdin.buffer.read())
        except (ValueError, RecursionError) as error:
            raise CommandError(f"Standard input is not JSON: {error}") from None
        if not isinstance(cases, list):
            raise CommandError("Standard input must be a JSON list of cases.")
        self.stdout.write(json.dumps([answered(case) for case in cases], indent=1))


def answered(data: object) -> dict[str, Any]:
    """The answer to one case; ``{"error": "field: sentence"}`` when it makes no sense."""
    try:
        return answer_to_json(answer(case_from_json(data)))
    except CaseError as refusal:
        return {"error": f"{refusal.field}: {error_text(refusal)}"}
