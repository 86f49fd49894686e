"""Reads of the directory."""

from directory.models import Service, Town


def town_get() -> Town:
    """The town's row; an unsaved one with neutral values before the first configuration."""
    return Town.objects.first() or Town(pk=1, name="Guichet", email="mairie@localhost.example")


def pilot_service() -> Service:
    """The service that receives what no rule sends elsewhere. Raises Service.DoesNotExist before the configuration."""
    return Service.objects.get(is_pilot=True)
