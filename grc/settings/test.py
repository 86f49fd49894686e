"""The test suite: the same real servers, with cheap password hashes and files in a temporary directory."""

import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from grc.settings.local import *  # noqa: F403
from grc.settings.local import CACHES, REDIS_URL, STORAGES

# Each xdist process has a numbered Redis database of its own, so that tests do not meet in the cache or on the broker.
_address = urlsplit(REDIS_URL)
_number = int(_address.path.strip("/") or 0) + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
REDIS_URL = _address._replace(path=f"/{_number % 16}").geturl()
CACHES = {"default": CACHES["default"] | {"LOCATION": REDIS_URL}}
CELERY_BROKER_URL = REDIS_URL

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="guichet-test-media-"))
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
LOGGING = {"version": 1, "disable_existing_loggers": False}
