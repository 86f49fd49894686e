"""DATABASE_URL as Django's dictionary."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from grc.settings import env


def test_the_parts_of_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DB_PREPARE", raising=False)
    read = env.database("postgres://me:p%40ss@db:5433/town?sslmode=require")
    assert (read["USER"], read["PASSWORD"], read["HOST"], read["PORT"], read["NAME"]) == (
        "me", "p@ss", "db", "5433", "town",
    )  # fmt: skip
    assert read["OPTIONS"] == {"server_side_binding": True, "prepare_threshold": 5, "sslmode": "require"}


def test_a_pooler_wants_no_prepared_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PREPARE", "no")
    assert env.database("postgres://me@pooler/town")["OPTIONS"] == {}


@pytest.mark.parametrize("url", ["mysql://me@db/town", "postgres://me@db", "town"])
def test_an_address_that_is_none_says_so(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        env.database(url)
