"""What providers are asked and report about saved methods and their balance."""

from dataclasses import dataclass
from datetime import datetime

from core.money import Money


@dataclass(frozen=True, slots=True)
class SetupRequest:
    """What a provider is asked to save for later; a retry sends the same request.

    Attributes:
        autopay: our id of the consent, used as the idempotency key.
        payer: who pays, such as ``person:7``.
    """

    autopay: str
    site: str
    payer: str
    currency: str
    language: str
    return_url: str


@dataclass(frozen=True, slots=True)
class Setup:
    """The saving of a method, as its provider reports it.

    Attributes:
        reference: the provider's id of it.
        autopay: our id of the consent.
        url: the page on which the payer enters the method; empty when it is no longer needed.
        customer, method: the provider's ids of the payer and the method; empty until it is saved.
        title: such as ``visa 4242``.
        expires_month: the last month of use as year × 12 + month; None where it does not expire.
    """

    reference: str
    autopay: str
    url: str = ""
    customer: str = ""
    method: str = ""
    title: str = ""
    expires_month: int | None = None


@dataclass(frozen=True, slots=True)
class DetachedMethod:
    """A method that the provider no longer keeps."""

    reference: str


@dataclass(frozen=True, slots=True)
class SavedCharge:
    """What a provider is asked to collect with a saved method; a retry sends the same request.

    Attributes:
        payment: our id of the payment, used as the idempotency key.
        site: the site's slug, stored by the provider beside the payment.
        title: what the payer reads on the statement of the provider.
    """

    payment: str
    site: str
    money: Money
    customer: str
    method: str
    title: str


@dataclass(frozen=True, slots=True)
class ReportedTransaction:
    """A movement of the balance at a provider, as it reports it.

    Attributes:
        reference: the provider's id of it.
        kind: as `billing.models.BalanceTransaction.Kind` has it.
        source: the provider's id of what moved it: a refund, a dispute, a payout.
        payment: our id of the payment; empty where it is none of ours.
        site: the site's slug as stored by the provider; empty where it stored none.
        money: what it was about, in its own currency; below zero where the balance fell.
        settled: the change of the balance before the fee.
        fee: what the provider kept, in the currency of the balance.
        at: when.
    """

    reference: str
    kind: str
    source: str
    payment: str
    site: str
    money: Money
    settled: Money
    fee: Money
    at: datetime
