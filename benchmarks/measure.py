"""One size, in its own process because Django is bound to one database: prepare, start the processes, measure."""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.stack import Stack


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.measure")
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--json", type=Path, required=True)
    options = parser.parse_args()

    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    figures: dict[str, Any] = {"size": options.size, "workloads": {}}
    staff, figures["generated_seconds"] = _prepare(options.size)
    figures["database"] = database_facts()

    from benchmarks.workloads import WORKLOADS, Bench

    with Stack(os.environ["DATABASE_URL"], os.environ["REDIS_URL"]) as stack:
        bench = Bench(stack, staff)
        for name in WORKLOADS:
            if options.only and name[0] not in options.only:
                continue
            figures["workloads"][name] = getattr(bench, name.replace("-", "_"))()
            print(f"  {options.size:>9,}  {name}  {_line(figures['workloads'][name])}", flush=True)
            options.json.write_text(json.dumps(figures, indent=2))


def _prepare(size: int) -> tuple[Any, float | None]:
    from django.utils import timezone

    from benchmarks.bare import is_whole
    from benchmarks.data import generate
    from benchmarks.town import staff_load, town_create
    from directory.models import Town

    if Town.objects.exists():
        if not is_whole():
            raise SystemExit("The data was not written to its end: run it again with --fresh.")
        return staff_load(), None
    start = time.perf_counter()
    staff = town_create()
    generate(size, staff, now=timezone.now())
    seconds = round(time.perf_counter() - start, 1)
    print(f"  {size:>9,}  written in {seconds} s", flush=True)
    return staff, seconds


def database_facts() -> dict[str, Any]:
    """How the server is set, and how much it holds."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), current_setting('shared_buffers'), current_setting('fsync'),"
            " current_setting('synchronous_commit'), pg_database_size(current_database()),"
            " (SELECT count(*) FROM tickets_ticket)"
        )
        version, buffers, fsync, commit, size, tickets = cursor.fetchone()
    return {
        "postgresql": version,
        "shared_buffers": buffers,
        "fsync": fsync,
        "synchronous_commit": commit,
        "megabytes": round(size / 1e6),
        "tickets": tickets,
    }


def _line(figures: dict[str, Any]) -> str:
    return "  ".join(f"{name} {value}" for name, value in figures.items())


if __name__ == "__main__":
    sys.exit(main())
