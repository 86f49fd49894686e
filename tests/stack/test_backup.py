"""The operator's backup: what `pg_dump` wrote comes back whole, searchable, in an empty database."""

import subprocess
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from grc.stack.binaries import postgres_bin
from knowledge.models import Article
from tests.conftest import worker_environment
from tests.support.factories import make_article, make_service, make_ticket


@pytest.fixture
def empty_database(transactional_db: None) -> Iterator[str]:
    url = worker_environment()["DATABASE_URL"]
    name = f"{connection.settings_dict['NAME']}_restored"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}"')
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        yield url.rpartition("/")[0] + f"/{name}"
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_backup_comes_back_whole(empty_database: str, tmp_path: object) -> None:
    make_ticket(subject="Lampadaires éteints rue de l’Église")
    make_article("Que faire d’un œuf de Pâques ?", "Le manger.", make_service("voirie"))
    programs = postgres_bin(None)
    dump = f"{tmp_path}/guichet.dump"
    source = worker_environment()["DATABASE_URL"]
    subprocess.run([programs / "pg_dump", "-Fc", "-f", dump, source], check=True, capture_output=True)
    done = subprocess.run(
        [programs / "pg_restore", "--exit-on-error", "-d", empty_database, dump], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    with psycopg.connect(empty_database) as restored:
        found = restored.execute(
            "SELECT count(*) FROM tickets_tickettext WHERE vector @@ f_query('lampadaire', 'egl:*')"
        ).fetchone()
        assert found == (1,)
        [(articles,)] = restored.execute("SELECT count(*) FROM knowledge_article")
    assert articles == Article.objects.count() == 1
