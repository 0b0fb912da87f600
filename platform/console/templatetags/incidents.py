"""Names of alarms for templates."""

from django import template

from devices.labels import alarm_label

register = template.Library()
register.filter("alarm", alarm_label)
