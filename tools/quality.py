"""Every check of the code, one after the other, with a summary: ``python -m tools.quality [NAME…]``.

Needs DATABASE_URL, REDIS_URL and SECRET_KEY (`make quality` gives throw-away servers), which the type
checker's Django plugin and the check of missing migrations read.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
SECRETS = "not-a-secret-only-for-check-deploy-0123456789-abcdefghijklmnop"

CHECKS: Mapping[str, list[str]] = {
    "ruff": [PYTHON, "-m", "ruff", "check", "."],
    "format": [PYTHON, "-m", "ruff", "format", "--check", "."],
    "mypy": [PYTHON, "-m", "mypy"],
    "templates": [PYTHON, "-m", "djlint", "templates", "--lint", "--quiet"],
    "imports": [PYTHON, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
    "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    "deploy": [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
    "translations": [PYTHON, "-m", "tools.messages", "check"],
}
# A town's settings, as far as checking them needs values.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "grc.settings.production",
    "SECRET_KEY": SECRETS,
    "SITE_URL": "https://guichet.example",
    "ALLOWED_HOSTS": "guichet.example",
    "EMAIL_HOST": "smtp.example",
}


def run(name: str) -> tuple[bool, float]:
    """Run the check NAME, show its output when it fails, and return whether it passed and the seconds it
    took.
    """
    env = os.environ | (PRODUCTION if name == "deploy" else {})
    began = time.monotonic()
    done = subprocess.run(CHECKS[name], cwd=ROOT, env=env, check=False, capture_output=True, text=True)
    seconds = time.monotonic() - began
    passed = done.returncode == 0
    print(f"{name:<18} {'ok' if passed else 'FAILED'} ({seconds:.1f} s)", flush=True)
    if not passed:
        print((done.stdout + done.stderr).rstrip() + "\n", flush=True)
    return passed, seconds


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print(f"unknown check {unknown[0]}: one of {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    results = {name: run(name) for name in names or CHECKS}
    failed = [name for name, (passed, _) in results.items() if not passed]
    seconds = sum(taken for _, taken in results.values())
    print("─" * min(70, shutil.get_terminal_size().columns))
    print(f"{len(results) - len(failed)} of {len(results)} checks passed in {seconds:.0f} s")
    if failed:
        print(f"Failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
