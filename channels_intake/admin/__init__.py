"""The administration of the channels: mailboxes, and the counters of each site."""

from channels_intake.admin import counter, mail

__all__ = ["counter", "mail"]
