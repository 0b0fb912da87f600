"""What billing needs from other apps: sources of charges, and providers of online payments."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any, Protocol

from django.db.models import Q

from billing import ledger
from billing.models import Charge, ProviderAccount
from billing.provider_messages import (
    DetachedMethod,
    ReportedTransaction,
    SavedCharge,
    Setup,
    SetupRequest,
)
from core.audit import Subject
from core.money import Money
from estate.models import Unit


@dataclass(frozen=True, slots=True)
class Offer:
    """The amount that a payer is asked for, with its explanation.

    Attributes:
        money: the amount due.
        at: when it was worked out.
        expires_at: until when it is honoured.
        lines: the explanation as the source's own JSON values.
        basis: what it was priced by, such as a tariff's code and version; may be empty.
        subject: the cause as a subject of the audit log; None where the source names it by
            `ChargeSource.audit_subject` only.
    """

    money: Money
    at: datetime
    expires_at: datetime
    lines: list[dict[str, Any]]
    basis: str
    subject: Subject | None = None


@dataclass(frozen=True, slots=True)
class ReceiptFact:
    """A fact that a receipt shows about what was paid for.

    Attributes:
        code: stable name, such as ``plate``.
        label: its name in the active language.
        text: its value as printed.
    """

    code: str
    label: str
    text: str


class ChargeSource(Protocol):
    """An app whose charges billing collects.

    Attributes:
        kind: the charges' ``source_type``, such as ``stay``.
        income_account: the code of the ledger account its income is posted to. The source may also
            have its name for pages, as ``account_title``.
    """

    @property
    def kind(self) -> str: ...

    @property
    def income_account(self) -> str: ...

    def price(self, charge: Charge, at: datetime) -> Offer:
        """Return what is still to pay at that instant, 0 or more, without promising it.

        ``charge.received``, where it is set, is what was received for the cause so far.
        """
        ...

    def offer(self, charge: Charge, at: datetime) -> Offer:
        """Return a stored offer of what is due at that instant; one that holds is repeated."""
        ...

    def honour(self, charge: Charge, offer: str, at: datetime) -> Offer | None:
        """Return an offer that was made earlier, if it still holds at that instant.

        Args:
            offer: what names it, as the page that showed the amount got it from its source.

        Returns:
            None where it has expired, was made for another cause, or the amount is another one
            since, because money was received or the price has fallen.
        """
        ...

    def title(self, charge: Charge, language: str) -> str:
        """Return what the provider's page calls the charge; it must contain no personal data."""
        ...

    def receipt_facts(self, charge: Charge) -> list[ReceiptFact]:
        """Return what a receipt shows about the charge, in the active language."""
        ...

    def audit_subject(self, charge: Charge) -> Subject:
        """Return the charge's cause as a subject of the audit log."""
        ...


_sources: dict[str, ChargeSource] = {}


def register_source(source: ChargeSource) -> None:
    """Register an app's charges under their kind, and the income account they are posted to."""
    _sources[source.kind] = source
    ledger.register_income_account(
        source.income_account, getattr(source, "account_title", source.income_account)
    )


def income_account_of(kind: str) -> str:
    """Return the account that charges of a kind are posted to; the kind where none is known."""
    source = _sources.get(kind)
    return source.income_account if source else kind


def income_accounts() -> list[str]:
    """Return the accounts of income that charges are posted to, in the order of their sources."""
    codes = dict.fromkeys(each.income_account for each in _sources.values())
    return [code for code in codes if ledger.is_income(code)]


def is_penalty(kind: str) -> bool:
    """Return whether charges of this kind are late fees, by their source's ``is_penalty``."""
    return bool(getattr(_sources.get(kind), "is_penalty", False))


def penalty_kinds() -> list[str]:
    """Return the kinds of charges that are late fees."""
    return [kind for kind in _sources if is_penalty(kind)]


def charges_of_unit(unit: Unit) -> Q:
    """Return the condition for a unit's charges, by the ``of_unit`` of sources that have units."""
    known: list[Q] = [each.of_unit(unit) for each in _sources.values() if hasattr(each, "of_unit")]
    return reduce(or_, known, Q(pk__in=[]))


def source_of(charge: Charge) -> ChargeSource:
    """Return the source that the charge came from.

    Raises:
        LookupError: no source of that kind is registered.
    """
    try:
        return _sources[charge.source_type]
    except KeyError:
        raise LookupError(f"no source of charges is registered as {charge.source_type}") from None


