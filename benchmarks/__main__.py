"""``python -m benchmarks [--sizes 10000,100000] [--only a,b] [--home DIR]``: measure, and write benchmarks/results/."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import report
from benchmarks.stack import database_create, database_drop, servers, url_of

ALL = "abcdefg"


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--sizes", default="10000,100000", help="Numbers of tickets, separated by commas.")
    parser.add_argument("--only", default="", help="Letters of the workloads (default: all of them).")
    parser.add_argument(
        "--home", type=Path, help="Keep the databases there, and use again those it has (default: throw them away)."
    )
    parser.add_argument("--fresh", action="store_true", help="Write the data again, even when --home has it.")
    parser.add_argument("--no-results", action="store_true", help="Print the figures and write no file.")
    options = parser.parse_args()
    try:
        sizes = [int(size) for size in options.sizes.split(",")]
    except ValueError:
        parser.error(f"--sizes takes numbers separated by commas, not {options.sizes!r}.")
    only = options.only.replace(",", "")
    if set(only) - set(ALL):
        parser.error(f"--only takes letters from a to g, not {options.only!r}.")

    with servers(options.home) as (server_url, redis_url), tempfile.TemporaryDirectory() as scratch:
        for size in sizes:
            name = f"bench_{size}"
            if options.fresh:
                database_drop(server_url, name)
            database_create(server_url, name)
            output = Path(scratch) / f"{size}.json"
            command = [sys.executable, "-m", "benchmarks.measure", "--size", str(size), "--json", str(output)]
            env = os.environ | {
                "DATABASE_URL": url_of(server_url, name),
                "REDIS_URL": redis_url,
                "DJANGO_SETTINGS_MODULE": "grc.settings.local",
                "LOG_LEVEL": "WARNING",
            }
            done = subprocess.run([*command, "--only", only], env=env, check=False)
            if done.returncode:
                return done.returncode
            if not options.no_results:
                report.store(json.loads(output.read_text()), day=datetime.now(UTC).date())
    if not options.no_results:
        print(f"Written: {report.write_page()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
