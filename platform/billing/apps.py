"""Charges, payments, receipts and the ledger."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Charges, payments, receipts and the ledger."""

    name = "billing"
