"""`make run` and a developer's machine: everything on loopback, with the embedded servers.

Without DATABASE_URL, the running stack's own addresses are read from ``DATA_DIR/stack.json``, so that
``python manage.py …`` works in another terminal.
"""

import os

from django.core.exceptions import ImproperlyConfigured

from grc.settings.base import *  # noqa: F403
from grc.settings.base import CONTENT_SECURITY_POLICY, DATA_DIR, env
from grc.stack.state import read_state

_state = read_state(DATA_DIR) or {}


def _from_stack(name: str, key: str) -> str:
    value = os.environ.get(name) or _state.get(key)
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set and no running Guichet was found in {DATA_DIR}: start one with `make run`, "
            f"or set DATABASE_URL, REDIS_URL and SECRET_KEY."
        )
    return str(value)


SECRET_KEY = _from_stack("SECRET_KEY", "secret_key")
DATABASES = {"default": env.database(_from_stack("DATABASE_URL", "database_url"))}
REDIS_URL = _from_stack("REDIS_URL", "redis_url")
SITE_URL = os.environ.get("SITE_URL") or str(_state.get("site_url") or "http://127.0.0.1:8000")

# The live events (`grc.live`) are another port of the same host; without it the pages poll.
LIVE_URL = os.environ.get("LIVE_URL") or env.live_url(SITE_URL, os.environ.get("LIVE_PORT", ""))
CONTENT_SECURITY_POLICY = env.connecting_to(CONTENT_SECURITY_POLICY, LIVE_URL)

DEBUG = False
DEMO = True
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.items("CSRF_TRUSTED_ORIGINS")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
CELERY_BROKER_URL = REDIS_URL

# Without a mail server to hand messages to, each one is written as a file under DATA_DIR/sent-mail.
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = env.integer("EMAIL_PORT", 25)
if EMAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
else:
    EMAIL_BACKEND = "notifications.drivers.files.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "sent-mail"
