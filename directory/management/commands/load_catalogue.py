from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from directory.actions.catalogue import catalogue_load


class Command(BaseCommand):
    help = "Create or update the request types of a CSV file. Writes nothing when anything in the file is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="The catalogue, such as directory/data/catalogue.csv.")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        report = catalogue_load(data)
        if report.errors:
            for problem in report.errors:
                self.stderr.write(str(problem))
            raise CommandError(f"{file}: {len(report.errors)} to correct. Nothing was written.")
        self.stdout.write(
            f"Catalogue: {report.created} created, {report.updated} updated, {report.unchanged} unchanged."
        )
