"""For the type checker only: importable without a database or a secret."""

import os

os.environ.setdefault("DATABASE_URL", "postgres://nobody@127.0.0.1/none")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1/0")
os.environ.setdefault("SECRET_KEY", "for the type checker only")

from grc.settings.local import *
