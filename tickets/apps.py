from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    name = "tickets"
    verbose_name = _("Tickets")

    def ready(self) -> None:
        from notifications.attachments import register_maker
        from notifications.visibility import register_reader
        from tickets.actions.letter_files import attachment_make
        from tickets.selectors.visible import references_visible_to

        register_reader(references_visible_to)
        register_maker(attachment_make)
