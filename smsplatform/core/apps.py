from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "smsplatform.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from smsplatform.core import lookups  # noqa: F401 - registers itself
