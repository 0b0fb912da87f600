"""Drivers' titles and levels for templates."""

from django import template
from django.utils.functional import Promise

from devices.drivers.contract import Manifest
from devices.drivers.labels import LEVELS, driver_title

register = template.Library()
register.filter("title", driver_title)


@register.filter
def level(manifest: Manifest) -> str | Promise:
    """Return the name of the driver's level."""
    return LEVELS[manifest.level]
