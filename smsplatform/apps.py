from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlatformConfig(AppConfig):
    name = "smsplatform"
    verbose_name = _("SMS platform")

    def ready(self) -> None:
        from smsplatform import checks  # noqa: F401 - registers them
