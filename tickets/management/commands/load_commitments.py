from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.errors import DomainError
from tickets.actions.clocks.presets import Preset, preset_load, presets, presets_loaded


class Command(BaseCommand):
    help = "Load service commitments ready to use (guichet unique 72 h, Marianne…); they can be changed afterwards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("preset", nargs="?", help="The code of the commitments to load.")
        parser.add_argument("--list", action="store_true", help="Say what there is to load, and what is loaded.")

    def handle(self, *args: Any, preset: str | None, list: bool, **options: Any) -> None:
        if list or preset is None:
            loaded = presets_loaded()
            for each in presets().values():
                self._describe(each, each.code in loaded)
            return
        try:
            row = preset_load(preset=preset, actor=None, now=timezone.now())
        except DomainError as error:
            raise CommandError(str(error.message)) from None
        if row is None:
            self.stdout.write(f"{preset}: loaded already, nothing to change.")
        else:
            self.stdout.write(f"{preset}: loaded. The worker counts the open requests again.")

    def _describe(self, preset: Preset, is_loaded: bool) -> None:
        state = "loaded" if is_loaded else "default" if preset.is_default else ""
        self.stdout.write(f"{preset.code}{f' ({state})' if state else ''}: {preset.summary}")
        for figure in preset.figures:
            self.stdout.write(f"    figure of the dashboard, not a clock: {figure}")
