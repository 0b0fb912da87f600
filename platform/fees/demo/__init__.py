"""The demo community's fees: what is charged, a month that was billed, and how it is paid."""

from fees.demo.month import bill_last_month
from fees.demo.payments import receive_payments
from fees.demo.rules import set_rules
from fees.demo.single_charges import bill_residents

__all__ = ["bill_last_month", "bill_residents", "receive_payments", "set_rules"]
