"""For what needs settings and no server: the type checker, and collecting static files while the image is built."""

import os

os.environ.setdefault("DATABASE_URL", "postgres://nobody@127.0.0.1/none")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1/0")
os.environ.setdefault("SECRET_KEY", "replaced when the container starts")

from grc.settings.local import *  # noqa: F403
