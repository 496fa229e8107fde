from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "messaging"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Messaging")

    def ready(self) -> None:
        from accounts.services import phone_codes, trial_numbers
        from messaging.services import house, kinds, trials

        kinds.register()
        phone_codes.register(house.reaches)
        trial_numbers.register(trials.carries)
