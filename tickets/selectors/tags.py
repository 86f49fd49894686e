"""What lists offer of what tickets hold: their tags, the mailboxes they came by."""

from directory.models import Agent
from tickets.selectors.visible import tickets_visible_to

LOOKED_AT = 3000  # tickets with a tag: enough to offer every word in use, and a bounded cost


def tags_in_use(agent: Agent) -> list[str]:
    """The tags of tickets the agent may see, in order. One query, from the index of tagged tickets."""
    rows = tickets_visible_to(agent).exclude(tags=[]).order_by().values_list("tags", flat=True)[:LOOKED_AT]
    return sorted({tag for tags in rows for tag in tags}, key=str.casefold)


def mailboxes_in_use(agent: Agent) -> list[str]:
    """The mailboxes that the newest tickets the agent may see came by. One query, bounded."""
    newest = tickets_visible_to(agent).exclude(mailbox="").order_by("-received_at", "-id")
    return sorted(set(newest.values_list("mailbox", flat=True)[:LOOKED_AT]))
