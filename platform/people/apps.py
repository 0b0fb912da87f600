"""Residents, companies and their vehicles."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Residents, companies and their vehicles."""

    name = "people"
