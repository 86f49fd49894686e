"""The administration of the channels: mailboxes, telephones, and the counters of each site."""

from channels_intake.admin import counter, mail, phone

__all__ = ["counter", "mail", "phone"]
