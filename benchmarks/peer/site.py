"""django-helpdesk as its documentation sets it up, for its ticket page to be measured: its settings.

Runs in an environment of its own (`benchmarks.peer.measure` makes it): nothing here is a part of Guichet.
"""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

_home, _database = Path(os.environ["PEER_HOME"]), urlsplit(os.environ["PEER_DATABASE_URL"])

SECRET_KEY = os.environ.get("PEER_SECRET") or secrets.token_urlsafe()
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
INSTALLED_APPS = [
    *("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.sites"),
    *("django.contrib.messages", "django.contrib.staticfiles", "django.contrib.admin", "django.contrib.humanize"),
    *("bootstrap4form", "rest_framework", "helpdesk"),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database.path[1:],
        "USER": _database.username,
        "PASSWORD": _database.password,
        "HOST": _database.hostname,
        "PORT": _database.port,
        "CONN_MAX_AGE": 600,
    }
}
ROOT_URLCONF = "benchmarks.peer.urls"
SITE_ID = 1
USE_TZ = True
STATIC_URL, MEDIA_ROOT = "/static/", _home / "media"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
LOGIN_URL = "helpdesk:login"
HELPDESK_TEAMS_MODE_ENABLED = False
HELPDESK_TEAMS_MODEL, HELPDESK_TEAMS_MIGRATION_DEPENDENCIES = "auth.User", []
