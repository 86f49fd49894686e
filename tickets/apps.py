from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    name = "tickets"
    verbose_name = _("Tickets")

    def ready(self) -> None:
        from core.navigation import Counted, counted_register
        from notifications.attachments import register_maker
        from notifications.visibility import register_closed, register_reader
        from tickets.actions.letters.files import attachment_make
        from tickets.selectors.collaboration import tasks_counted, tasks_counter
        from tickets.selectors.visible import closed_to, references_visible_to

        counted_register("tickets:tasks", Counted(tasks_counted, tasks_counter))
        register_reader(references_visible_to)
        register_closed(closed_to)
        register_maker(attachment_make)
