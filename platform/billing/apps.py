"""Charges, bills, payments, receipts and the ledger."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Charges, bills, payments, receipts and the ledger."""

    name = "billing"

    def ready(self) -> None:
        """Register the charges that billing itself makes."""
        from billing.cheque_source import ChequeReturnCharges
        from billing.deposit_source import DepositCharges
        from billing.opening_source import OpeningCharges
        from billing.ports import register_source

        register_source(ChequeReturnCharges())
        register_source(DepositCharges())
        register_source(OpeningCharges())
