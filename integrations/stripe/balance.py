"""Stripe's balance transactions: what moved the balance, the fees, and what a payout contains."""

import logging
from datetime import UTC, datetime
from typing import Any

import stripe

from billing.models import BalanceTransaction
from billing.provider_messages import ReportedTransaction
from core.money import Money
from integrations.stripe.currency import AmountError, from_stripe

logger = logging.getLogger(__name__)
Kind = BalanceTransaction.Kind
# https://docs.stripe.com/reports/balance-transaction-types; any other is `other`.
_KINDS = {
    "charge": Kind.PAYMENT,
    "payment": Kind.PAYMENT,
    "refund": Kind.REFUND,
    "payment_refund": Kind.REFUND,
    "refund_failure": Kind.REFUND,
    "payment_failure_refund": Kind.REFUND,
    "payment_reversal": Kind.REFUND,
    "adjustment": Kind.OTHER,
    "payout": Kind.PAYOUT,
    "payout_cancel": Kind.PAYOUT,
    "payout_failure": Kind.PAYOUT,
    "stripe_fee": Kind.FEE,
    "stripe_fx_fee": Kind.FEE,
    "tax_fee": Kind.FEE,
    "network_cost": Kind.FEE,
}
# The longest page that Stripe returns.
_PAGE = 100


class BalanceReader:
    """Reads the balance of one account."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._client = client.v1
        self._payments: dict[str, str] = {}

    def read(self, criteria: dict[str, Any]) -> list[ReportedTransaction]:
        """Return the balance transactions that fulfil the criteria, oldest first."""
        params: Any = {**criteria, "limit": _PAGE, "expand": ["data.source"]}
        pages = self._client.balance_transactions.list(params).auto_paging_iter()
        found = [self._reported(each) for each in pages]
        kept = [each for each in found if each is not None]
        return sorted(kept, key=lambda each: (each.at, each.reference))

    def _reported(self, row: stripe.BalanceTransaction) -> ReportedTransaction | None:
        source = self._source(row)
        kind = _KINDS.get(row.type, Kind.OTHER)
        if kind == Kind.OTHER and getattr(source, "object", "") == "dispute":
            kind = Kind.DISPUTE
        try:
            settled = from_stripe(row.amount, row.currency)
            return ReportedTransaction(
                reference=row.id,
                kind=kind,
                source=_id(row.source),
                payment=self._payment_of(source),
                site=_metadata(source, "site"),
                money=_money(source, settled) if kind == Kind.PAYMENT else settled,
                settled=settled,
                fee=from_stripe(row.fee, row.currency),
                at=datetime.fromtimestamp(row.created, UTC),
            )
        except AmountError as error:
            logger.error("balance transaction %s cannot be read: %s", row.id, error)
            return None

    def _source(self, row: stripe.BalanceTransaction) -> Any:
        """Return what moved the balance, also where Stripe did not expand it."""
        source = row.source
        if not is_text(source):
            return source
        prefix = str(source).partition("_")[0]
        read: Any = {
            "ch": self._client.charges.retrieve,
            "py": self._client.charges.retrieve,
            "re": self._client.refunds.retrieve,
            "pyr": self._client.refunds.retrieve,
            "dp": self._client.disputes.retrieve,
            "du": self._client.disputes.retrieve,
        }.get(prefix)
        return read(source) if read else None

    def _payment_of(self, source: Any) -> str:
        """Return our id of the payment; an intent that several share is asked for once."""
        own = _metadata(source, "payment")
        intent = getattr(source, "payment_intent", None)
        if own or intent is None:
            return own
        name = _id(intent)
        if name not in self._payments:
            found = self._client.payment_intents.retrieve(name)
            self._payments[name] = _metadata(found, "payment")
        return self._payments[name]


def is_text(value: object) -> bool:
    """Return whether Stripe sent an id instead of the object."""
    return isinstance(value, str)


def _id(value: Any) -> str:
    return value if isinstance(value, str) else str(getattr(value, "id", ""))


def _metadata(source: Any, name: str) -> str:
    return getattr(getattr(source, "metadata", None), name, "") or ""


def _money(charge: Any, settled: Money) -> Money:
    """Return what the payer was charged, which may be in another currency than the balance."""
    amount, currency = getattr(charge, "amount", None), getattr(charge, "currency", None)
    return settled if amount is None or not currency else from_stripe(amount, currency)