class CheckoutStatus(StrEnum):
    """The status of a checkout, as its provider reports it."""

    OPEN = "open"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class CheckoutLine:
    """One charge on the provider's page: what the payer reads, and its part of the amount."""

    title: str
    money: Money


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """What a provider is asked to collect; a retry of the same attempt sends the same request.

    Attributes:
        payment: our id of the attempt, used as the idempotency key.
        site: the site's slug, stored by the provider beside the payment.
        money: the amount to collect.
        lines: what it is for; they sum to the amount.
        language: the page's language as a Django language code.
        return_url: where the payer's browser is redirected afterwards, paid or not.
        expires_at: when the checkout expires.
    """

    payment: str
    site: str
    money: Money
    lines: tuple[CheckoutLine, ...]
    language: str
    return_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout as its provider reports it.

    Attributes:
        reference: the provider's id of it.
        payment: our id of the attempt as stored by the provider; empty where it stored none.
        site: the site's slug as stored by the provider; empty where it stored none.
        status: its status.
        money: the amount asked for; once paid, the amount collected.
        url: the page where the payer pays; empty when it is no longer needed.
        paid_at: the provider's time of payment; None unless paid.
        failure_code: the provider's code of why it failed; empty where it gives none.
    """

    reference: str
    payment: str
    site: str
    status: CheckoutStatus
    money: Money
    url: str = ""
    paid_at: datetime | None = None
    failure_code: str = ""


class RefundStatus(StrEnum):
    """The status of a refund, as its provider reports it."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What a provider is asked to pay back; a retry sends the same request.

    Attributes:
        refund: our id of the refund, used as the idempotency key.
        payment: our id of the payment.
        checkout: the provider's id of the checkout that was paid.
    """

    refund: str
    payment: str
    checkout: str
    money: Money


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """A refund as its provider reports it.

    Attributes:
        reference: the provider's id of it.
        refund: our id of it; empty where it was made at the provider.
        payment: our id of the payment; empty where it is none of ours.
    """

    reference: str
    refund: str
    payment: str
    status: RefundStatus
    money: Money
    failure: str = ""


class DisputeStatus(StrEnum):
    """The status of a dispute, as its provider reports it."""

    INQUIRY = "inquiry"  # no money was withdrawn
    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class ProviderDispute:
    """A dispute as its provider reports it; `payment` is our id, empty where it is none of ours."""

    reference: str
    payment: str
    status: DisputeStatus
    money: Money


Report = Checkout | ProviderRefund | ProviderDispute | Setup | DetachedMethod


class ProviderUnreachableError(Exception):
    """No answer arrived, so the effect of the call is unknown: it must be retried unchanged."""


class ProviderRefusedError(Exception):
    """The provider rejected the call; the text is its reason."""


class PaymentProvider(Protocol):
    """Collects money on a page of its own.

    Each method raises ProviderUnreachableError when no answer arrives, and ProviderRefusedError
    when the provider rejects the call.
    """

    def begin(self, request: CheckoutRequest) -> Checkout:
        """Open a checkout, or return the one already opened for ``request.payment``."""
        ...

    def look_up(self, reference: str) -> Checkout:
        """Return the checkout as it is now."""
        ...

    def expire(self, reference: str) -> Checkout:
        """Expire an open checkout and return it as it is afterwards.

        One that is paid or being processed is left unchanged and returned.
        """
        ...

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Pay money back, or return the refund already made for ``request.refund``."""
        ...

    def begin_setup(self, request: SetupRequest) -> Setup:
        """Open a page on which the payer enters a method to keep."""
        ...

    def look_up_setup(self, reference: str) -> Setup:
        """Return the set-up as it is now."""
        ...

    def charge_saved(self, request: SavedCharge) -> Checkout:
        """Collect with a saved method; return what is already collected for this payment."""
        ...

    def detach(self, method: str) -> None:
        """Forget a saved method; one that is unknown counts as forgotten."""
        ...

    def transactions(self, since: datetime, until: datetime) -> list[ReportedTransaction]:
        """Return the movements of the balance in that time, oldest first."""
        ...

    def transactions_of_payout(self, payout: str) -> list[ReportedTransaction]:
        """Return what a payout to the bank consists of; empty where the provider does not know."""
        ...


ProviderSource = Callable[[ProviderAccount | None], PaymentProvider | None]
PROVIDERS: dict[str, PaymentProvider] = {}
_provider_sources: dict[str, ProviderSource] = {}


def register_provider(name: str, provider: PaymentProvider) -> None:
    """Register a provider under the name that its payments carry."""
    PROVIDERS[name] = provider


def register_provider_source(name: str, source: ProviderSource) -> None:
    """Register what returns a provider with an account that was entered while the product runs.

    It is called with None for payments from before accounts had rows. A provider registered under
    the same name takes precedence for these.
    """
    _provider_sources[name] = source


def provider(name: str, account: ProviderAccount | None = None) -> PaymentProvider | None:
    """Return the provider of that name with an account; None while none is configured.

    Args:
        account: an entered one; None for that of the environment.
    """
    found = PROVIDERS.get(name) if account is None else None
    source = _provider_sources.get(name)
    return source(account) if found is None and source is not None else found


def provider_names() -> list[str]:
    """Return the names of the configured providers."""
    names = dict.fromkeys([*PROVIDERS, *_provider_sources])
    return [name for name in names if provider(name) is not None]
