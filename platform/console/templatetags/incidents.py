"""Names of alarms and metrics for templates."""

from django import template

from devices.labels import alarm_label
from devices.metric_labels import metric_label

register = template.Library()
register.filter("alarm", alarm_label)
register.filter("metric", metric_label)
