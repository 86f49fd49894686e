"""The demo accounts' passwords: random on each installation, kept in one private file, never in the project."""

import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.authtoken.models import Token

from core.errors import Conflict
from directory.models import Agent, Town
from directory.roles import Role
from grc.demo import data

ORDER = (Role.COUNTER, Role.PHONE, Role.BACK_OFFICE, Role.MANAGER, Role.ELECTED, Role.ADMIN)


def access_file() -> Path:
    return Path(settings.DATA_DIR) / "demo_access.json"


@transaction.atomic
def access_renew() -> dict[str, Any]:
    """Give every demo account a new random password and write the file, readable by its owner alone."""
    accounts, prints = [], {}
    for role, agent in _accounts().items():
        password = "-".join(secrets.token_hex(3) for _ in range(3))
        agent.set_password(password)
        agent.save(update_fields=["password"])
        accounts.append({"role": str(role), "email": agent.email, "password": password})
        prints[agent.email] = _print(agent)
    access = {"address": _address(), "api_token": _token(), "accounts": accounts}
    _write(access_file(), json.dumps(access | {"prints": prints}, indent=2))
    return access


def access_read() -> dict[str, Any]:
    """What opens the demo town: general mailbox, API token of the administrator, one account for each role.

    The passwords are renewed when the file is missing, unreadable, of another database, or no longer tells the truth.
    Raises `Conflict` where there is no demo town, whose passwords alone may be touched.
    """
    if not Town.objects.filter(is_fictional=True).exists():
        raise Conflict(_("The demo town is not loaded: run “manage.py load_demo” first."))
    try:
        kept = json.loads(access_file().read_text(encoding="utf-8"))
        passwords = {entry["email"]: entry["password"] for entry in kept["accounts"]}
        is_true = all(_matches(agent, passwords, kept["prints"]) for agent in _accounts().values())
    except (OSError, ValueError, KeyError, TypeError):
        is_true = False
    if not is_true:
        return access_renew()
    return {"address": _address(), "api_token": _token(), "accounts": kept["accounts"]}


def _accounts() -> dict[str, Agent]:
    emails = {entry["demo"]: entry["email"] for entry in data.agents() if entry["demo"]}
    return {role: Agent.objects.get(email=emails[role]) for role in ORDER}


def _address() -> str:
    return Town.objects.get().email


def _token() -> str:
    token, _ = Token.objects.get_or_create(user=_accounts()[Role.ADMIN])
    return token.key


def _matches(agent: Agent, passwords: dict[str, str], prints: dict[str, str]) -> bool:
    """The print spares a slow password check at every start; a print that differs (a rehash) costs one check."""
    return prints[agent.email] == _print(agent) or check_password(passwords[agent.email], agent.password)


def _print(agent: Agent) -> str:
    return hashlib.sha256(agent.password.encode()).hexdigest()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_suffix(".new")
    waiting.unlink(missing_ok=True)
    with os.fdopen(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    waiting.replace(path)
