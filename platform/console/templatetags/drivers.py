"""Drivers in the page's words."""

from django import template
from django.utils.functional import Promise

from console.driver_labels import LEVELS, title_of
from devices.drivers.contract import Manifest

register = template.Library()


@register.filter
def title(manifest: Manifest) -> str:
    """Return what the driver is called."""
    return title_of(manifest)


@register.filter
def level(manifest: Manifest) -> str | Promise:
    """Return how far the driver is, in a word."""
    return LEVELS[manifest.level]
