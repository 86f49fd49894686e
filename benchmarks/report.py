"""Results as files: one JSON per day and size, and a page that puts the latest ones beside the goals."""

import json
import os
import platform
import subprocess
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULTS = HERE / "results"
SWEEPS = RESULTS / "sweeps"
ROUTING = RESULTS / "routing"
PEERS = RESULTS / "peer"
PAGE = HERE / "RESULTS.md"

# (letter, what, unit, goal by size). Where the goal differs by size, that of the nearest size above holds.
ROWS: tuple[tuple[str, str, str, dict[int, float]], ...] = (
    ("a", "staff queue page, 25 open tickets", "p95_ms", {100_000: 60, 1_000_000: 90}),
    ("b", "ticket page, random", "p95_ms", {1_000_000: 45}),
    ("c", "search, two words, both", "p95_ms", {100_000: 60, 1_000_000: 100}),
    ("c-rare", "search, a word in one ticket of 5,000", "p95_ms", {1_000_000: 100}),
    ("c-common", "search, a word in 6 % of tickets or more", "p95_ms", {1_000_000: 100}),
    ("c-prefix", "search, the beginning of a common word", "p95_ms", {1_000_000: 100}),
    ("c-name", "search, a mistyped name, and what was meant", "p95_ms", {1_000_000: 100}),
    ("c-all", "search, a common word, by who sees everything", "p95_ms", {1_000_000: 100}),
    ("c-few", "search, a common word, by who sees 1 ticket of 2,000", "p95_ms", {1_000_000: 100}),
    ("g", "manager's dashboard", "p95_ms", {100_000: 60, 1_000_000: 90}),
    ("d", "create by API, 4 clients", "per_second", {1_000_000: 150}),
    ("e", "e-mail to routed ticket, acknowledgement queued", "per_second", {1_000_000: 100}),
    ("f", "sweep, 10,000 newly overdue", "seconds", {1_000_000: 5}),
)
MEMORY = {1_000_000: 200.0}  # MB of a web process after g


def machine() -> dict[str, Any]:
    cpu = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False
    )
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": os.getloadavg()[1],
        "loop_seconds": loop_seconds(),
        "versions": {name: version(name) for name in ("django", "celery", "gunicorn", "psycopg")},
        "commit": commit.stdout.strip(),
    }


def loop_seconds() -> float:
    """How fast one processor is at this hour: the best of three runs of three million turns of a plain Python loop."""
    best = float("inf")
    for _ in range(3):
        total, start = 0, time.perf_counter()
        for number in range(3_000_000):
            total += number * number
        best = min(best, time.perf_counter() - start)
    return round(best, 2)


