from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChannelsIntakeConfig(AppConfig):
    name = "channels_intake"
    verbose_name = _("Channels")

    def ready(self) -> None:
        from channels_intake.desk.history import calls_of, visits_of
        from channels_intake.email.watching import waiting_counter
        from channels_intake.phone.selectors import to_call_back, to_call_back_counter
        from core.navigation import Counted, counted_register, counter_register
        from tickets.selectors.people import contacts_register

        counted_register("phone:callbacks", Counted(to_call_back, to_call_back_counter))
        counter_register("inbound:list", waiting_counter)
        contacts_register(calls_of)
        contacts_register(visits_of)
