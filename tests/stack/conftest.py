import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grc.stack.process import end_marked

OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "DATA_DIR",
    "DJANGO_SETTINGS_MODULE",
    "PORT",
    "SMTP_PORT",
    "LIVE_PORT",
    "LIVE_HOST",
    "LIVE_URL",
    "HOST",
)


@pytest.fixture
def home() -> Iterator[Path]:
    """A private data directory in a path with a space and an accent; whatever still runs on it is ended."""
    top = Path(tempfile.mkdtemp(prefix="guichet test é "))
    home = top / "données d'été"
    for name in ("logs", "secrets"):
        (home / name).mkdir(mode=0o700, parents=True)
    yield home
    end_marked(str(home), grace=1)
    shutil.rmtree(top)


@pytest.fixture
def bare_environment() -> dict[str, str]:
    """The environment of a person who has set nothing of ours."""
    return {name: value for name, value in os.environ.items() if name not in OURS}
