"""Parking's part of the decision context: what its checks found about the car's stay."""

from dataclasses import dataclass
from datetime import datetime

from access.context import DecisionContext
from parking.charging import QUOTE_HOLDS
from parking.models import Stay, Tariff
from parking.selectors import Before, Due, before_entry, due_now


@dataclass
class StayFacts:
    """Results of parking's checks; those that act on the decision use them again.

    Attributes:
        before: at an entry, the lot's stays of the plate.
        is_newest: no later read of the plate has arrived before this one.
        tariff: at an entry, the tariff that an unknown car will pay by.
        stay: at an exit, the open stay that the car ends; its row is locked.
        due: at an exit, what that stay costs.
    """

    before: Before | None = None
    is_newest: bool | None = None
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
        facts.due = due_now(stay, priced_at(context), context.records)
    return facts.due


def priced_at(context: DecisionContext) -> datetime:
    """Return the instant that the exit is priced at.

    It is that of the exit read: waiting there is free while the amount first shown is honoured.
    """
    seen_at = context.passage.seen_at
    return seen_at if context.at - seen_at <= QUOTE_HOLDS else context.at
