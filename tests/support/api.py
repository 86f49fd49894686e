"""A program that calls the API: JSON in, JSON out, with the token of an agent."""

from typing import Any

from django.test import Client
from rest_framework.authtoken.models import Token

from directory.models import Agent


def api_client(agent: Agent) -> Client:
    token, _ = Token.objects.get_or_create(user=agent)
    return Client(headers={"Authorization": f"Token {token.key}"})


def post_json(client: Client, path: str, body: object) -> Any:
    return client.post(path, data=body, content_type="application/json")
