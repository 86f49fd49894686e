"""A program that calls the API: JSON in, JSON out, with the token of an agent."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.authtoken.models import Token

from directory.models import Agent
from directory.roles import Role
from tests.support.factories import make_agent, make_town


def api_client(agent: Agent) -> Client:
    token, _ = Token.objects.get_or_create(user=agent)
    return Client(headers={"Authorization": f"Token {token.key}"})


def post_json(client: Client, path: str, body: object) -> Any:
    return client.post(path, data=body, content_type="application/json")


@pytest.fixture(name="agent")
def pilot() -> Agent:
    """The agent whose token a program bears: the pilot service sees every ticket but sensitive ones."""
    return make_agent((Role.PILOT, make_town()))


@pytest.fixture(name="client")
def program(agent: Agent) -> Client:
    return api_client(agent)
