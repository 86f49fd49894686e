"""``manage.py learn_routing``: learn the routing from the town's tickets, now, and say what it is worth."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.errors import Conflict
from tickets.actions.routing.training import bounds_set, training_ask, training_run
from tickets.models import RoutingModel, RoutingTraining


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--training", type=int, help="An asked training (the worker's own use).")

    def handle(self, *_args: Any, training: int | None = None, **_options: Any) -> None:
        bounds_set()
        if training is None:
            try:
                training = training_ask(actor=None, now=timezone.now(), tell=False).pk
            except Conflict as refusal:
                raise CommandError(refusal.message) from refusal
        model = training_run(training_id=training, now=timezone.now())
        row = RoutingTraining.objects.get(pk=training)
        self.stdout.write(_summary(model) if model else row.error or "Nothing to do.")


def _summary(model: RoutingModel) -> str:
    figures = model.report["all"]
    share = f"{figures['right'] / figures['tickets']:.1%}" if figures["tickets"] else "-"
    keywords = f"{figures['keywords_right'] / figures['tickets']:.1%}" if figures["tickets"] else "-"
    used = "in use" if model.is_current else "not used: worse than what is in use"
    return (
        f"Version {model.pk}, {used}. {model.samples} tickets; of the {figures['tickets']} latest, not shown to it, "
        f"{share} right (keywords alone: {keywords})."
    )
