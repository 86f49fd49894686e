"""A message that left and came back."""

from core.text import one_line
from notifications.models import OutboundMessage, OutboundStatus


def outbound_returned(*, message_ids: list[str], reason: str, is_final: bool) -> OutboundMessage | None:
    """Our message among ``message_ids`` that a server could not deliver; None when none is ours.

    It is marked failed when ``is_final``: it then shows where failed messages do, and may be sent again.
    """
    found = {row.message_id: row for row in OutboundMessage.objects.filter(message_id__in=message_ids)}
    row = next((found[one] for one in message_ids if one in found), None)
    if row is not None and is_final:
        row.status, row.last_error = OutboundStatus.FAILED, one_line(reason, 300)
        OutboundMessage.objects.filter(pk=row.pk, status=OutboundStatus.SENT).update(
            status=row.status, last_error=row.last_error
        )
    return row
