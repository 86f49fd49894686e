"""The administration of the channels: mailboxes, telephones, and the counters of each site."""

from channels_intake.admin import counter, mail, mail_fetch, phone

__all__ = ["counter", "mail", "mail_fetch", "phone"]
