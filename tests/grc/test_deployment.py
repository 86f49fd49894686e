"""The deployment files, as far as they can be held to account without a Docker engine."""

import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from grc.live.app import PATH
from grc.stack.services import QUEUES

ROOT = Path(settings.BASE_DIR)
GOOD = {
    "SECRET_KEY": secrets.token_urlsafe(60),
    "DATABASE_URL": "postgres://guichet:p%40ss@database:5432/guichet",
    "REDIS_URL": "redis://:secret@broker:6379/0",
    "SITE_URL": "https://guichet.example.org",
    "ALLOWED_HOSTS": "guichet.example.org",
    "EMAIL_HOST": "smtp.example.org",
}


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def run_check(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "DJANGO_SETTINGS_MODULE": "grc.settings.production"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_queue_has_a_worker(compose: dict) -> None:
    consumed = [
        queue
        for service in compose["services"].values()
        for queues in re.findall(r"--queues (\S+)", str(service.get("command", "")))
        for queue in queues.split(",")
    ]
    assert sorted(consumed) == sorted(QUEUES)


def test_live_events_have_a_process_and_a_route(compose: dict) -> None:
    live = compose["services"]["live"]
    assert live["command"] == "python -m grc.live"
    assert {"DATABASE_URL", "REDIS_URL", "SITE_URL"} <= set(live["environment"])
    port = live["environment"]["LIVE_PORT"]
    caddyfile = (ROOT / "deploy/Caddyfile").read_text(encoding="utf-8")
    assert re.search(rf"handle {PATH} {{\s+reverse_proxy live:{port} {{\s+flush_interval -1", caddyfile)


def test_every_variable_is_explained_in_the_example(compose: dict) -> None:
    wanted = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert wanted == set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))


def test_the_environment_of_compose_starts_the_production_settings(compose: dict) -> None:
    given = compose["services"]["web"]["environment"]
    assert set(GOOD) <= set(given)
    result = run_check(GOOD, "--deploy", "--fail-level", "WARNING")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is required"),
        ({"SECRET_KEY": "short"}, "at least 50 characters"),
        ({"DATABASE_URL": "mysql://x/y"}, "postgres://user:password@host:port/name"),
        ({"SITE_URL": "http://guichet.example.org"}, "SITE_URL must start with https://"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must name"),
        ({"EMAIL_PORT": "smtp"}, "EMAIL_PORT must be a whole number"),
        ({"EMAIL_USE_TLS": "maybe"}, "EMAIL_USE_TLS must be yes or no"),
        ({"SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere"}, "SECRET_KEY_FILE=/nowhere cannot be read"),
    ],
)
def test_a_mistake_in_the_environment_is_one_clear_message(change: dict[str, str], message: str) -> None:
    result = run_check(GOOD | change)
    assert result.returncode != 0
    assert message in result.stderr.strip().splitlines()[-1]


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text(secrets.token_urlsafe(60) + "\n", encoding="utf-8")
    result = run_check(GOOD | {"SECRET_KEY": "", "SECRET_KEY_FILE": str(secret)})
    assert result.returncode == 0, result.stderr


def test_the_image_installs_as_make_run_does() -> None:
    """The image's set-up goes through the bootstrap that `make run` exercises, never as root, with a health check."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "grc/stack/bootstrap.py production" in dockerfile
    assert dockerfile.index("USER guichet") < dockerfile.index('CMD ["gunicorn"')
    assert "HEALTHCHECK" in dockerfile
    assert not re.search(r"^(ARG|ENV) .*(SECRET|PASSWORD)", dockerfile, re.MULTILINE)
