"""Stays, tariffs and what is due."""

from django.apps import AppConfig


class ParkingConfig(AppConfig):
    """Stays, tariffs and what is due."""

    name = "parking"
