"""The reply templates every town starts with (``data/reply_templates.toml``)."""

import tomllib
from datetime import datetime
from pathlib import Path

from django.db import transaction

from knowledge.models import ReplyTemplate
from tickets.actions.replies.templates import template_save

FILE = Path(__file__).resolve().parents[2] / "data" / "reply_templates.toml"


def delivered() -> list[dict[str, str]]:
    """``title`` and ``body`` of each."""
    entries: list[dict[str, str]] = tomllib.loads(FILE.read_text(encoding="utf-8"))["templates"]
    return entries


@transaction.atomic
def templates_load(now: datetime) -> int:
    """Write them when the town has no template at all, retired ones included; how many were written."""
    if ReplyTemplate.objects.exists():
        return 0
    entries = delivered()
    for entry in entries:
        template = ReplyTemplate(title=entry["title"], body=entry["body"].strip())
        template_save(template=template, actor=None, now=now)
    return len(entries)
