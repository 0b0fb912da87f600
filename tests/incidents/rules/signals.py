"""Short ways to write signals and rules."""

from datetime import UTC, datetime, timedelta

from incidents.rules.model import Absence, Count, Rate, Rule, Signal, Threshold
from incidents.rules.replay import replay

START = datetime(2026, 3, 2, tzinfo=UTC)
SOURCE = "device:1"


def second(number):
    return START + timedelta(seconds=number)


def seconds(number):
    return timedelta(seconds=number)


def measured(at, value, kind="t"):
    return Signal(SOURCE, kind, second(at), {"value": value})


def happened(at, kind="e", **values):
    return Signal(SOURCE, kind, second(at), values)


def above(limit, clear=None, lasting=0, kind="t"):
    clear = limit if clear is None else clear
    return Threshold(kind, "value", True, limit, clear, seconds(lasting))


def below(limit, clear=None, lasting=0, kind="t"):
    clear = limit if clear is None else clear
    return Threshold(kind, "value", False, limit, clear, seconds(lasting))


def rise(amount, within, rises=True):
    return Rate("t", "value", rises, amount, seconds(within))


def absence(lasting, kind="t", field="", equals=""):
    return Absence(kind, seconds(lasting), field, equals)


def count(least, within, field="", equals=""):
    return Count("e", least, seconds(within), field, equals)


def alarms(condition, *signals, until=10_000, profile=None):
    """Return the periods of the alarm as pairs of seconds; None for one that has not ended."""
    periods = replay(Rule(condition, profile), signals, START, second(until))
    return [
        (offset(each.began_at), None if each.ended_at is None else offset(each.ended_at))
        for each in periods
    ]


def offset(at):
    return (at - START).total_seconds()
