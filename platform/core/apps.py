"""What every app shares."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Money, clock, ids, outbox, audit, permissions per site and the live channel."""

    name = "core"
