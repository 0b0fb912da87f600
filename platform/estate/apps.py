"""The asset tree of a site."""

from django.apps import AppConfig


class EstateConfig(AppConfig):
    """The asset tree of a site."""

    name = "estate"
