"""What citizens may ask for, grouped as they are handled."""

from dataclasses import dataclass

from core.text import fold, words
from directory.models import RequestType, Service

OTHER = "autre"  # the address of the form without a type


@dataclass(frozen=True)
class Topic:
    """A service and the public request types it handles."""

    service: Service
    types: list[RequestType]


def public_types() -> list[RequestType]:
    """The types offered to citizens with their services, by name: one query."""
    return list(
        RequestType.objects.filter(is_active=True, is_public=True, service__is_active=True)
        .select_related("service")
        .order_by("name")
    )


def public_type(code: str) -> RequestType | None:
    return RequestType.objects.filter(is_active=True, is_public=True, code=code).select_related("service").first()


def topics(types: list[RequestType]) -> list[Topic]:
    """``types`` by service, services by name."""
    groups: dict[int, Topic] = {}
    for kind in types:
        groups.setdefault(kind.service_id, Topic(kind.service, [])).types.append(kind)
    return sorted(groups.values(), key=lambda topic: fold(topic.service.name))


def types_matching(types: list[RequestType], text: str, *, limit: int | None = None) -> list[RequestType]:
    """Those whose name, description or keywords hold every word of ``text`` (as a prefix), best first; all when blank.

    A word of the name counts more than one of the description.
    """
    wanted = [_singular(word) for word in words(text)[:12] if len(word) > 2] or words(text)[:12]
    if not wanted:
        return types[:limit]
    scored = []
    for kind in types:
        in_name = words(kind.name)
        elsewhere = words(f"{kind.description} {' '.join(kind.keywords)}")
        score = 0
        for word in wanted:
            if any(known.startswith(word) for known in in_name):
                score += 3
            elif any(known.startswith(word) for known in elsewhere):
                score += 1
            else:
                break
        else:
            scored.append((score, kind))
    scored.sort(key=lambda pair: -pair[0])
    return [kind for _, kind in scored][:limit]


def _singular(word: str) -> str:
    """``lampadaires`` → ``lampadaire``: enough for a comparison by beginnings."""
    return word[:-1] if len(word) > 4 and word[-1] in "sx" else word
