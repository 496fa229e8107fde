from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "smsplatform"

    def ready(self) -> None:
        from smsplatform import checks  # noqa: F401 - registers them
