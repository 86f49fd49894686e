"""An administrator's office, and those who stay out of it."""

from typing import Any

import pytest
from django.test import Client

from directory.models import Service
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_town


@pytest.fixture
def root(db: None) -> Service:
    return make_town()


@pytest.fixture
def office(client_of: Any, root: Service) -> Client:
    return client_of(make_agent(("admin", root), is_staff=True))


@pytest.fixture
def only_administrators(root: Service, client_of: Any) -> Any:
    """Checks that a page opens for those who administer the whole town and for nobody else."""

    def check(url: str, status: int = 200) -> None:
        assert "/admin/login/" in Client().get(url).url
        assert "/admin/login/" in client_of(make_agent(("admin", root))).get(url).url, "not staff"
        assert_status(client_of(make_agent(("manager", root), is_staff=True)).get(url), 403)
        assert_status(client_of(make_agent(("admin", make_service("voirie")), is_staff=True)).get(url), 403)
        assert_status(client_of(make_agent(("admin", root), is_staff=True)).get(url), status)

    return check


@pytest.fixture
def admin_page(page: Any, live_server: Any, client_of: Any) -> Any:
    """A Chromium page logged in as an administrator. The test needs `transaction=True`."""
    session = client_of(make_agent(("admin", make_town()), is_staff=True)).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    return page
