"""What the console and the portal share: layout, tables, forms, dialogs, exports."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """What the console and the portal share; it has no models."""

    name = "ui"
