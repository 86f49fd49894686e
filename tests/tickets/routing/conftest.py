from typing import Any

import pytest

from directory.models import Service
from tests.support.factories import make_service, make_town
from tickets.actions.clocks.commitments_change import version_bump
from tickets.actions.routing.delivered_emergencies import emergencies_load
from tickets.models import RoutingRule


@pytest.fixture
def root(db: None) -> Service:
    return make_town()


@pytest.fixture
def voirie(root: Service) -> Service:
    return make_service("voirie")


@pytest.fixture
def emergencies(root: Service) -> int:
    return emergencies_load()


def make_rule(name: str, conditions: dict[str, Any], effects: dict[str, Any], **fields: Any) -> RoutingRule:
    """A rule as it is stored, readable or not; it comes last."""
    position = RoutingRule.objects.count() + 1
    rule = RoutingRule.objects.create(
        name=name, conditions=conditions, effects=effects, **({"position": position} | fields)
    )
    version_bump()
    return rule
