from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChannelsIntakeConfig(AppConfig):
    name = "channels_intake"
    verbose_name = _("Channels")

    def ready(self) -> None:
        from channels_intake.phone.selectors import to_call_back_counter
        from core.navigation import counter_register

        counter_register("phone:callbacks", to_call_back_counter)
