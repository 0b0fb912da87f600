"""Rules of tests, and the telemetry and events that they watch."""

from datetime import timedelta

from django.db import transaction

from core import clock
from devices import events
from devices.telemetry import services as telemetry
from incidents.alarms import editing, index
from tests.factories import UserFactory

HOT = {
    "type": "threshold",
    "kind": "telemetry.temperature.c",
    "field": "value",
    "above": True,
    "limit": 60,
    "clear": 55,
    "lasting_s": 0,
}
SILENT = {"type": "absence", "kind": "telemetry.temperature.c", "lasting_s": 3600}
HITS = {
    "type": "count",
    "kind": "barrier",
    "least": 2,
    "within_s": 600,
    "field": "change",
    "equals": "hit",
}


def values(condition, **changed):
    """What a person enters of a rule with that condition."""
    fields = {"name": "too hot", "severity": "moderate"} | changed
    return editing.Values(definition={"condition": condition}, **fields)


def add(site, condition=HOT, **changed):
    """A disabled rule."""
    return editing.add_rule(site, UserFactory(), values(condition, **changed))


def enabled(site, condition=HOT, since=timedelta(days=2), **changed):
    """A rule that has been enabled for a time."""
    rule = editing.enable_rule(add(site, condition, **changed), UserFactory())
    rule.watch_from = clock.now() - since
    rule.save(update_fields=["watch_from"])
    index.forget()
    return rule


def measure(device, value, ago=0.0, metric="temperature.c"):
    """Store a measurement of so many seconds ago, as the gates do."""
    now = clock.now()
    with transaction.atomic():
        telemetry.add_values(
            events.Measured(
                device_id=device.pk,
                site_id=device.site_id,
                key="",
                at=now - timedelta(seconds=ago),
                received_at=now,
                values={metric: value},
            )
        )


def periods(rule):
    """The number of periods of a rule, and of those that are open."""
    return rule.periods.count(), rule.periods.filter(ended_at=None).count()
