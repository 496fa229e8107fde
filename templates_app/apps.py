from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TemplatesConfig(AppConfig):
    name = "templates_app"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Templates")

    def ready(self) -> None:
        from templates_app.services import kinds

        kinds.register()
