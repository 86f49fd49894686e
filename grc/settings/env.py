"""Reads settings from the environment, with one clear message for each mistake."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name) or default
    if value is None:
        raise ImproperlyConfigured(f"The environment variable {name} is required and is not set.")
    return value


def flag(name: str, *, default: bool = False) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value in {"", "1", "true", "yes", "on", "0", "false", "no", "off"}:
        return default if value == "" else value in {"1", "true", "yes", "on"}
    raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}.")


def integer(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    try:
        return int(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def items(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


def secret(name: str) -> str:
    """A secret from NAME, or from the file named by NAME_FILE (Docker and Kubernetes secrets)."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE={path} cannot be read: {error.strerror}.") from None
    return text(name)


def _prepared() -> dict[str, Any]:
    """Statements asked again and again are planned once per connection: a third less work for the server.

    Not with DB_PREPARE=no, for a pooler between us and PostgreSQL that gives each transaction another connection.
    """
    return {"server_side_binding": True, "prepare_threshold": 5} if flag("DB_PREPARE", default=True) else {}


def database(url: str) -> dict[str, Any]:
    """A Django database dictionary from ``postgres://user:password@host:port/name?option=value``."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL must look like postgres://user:password@host:port/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": _prepared() | dict(parse_qsl(parts.query)),
    }


def live_url(site_url: str, port: str) -> str:
    """Where `make run` serves the live events: ``port`` of the host of ``site_url``; empty when none is served.

    A site behind somebody else's HTTPS gives no address either: a page may not call a plain port from there (LIVE_URL
    names the address then).
    """
    site = urlsplit(site_url)
    if not port or site.scheme != "http" or not site.hostname:
        return ""
    host = f"[{site.hostname}]" if ":" in site.hostname else site.hostname
    return f"http://{host}:{port}/agents/evenements/"


def showing_images_of(policy: dict[str, Any], url: str) -> dict[str, Any]:
    """The Content-Security-Policy ``policy``, with the origin of ``url`` (empty: none) among those of images.

    A ``{s}`` in the host stands for one letter, as map tiles have it.
    """
    parts = urlsplit(url.replace("{s}", "*"))
    if not parts.netloc:
        return policy
    directives = policy["DIRECTIVES"]
    return policy | {
        "DIRECTIVES": directives | {"img-src": [*directives["img-src"], f"{parts.scheme}://{parts.netloc}"]}
    }


def connecting_to(policy: dict[str, Any], url: str) -> dict[str, Any]:
    """The Content-Security-Policy ``policy``, with the origin of ``url`` among those that pages may call."""
    parts = urlsplit(url)
    if not parts.netloc:
        return policy
    directives = policy["DIRECTIVES"]
    origins = [*directives["connect-src"], f"{parts.scheme}://{parts.netloc}"]
    return policy | {"DIRECTIVES": directives | {"connect-src": origins}}
