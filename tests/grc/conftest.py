"""The demo town before its first request."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from grc.demo import foundation
from grc.demo.organisation import Organisation

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Europe/Paris"))


@pytest.fixture(autouse=True)
def _private_directory(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def town(db: None) -> Organisation:
    foundation.town_build()
    foundation.agents_build()
    foundation.catalogue_build()
    foundation.articles_build(NOW)
    return Organisation.load()
