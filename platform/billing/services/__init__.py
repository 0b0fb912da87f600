"""Services that change money: charges, checkouts, settlement by provider events, cash."""

from billing.services.bulk import (
    FinalAmount,
    NewCharge,
    NewPayment,
    create_charges,
    finalise_drafts,
    lock_unpaid_drafts,
)
from billing.services.cash import record_cash
from billing.services.charging import (
    Cause,
    NewDraft,
    adjust_charge,
    cancel_charge,
    create_drafts,
    draft_charge,
    lock_cause,
    open_charge,
)
from billing.services.checkout import begin_checkout, end_checkout, refresh_payment
from billing.services.refunds import (
    approve_refund,
    cancel_refund,
    request_refund,
    send_refund,
)
from billing.services.reopening import hold_again
from billing.services.settlement import process_event, settle

__all__ = [
    "Cause",
    "FinalAmount",
    "NewCharge",
    "NewDraft",
    "NewPayment",
    "adjust_charge",
    "approve_refund",
    "begin_checkout",
    "cancel_charge",
    "cancel_refund",
    "create_charges",
    "create_drafts",
    "draft_charge",
    "end_checkout",
    "finalise_drafts",
    "hold_again",
    "lock_cause",
    "lock_unpaid_drafts",
    "open_charge",
    "process_event",
    "record_cash",
    "refresh_payment",
    "request_refund",
    "send_refund",
    "settle",
]
