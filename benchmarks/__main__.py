"""``python -m benchmarks [--sizes 10000,100000] [--only a,b] [--home DIR]``: measure, and write benchmarks/results/.

Workloads a to g are measured at each size; h (``benchmarks.sweep``) grows a database of its own, thrown away; i
(``benchmarks.routing``) is how often the request type is found, and needs no server; j (``benchmarks.peer``), which
comes only when its letter is given, is what our pages take beside one of another program, at each size.
"""

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

ALL = "abcdefghi"
SWEEP, ROUTING, PEER = "h", "i", "j"


class Measures:
    """Each measure is a process of its own, because Django is bound to one database."""

    def __init__(self, server_url: str, redis_url: str, scratch: Path, *, store: bool) -> None:
        self.server_url, self.redis_url, self.scratch, self.store = server_url, redis_url, scratch, store

    def size(self, size: int, *, only: str, fresh: bool) -> int:
        """Workloads a to g at one size; the exit code of the process."""
        name = f"bench_{size}"
        if fresh:
            database_drop(self.server_url, name)
        database_create(self.server_url, name)
        output = self.scratch / f"{size}.json"
        done = self._run(name, "benchmarks.measure", "--size", str(size), "--json", str(output), "--only", only)
        if not done and self.store:
            report.store(json.loads(output.read_text()), day=datetime.now(UTC).date())
        return done

    def sweep(self, counts: str) -> int:
        """Workload h; the exit code of the process."""
        name, output = "bench_sweep", self.scratch / "sweep.json"
        database_drop(self.server_url, name)
        database_create(self.server_url, name)
        try:
            done = self._run(name, "benchmarks.sweep", "--open", counts, "--json", str(output))
        finally:
            database_drop(self.server_url, name)
        if not done and self.store:
            report.store_sweep(json.loads(output.read_text()), day=datetime.now(UTC).date())
        return done

    def routing(self) -> int:
        """Workload i; the exit code of the process."""
        output = self.scratch / "routing.json"
        done = self._run("postgres", "benchmarks.routing", "--json", str(output))
        if not done and self.store:
            report.store_routing(json.loads(output.read_text()), day=datetime.now(UTC).date())
        return done

    def peer(self, size: int, home: Path) -> int:
        """Workload j at a size that was measured before; the exit code of the process."""
        output = self.scratch / f"peer-{size}.json"
        done = self._run(f"bench_{size}", "benchmarks.peer.measure", "--home", str(home), "--json", str(output))
        if not done and self.store:
            report.store_peer(json.loads(output.read_text()), day=datetime.now(UTC).date())
        return done

    def _run(self, database: str, module: str, *arguments: str) -> int:
        env = os.environ | {
            "DATABASE_URL": url_of(self.server_url, database),
            "REDIS_URL": self.redis_url,
            "DJANGO_SETTINGS_MODULE": "grc.settings.local",
            "LOG_LEVEL": "WARNING",
        }
        return subprocess.run([sys.executable, "-m", module, *arguments], env=env, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--sizes", default="10000,100000", help="Numbers of tickets, separated by commas.")
    parser.add_argument("--open", default="10000,100000,1000000", help="Open deadlines of workload h, growing.")
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
    if set(only) - set(ALL + PEER):
        parser.error(f"--only takes letters from a to j, not {options.only!r}.")

    with servers(options.home) as (server_url, redis_url), tempfile.TemporaryDirectory() as scratch:
        here = Measures(server_url, redis_url, Path(scratch), store=not options.no_results)
        by_size = "".join(letter for letter in only if letter not in SWEEP + ROUTING + PEER)
        for size in sizes if by_size or not only else ():
            done = here.size(size, only=by_size, fresh=options.fresh)
            if done:
                return done
        if not only or SWEEP in only:
            done = here.sweep(options.open)
            if done:
                return done
        for size in sizes if PEER in only else ():
            done = here.peer(size, (options.home or Path(scratch)) / "peer")
            if done:
                return done
        if not only or ROUTING in only:
            done = here.routing()
            if done:
                return done
    if not options.no_results:
        print(f"Written: {report.write_page()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
