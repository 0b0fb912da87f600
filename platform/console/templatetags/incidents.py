"""What an incident's occurrences are called, in the page's language."""

from django import template

from console.event_labels import alarm_word

register = template.Library()
register.filter("alarm", alarm_word)
