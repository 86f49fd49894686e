"""The service most tickets of these tests belong to, and its référente."""

import pytest

from directory.models import Agent, Service
from tests.support.factories import make_agent, make_service


@pytest.fixture
def voirie() -> Service:
    return make_service("voirie", "Voirie")


@pytest.fixture
def agent(voirie: Service) -> Agent:
    return make_agent(("referent", voirie), first_name="Camille", last_name="Durand", title="Référente")
