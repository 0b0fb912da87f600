"""Parking's part of the decision context: what its checks found about the car's stay."""

from dataclasses import dataclass

from access.context import DecisionContext
from parking.models import Stay, Tariff
from parking.selectors import Before, Due, before_entry, due_now


@dataclass
class StayFacts:
    """Results of parking's checks; those that act on the decision use them again.

    Attributes:
        before: at an entry, the lot's stays of the plate.
        tariff: at an entry, the tariff that an unknown car will pay by.
        stay: at an exit, the open stay that the car ends; its row is locked.
        due: at an exit, what that stay costs.
    """

    before: Before | None = None
    tariff: Tariff | None = None
    stay: Stay | None = None
    due: Due | None = None


def stay_facts(context: DecisionContext) -> StayFacts:
    """Return parking's part of the context."""
    return context.part(StayFacts)


def stays_before(context: DecisionContext) -> Before:
    """Return the lot's stays of the plate, read once for each decision."""
    facts = stay_facts(context)
    if facts.before is None:
        facts.before = before_entry(context.passage)
    return facts.before


def amount_due(context: DecisionContext, stay: Stay) -> Due:
    """Return what the stay costs at the decision's instant, calculated once for each decision."""
    facts = stay_facts(context)
    if facts.due is None:
        facts.due = due_now(stay, context.at, context.records)
    return facts.due
