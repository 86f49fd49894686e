"""The program that calls the API in these tests, and its agent."""

from tests.support.api import pilot, program

__all__ = ["pilot", "program"]
