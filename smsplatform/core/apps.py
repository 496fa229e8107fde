from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "smsplatform.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Platform")

    def ready(self) -> None:
        from smsplatform.core import lookups  # noqa: F401 - registers itself
        from smsplatform.core.review import admin, reasons_admin  # noqa: F401 - as does the desk
