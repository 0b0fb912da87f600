"""Refusals of devices' messages in the page's words."""

from django import template

from console.rejection_labels import in_words

register = template.Library()
register.filter("in_words", in_words)
