"""Charges, payments with their allocations, receipts, and the double-entry ledger."""

from billing.models.charges import Charge
from billing.models.ledger import Account, LedgerEntry, LedgerLine
from billing.models.payments import Allocation, Payment, PaymentItem, ProviderEvent, ReceiptCounter
from billing.models.refunds import Dispute, Refund

__all__ = [
    "Account",
    "Allocation",
    "Charge",
    "Dispute",
    "LedgerEntry",
    "LedgerLine",
    "Payment",
    "PaymentItem",
    "ProviderEvent",
    "ReceiptCounter",
    "Refund",
]
