"""Payments, receipts and the ledger."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Payments, receipts and the ledger."""

    name = "billing"
