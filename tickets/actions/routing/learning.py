"""What the learned routing says of a ticket that comes in."""

import logging
from dataclasses import dataclass

from django.db.models import Subquery
from django.db.models.functions import Coalesce

from core.kept import kept_value
from directory.models import RequestType
from tickets.models import RoutingModel, RoutingSettings, Ticket, TicketSuggestion
from tickets.routing import learned
from tickets.routing.learned import Suggestion, Weights

logger = logging.getLogger(__name__)
_loaded: tuple[int, Weights] | None = None  # the version this process read last


@dataclass(frozen=True)
class InUse:
    """The version in use and the administrator's choices."""

    model_id: int
    confidence: int
    applies_alone: bool


def suggestion_make(ticket: Ticket, text: str) -> TicketSuggestion | None:
    """Store what the model says of a ticket (``text``: its subject and first message) and return it.

    None without a model, and when it is not sure enough. ``is_applied`` is true when the type may be given without
    asking an agent: giving it is for whoever calls, on the ticket it has locked. One query without a model.
    """
    in_use = kept_value("version of the routing", version_in_use)
    if in_use is None:
        return None
    found = suggestion_for(text, in_use)
    if found is None:
        return None
    request_type = RequestType.objects.select_related("service").filter(pk=found.type_id, is_active=True).first()
    if request_type is None:
        return None
    return TicketSuggestion.objects.create(
        ticket=ticket,
        model_id=in_use.model_id,
        request_type=request_type,
        confidence=round(found.confidence, 4),
        words=[list(pair) for pair in found.words],
        is_applied=in_use.applies_alone and ticket.request_type_id is None,
    )


def version_in_use() -> InUse | None:
    """One query; None when nothing was learned yet."""
    choices = RoutingSettings.objects.filter(pk=1)
    defaults = RoutingSettings()
    row = (
        RoutingModel.objects.filter(is_current=True)
        .order_by()
        .values_list(
            "pk",
            Coalesce(Subquery(choices.values("confidence")[:1]), defaults.confidence),
            Coalesce(Subquery(choices.values("applies_alone")[:1]), defaults.applies_alone),
        )
        .first()
    )
    return InUse(*row) if row else None


def suggestion_for(text: str, in_use: InUse, *, confidence: float | None = None) -> Suggestion | None:
    """What the version in use says of a text. A version that cannot be read is told in the log and says nothing."""
    weights = _weights(in_use.model_id)
    if weights is None:
        return None
    return learned.suggest(text, weights, confidence=in_use.confidence / 100 if confidence is None else confidence)


def _weights(model_id: int) -> Weights | None:
    """Read once a process and version."""
    global _loaded
    if _loaded is None or _loaded[0] != model_id:
        data = RoutingModel.objects.filter(pk=model_id).values_list("weights", flat=True).first()
        try:
            _loaded = (model_id, learned.unpack(bytes(data or b"")))
        except ValueError:
            logger.exception("The learned routing %s cannot be read.", model_id)
            return None
    return _loaded[1]
