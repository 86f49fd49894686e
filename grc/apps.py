from django.apps import AppConfig


class GrcConfig(AppConfig):
    name = "grc"

    def ready(self) -> None:
        # Makes this process's Celery application the current one, so that `core.jobs` can enqueue by name.
        from grc import celery  # noqa: F401
