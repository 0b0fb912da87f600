"""A stay's charge in billing: a draft while the car is inside, opened when it leaves."""

from collections.abc import Sequence

from billing.models import Charge
from billing.selectors import Received, latest_charge, received, received_and_due_back
from billing.services import (
    Cause,
    NewDraft,
    cancel_charge,
    create_drafts,
    draft_charge,
    hold_again,
    lock_cause,
    open_charge,
)
from parking.models import Stay

# The source type of charges for stays; their source id is the stay's public id.
KIND = "stay"
INCOME_ACCOUNT = "parking"


def cause_of(stay: Stay) -> Cause:
    """Return the reference under which billing has the stay."""
    return Cause(KIND, stay.public_id)


def charge_of(stay: Stay) -> Charge:
    """Return the charge that money for the stay counts towards.

    A stay that was reopened after its charge was posted gets an adjustment as its draft.
    """
    posted = latest_charge(cause_of(stay)) if stay.status != Stay.Status.OPEN else None
    return posted or draft_charge(
        stay.site, cause_of(stay), stay.currency, begins_at=stay.entered_at
    )


def begin_charge(stay: Stay) -> Charge:
    """Create the draft charge of a stay that has just begun."""
    return begin_charges([stay])[0]


def begin_charges(stays: Sequence[Stay]) -> list[Charge]:
    """Create the draft charges of stays that have just begun, with one statement."""
    return create_drafts(
        [NewDraft(each.site_id, cause_of(each), each.currency, each.entered_at) for each in stays]
    )


def received_for(stay: Stay) -> list[Received]:
    """Return the money that counts towards the stay, by time of payment."""
    return received(cause_of(stay))


def received_before_refunds(stay: Stay) -> list[Received]:
    """Return the money for the stay with what an earlier, lower price released of it."""
    return received_and_due_back(cause_of(stay))


def lock_charge(stay: Stay) -> None:
    """Let no payment be recorded for the stay until the transaction ends."""
    lock_cause(cause_of(stay))


def post_charge(stay: Stay) -> Charge:
    """Open the charge of a stay that has left, at the stay's final price."""
    return open_charge(
        _draft(stay),
        stay.price or 0,
        lines=stay.lines,
        ends_at=stay.left_at,
        due_at=stay.left_at,
        at=stay.left_at,
    )


def post_what_was_paid(stay: Stay) -> Charge:
    """Open the charge of a superseded stay: it costs what was paid, with no further claim."""
    draft = _draft(stay)
    lock_charge(stay)
    paid = sum(each.amount for each in received_before_refunds(stay))
    if not paid:
        return cancel_charge(draft)
    return open_charge(draft, paid, lines=[], ends_at=stay.left_at, at=stay.left_at)


def reopen(stay: Stay) -> Charge:
    """Withdraw the charge of a stay that goes on; what was paid counts towards its end."""
    return hold_again(_draft(stay))


def cancel(stay: Stay) -> Charge:
    """Cancel the charge of a stay that was undone; what was paid becomes due for refund."""
    return cancel_charge(_draft(stay))


def _draft(stay: Stay) -> Charge:
    return draft_charge(stay.site, cause_of(stay), stay.currency, begins_at=stay.entered_at)
