"""What billing needs from outside: somebody who takes money online."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from core.money import Money


class CheckoutStatus(StrEnum):
    """How far a checkout is, by the provider's word."""

    OPEN = "open"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """What the provider is asked to take, the same each time one attempt is told.

    Attributes:
        payment: our own id of the attempt; the provider must never make two checkouts of one.
        site: the site's slug, kept by the provider beside the payment.
        money: what is to be taken.
        title: what the payer reads that it is for.
        language: the page's language, as Django names it.
        return_url: where the payer's browser goes afterwards, paid or not.
        expires_at: when the checkout ends by itself.
    """

    payment: str
    site: str
    money: Money
    title: str
    language: str
    return_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout as its provider describes it now.

    Attributes:
        reference: the provider's own id of it.
        payment: our id of the attempt, as the provider kept it; empty where it kept none.
        site: the site's slug, as the provider kept it; empty where it kept none.
        status: how far it is.
        money: what it asks; what was taken, once it is paid.
        url: where the payer goes; empty when there's nothing left to do there.
        paid_at: the provider's time of payment; None unless paid.
    """

    reference: str
    payment: str
    site: str
    status: CheckoutStatus
    money: Money
    url: str = ""
    paid_at: datetime | None = None


class ProviderUnreachableError(Exception):
    """The provider did not answer, so what it did is not known: ask the same again."""


class ProviderRefusedError(Exception):
    """The provider said no; its reason is the text."""


class PaymentProvider(Protocol):
    """Takes money on a page of its own.

    Each method raises ProviderUnreachableError when no answer came, ProviderRefusedError when
    the answer was no.
    """

    def begin(self, request: CheckoutRequest) -> Checkout:
        """Open a checkout, or return the one already opened for ``request.payment``."""
        ...

    def look_up(self, reference: str) -> Checkout:
        """Return the checkout as it is now."""
        ...

    def expire(self, reference: str) -> Checkout:
        """End an open checkout so that nobody can pay it; return it as it is afterwards.

        One that was paid, or is being paid, is left as it is and returned.
        """
        ...


PROVIDERS: dict[str, PaymentProvider] = {}


def provide(name: str, provider: PaymentProvider) -> None:
    """Wire a provider under the name that its payments carry."""
    PROVIDERS[name] = provider
