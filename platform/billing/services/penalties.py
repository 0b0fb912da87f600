"""Penalties of charges that are to be paid: posted until the day of the payment, and their place.

The site's setting decides what money pays first (property.md 6): the statutory order, where the
penalties of a charge are settled before the charge itself, or the principal first.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from billing import ports
from billing.accruals import open_penalties, post_accrued
from billing.models import BillingSettings, Charge
from billing.services.charging import Cause, lock_causes
from billing.settings import settings_of
from core.models import Site


def penalties_come_first(site: Site) -> bool:
    """Return whether money pays penalties first at a site."""
    order = settings_of(site).penalty_order
    return order != BillingSettings.PenaltyOrder.PRINCIPAL_FIRST


def in_payment_order(charges: Iterable[Charge], order: str) -> list[Charge]:
    """Sort by due date; late fees come after or before everything else (property.md 6)."""
    penalties_last = order == BillingSettings.PenaltyOrder.PRINCIPAL_FIRST

    def rank(charge: Charge) -> tuple[bool, datetime, int]:
        is_penalty = ports.is_penalty(charge.source_type)
        return is_penalty == penalties_last, charge.due_at or charge.created_at, charge.pk

    return sorted(charges, key=rank)


def lock_with_penalties(charges: Sequence[Charge]) -> None:
    """Lock the causes of charges and of their penalties, in the order of all callers."""
    lock_causes(Cause.of(each) for each in [*charges, *open_penalties(charges)])


def post_penalties(charges: Sequence[Charge], at: datetime) -> list[Charge]:
    """Post what has accrued on charges until the day of ``at``; return their open penalties.

    The caller holds the locks of `lock_with_penalties`.

    Returns:
        Those that are not among the charges; their causes are locked.
    """
    post_accrued(charges, at)
    chosen = {Cause.of(each) for each in charges}
    found = [each for each in open_penalties(charges) if Cause.of(each) not in chosen]
    # One that another transaction posted while this one waited for its locks.
    lock_causes(Cause.of(each) for each in found)
    return found