def store(figures: dict[str, Any], *, day: date) -> Path:
    """Write the figures of one size; workloads not measured this time keep what the file of the day had."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{day.isoformat()}-{figures['size']}.json"
    if path.exists():
        before = json.loads(path.read_text())
        figures["workloads"] = before["workloads"] | figures["workloads"]
        figures["generated_seconds"] = figures["generated_seconds"] or before["generated_seconds"]
    path.write_text(json.dumps({"day": day.isoformat(), "machine": machine(), **figures}, indent=2) + "\n")
    return path


def store_sweep(figures: dict[str, Any], *, day: date) -> Path:
    """Write the figures of workload h."""
    SWEEPS.mkdir(parents=True, exist_ok=True)
    path = SWEEPS / f"{day.isoformat()}.json"
    path.write_text(json.dumps({"day": day.isoformat(), "machine": machine(), **figures}, indent=2) + "\n")
    return path


def store_routing(figures: dict[str, Any], *, day: date) -> Path:
    """Write the figures of workload i."""
    ROUTING.mkdir(parents=True, exist_ok=True)
    path = ROUTING / f"{day.isoformat()}.json"
    path.write_text(json.dumps({"day": day.isoformat(), "machine": machine(), **figures}, indent=2) + "\n")
    return path


def store_peer(figures: dict[str, Any], *, day: date) -> Path:
    """Write the figures of workload j."""
    PEERS.mkdir(parents=True, exist_ok=True)
    path = PEERS / f"{day.isoformat()}.json"
    path.write_text(json.dumps({"day": day.isoformat(), "machine": machine(), **figures}, indent=2) + "\n")
    return path


def latest() -> list[dict[str, Any]]:
    """The newest result of each size, smallest size first."""
    newest: dict[int, dict[str, Any]] = {}
    for path in sorted(RESULTS.glob("*.json")):
        figures = json.loads(path.read_text())
        newest[figures["size"]] = figures
    return [newest[size] for size in sorted(newest)]


def goal_of(goals: dict[int, float], size: int) -> float:
    return next(goals[limit] for limit in sorted(goals) if size <= limit or limit == max(goals))


def write_page() -> Path:
    results = latest()
    lines = [
        "# What Guichet takes",
        "",
        "Written by `make bench`; do not edit. Absolute times hold for the machine below only. Pages: one client, a",
        "logged-in session, a kept connection, the whole page as the browser gets it. PostgreSQL, broker, web server,",
        "worker and mail receiver are those of `make run`, data flushed to disk; all share the machine.",
        "What each workload is: `benchmarks/workloads.py`; the data: `benchmarks/data.py`.",
        "",
    ]
    for figures in results:
        lines += [f"## {figures['size']:,} tickets", "", *_table(figures), "", *_notes(figures), ""]
    lines += _peers()
    lines += _sweeps()
    lines += _routing()
    PAGE.write_text("\n".join(lines).rstrip() + "\n")
    return PAGE


def _peers() -> list[str]:
    """The newest result of workload j."""
    newest = max(PEERS.glob("*.json"), default=None)
    if newest is None:
        return []
    figures = json.loads(newest.read_text())
    rows = figures["rows"]
    lines = [
        f"## j: our pages over {figures['database']['tickets']:,} tickets, beside a page of another program",
        "",
        f"{figures['rounds']} rounds; in each, every page of ours once and one ticket page of django-helpdesk 2.6.1",
        "over 1,000 tickets, which costs the same at any size: the machine has one speed for all of them.",
        "« There »: on the machine of the reference (2 cores, November 2026), where that page took 41 ms (p50) and",
        "66 ms (p95).",
        "",
        "| | Page | Here, p50 | p95 | There, p50 | p95 | Goal there (p95) | |",
        "|---|---|--:|--:|--:|--:|--:|---|",
    ]
    for letter, what, _unit, goals in ROWS:
        if letter not in rows:
            continue
        row, goal = rows[letter], goal_of(goals, figures["database"]["tickets"])
        lines.append(
            f"| {letter} | {what} | {row['p50_ms']:g} ms | {row['p95_ms']:g} ms | {row['p50_ms_there']:g} ms "
            f"| **{row['p95_ms_there']:g} ms** | ≤ {goal:g} ms | {'met' if row['p95_ms_there'] <= goal else 'missed'} |"
        )
    peer = rows["peer"]
    lines.append(
        f"| | ticket page of django-helpdesk | {peer['p50_ms']:g} ms | {peer['p95_ms']:g} ms | 41 ms | 66 ms | | |"
    )
    return [*lines, "", *_notes({"workloads": {}, **figures}), ""]


def _sweeps() -> list[str]:
    """The newest result of workload h."""
    newest = max(SWEEPS.glob("*.json"), default=None)
    if newest is None:
        return []
    figures = json.loads(newest.read_text())
    lines = [
        f"## h: a sweep of {figures['due']:,} due deadlines, among more and more open ones",
        "",
        "Its cost follows what is due, not what is open. One process; records, events, alerts and mails committed; the",
        "median of seven. « Blocks »: what PostgreSQL reads to find what is due.",
        "",
        "| Open deadlines | Sweep | Slowest | Nothing due | Blocks |",
        "|--:|--:|--:|--:|--:|",
    ]
    for row in figures["rows"]:
        lines.append(
            f"| {row['open']:,} | **{row['seconds']:g} s** | {row['slowest_seconds']:g} s "
            f"| {row['nothing_due_ms']:g} ms | {row['blocks_read']} |"
        )
    return [*lines, "", *_notes({"workloads": {}, **figures}), ""]


def _routing() -> list[str]:
    """The newest result of workload i."""
    newest = max(ROUTING.glob("*.json"), default=None)
    if newest is None:
        return []
    figures = json.loads(newest.read_text())
    machine_ = figures["machine"]
    lines = [
        "## i: the request type found in a text",
        "",
        f"**Invented texts**, {figures['tickets']:,} of them, made from the {figures['sentences']} sentences of the",
        f"demonstration town, {figures['types']} types: no measure of a real town, whose administration shows its own.",
        "« Later »: the latest fifth held out, whose sentences were nearly all seen before. « Unseen »: each sentence",
        "told by a model that never saw it, without its subject; it has two or three others of its type to learn from.",
        "The catalogue's keywords and these sentences have the same authors, which flatters the keywords.",
        "",
        "| | Keywords alone | Learned, first | Among three | Error of its confidence |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, error in (("later", figures["calibration_error"]), ("unseen", figures["unseen"]["calibration_error"])):
        found = figures[name]
        lines.append(
            f"| {name} | {_share(found['keywords_right'], found['tickets'])} "
            f"| **{_share(found['right'], found['tickets'])}** "
            f"| {_share(found['right_in_three'], found['tickets'])} | {100 * error:.1f} points |"
        )
    lines += [
        "",
        "Unseen sentences, by the confidence the administrator wants:",
        "",
        "| Confidence | Answered | Right, of these | With keywords after: answered | right, of all |",
        "|--:|--:|--:|--:|--:|",
    ]
    total = figures["unseen"]["tickets"]
    for row in figures["unseen"]["curve"]:
        lines.append(
            f"| {row['confidence']} % | {_share(row['answered'], total)} | {_share(row['right'], row['answered'])} "
            f"| {_share(row['both_answered'], total)} | {_share(row['both_right'], total)} |"
        )
    return [
        *lines,
        "",
        f"- {figures['day']}, commit {machine_['commit']}, {machine_['cpu']}, load {machine_['load_before']:.2f}",
        f"- Learning: {figures['seconds']:g} s and {figures['megabytes']} MB at most, in a process that then ends; "
        f"{figures['words']:,} words and pairs kept, {figures['stored_kb']} kB stored",
        f"- Suggesting, in a web or worker process: {figures['suggest_p50_ms']:g} ms (p50), "
        f"{figures['suggest_p95_ms']:g} ms (p95); read once a process in {figures['load_ms']:g} ms",
        "",
    ]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _table(figures: dict[str, Any]) -> list[str]:
    lines = [
        "| | Workload | Measured | p50 | Goal | | Queries |",
        "|---|---|--:|--:|--:|---|--:|",
    ]
    for letter, what, unit, goals in ROWS:
        goal = goal_of(goals, figures["size"])
        found = figures["workloads"].get(letter)
        if found is None:
            lines.append(f"| {letter} | {what} | not measured | | {_figure(unit, goal, bound=True)} | | |")
            continue
        value = found[unit]
        kept = value >= goal if unit == "per_second" else value <= goal
        median = f"{found['p50_ms']:g} ms" if "p50_ms" in found else ""
        lines.append(
            f"| {letter} | {what} | **{_figure(unit, value)}** | {median} | {_figure(unit, goal, bound=True)} "
            f"| {'met' if kept else 'missed'} | {found.get('queries', '')} |"
        )
    memory = figures["workloads"].get("g", {}).get("web_process_mb")
    if memory is not None:
        goal = goal_of(MEMORY, figures["size"])
        kept = "met" if memory <= goal else "missed"
        lines.append(f"| | memory of a web process after g | **{memory} MB** | | ≤ {goal:g} MB | {kept} | |")
    return lines


def _figure(unit: str, value: float, *, bound: bool = False) -> str:
    text = {"p95_ms": f"{value:g} ms (p95)", "per_second": f"{value:g}/s", "seconds": f"{value:g} s"}[unit]
    return f"{'≥' if unit == 'per_second' else '≤'} {text}" if bound else text


def _notes(figures: dict[str, Any]) -> list[str]:
    found, database = figures["machine"], figures["database"]
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    lines = [
        f"- {figures['day']}, commit {found['commit']}, {found['cpu']}, {found['cores']} cores, "
        f"{found['memory_gb']:g} GB, {found['system']}",
        f"- Python {found['python']}, {versions}",
        f"- PostgreSQL {database['postgresql']}, shared_buffers {database['shared_buffers']}, fsync "
        f"{database['fsync']}, synchronous_commit {database['synchronous_commit']}; "
        f"{database['megabytes']:,} MB for {database['tickets']:,} tickets",
        f"- Load of the machine over the five minutes before the end: {found['load_before']:.2f}; three million "
        f"turns of a Python loop take it {found['loop_seconds']:g} s",
    ]
    create, mail = figures["workloads"].get("d", {}), figures["workloads"].get("e", {})
    if create:
        lines.append(
            f"- d: created and routed by the worker {create['routed_per_second']:g}/s; one creation "
            f"{create['p50_ms']:g} ms (p50), {create['p95_ms']:g} ms (p95)"
        )
    if mail:
        told = f"- e: accepted by the receiver {mail['accepted_per_second']:g}/s"
        if "alone_p95_ms" in mail:
            told += f"; one mail alone {mail['alone_p50_ms']:g} ms (p50), {mail['alone_p95_ms']:g} ms (p95)"
        lines.append(told)
    if "heavy_seconds" in mail:
        lines.append(
            f"- e: one mail of 25 MB takes {mail['heavy_seconds']:g} s; peak memory of the receiver "
            f"{mail['receiver_peak_mb']} MB ({mail['receiver_before_mb']} before), of the worker "
            f"{mail['worker_peak_mb']} MB ({mail['worker_before_mb']} before)"
        )
    return lines
