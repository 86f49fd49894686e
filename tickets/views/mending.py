"""Missing mentions as links to the place where each is mended, for those who may go there."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from directory.admin.base import may_configure_as
from directory.models import Agent
from tickets.letters.mentions import Missing, Where

FORMS = {
    Where.TOWN: "admin:directory_town_change",
    Where.SERVICE: "admin:directory_service_change",
    Where.AGENT: "admin:directory_agent_change",
    Where.TYPE: "admin:directory_requesttype_change",
}


@dataclass(frozen=True)
class Mend:
    """A missing mention; ``url`` is empty when the reader cannot mend it there."""

    missing: Missing
    url: str

    @property
    def code(self) -> str:
        return self.missing.code

    @property
    def sentence(self) -> str:
        return self.missing.sentence

    @property
    def article(self) -> str:
        return self.missing.article


def mends(missing: Iterable[Missing], agent: Agent) -> list[Mend]:
    allowed = may_configure_as(agent)
    return [Mend(each, form_url(each) if allowed else "") for each in missing]


def form_url(missing: Missing) -> str:
    """The administration's form of the row that lacks the mention, empty for what is not configuration."""
    name = FORMS.get(missing.where)
    return reverse(name, args=[missing.pk]) if name and missing.pk else ""
