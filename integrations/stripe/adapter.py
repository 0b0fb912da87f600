"""Stripe Checkout as a payment provider; Stripe's own objects are used in this folder only."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import stripe
from stripe.checkout import Session
from stripe.params import RefundCreateParams
from stripe.params.checkout import SessionCreateParams, SessionCreateParamsLineItem

from billing.ports import (
    Checkout,
    CheckoutLine,
    CheckoutRequest,
    CheckoutStatus,
    ProviderRefund,
    ProviderRefusedError,
    ProviderUnreachableError,
    RefundRequest,
)
from billing.provider_messages import ReportedTransaction, SavedCharge, Setup, SetupRequest
from core.money import Money
from integrations.stripe.balance import BalanceReader
from integrations.stripe.currency import AmountError, from_stripe, to_stripe
from integrations.stripe.event_types import NEVER_PAID
from integrations.stripe.refunds import refund_of
from integrations.stripe.saved import SavedMethods

NAME = "stripe"
TIMEOUT_SECONDS = 10.0
# After these errors Stripe may have performed the call, or will when it is repeated.
_UNCERTAIN = (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError)
# Checkout's names of our languages; for any other it follows the payer's browser.
_LOCALES = {"en": "en", "zh-hans": "zh"}
_CHARGE = ["payment_intent.latest_charge"]
# What the id of a payment with a saved method begins with; it has no session.
_INTENT = "pi_"
T = TypeVar("T")


class StripeProvider:
    """Collects payments by Stripe's Checkout sessions.

    Args:
        api_key: the account's secret key.
        api_base: another address than Stripe's own, for tests; empty for Stripe.
        timeout: seconds to wait for one answer.
        retries: how often the SDK itself repeats a call, with the same idempotency key.
    """

    def __init__(
        self,
        api_key: str,
        api_base: str = "",
        *,
        timeout: float = TIMEOUT_SECONDS,
        retries: int = 2,
    ) -> None:
        client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base} if api_base else None,
            max_network_retries=retries,
            http_client=stripe.RequestsClient(timeout=timeout),
        )
        self._sessions = client.v1.checkout.sessions
        self._intents = client.v1.payment_intents
        self._refunds = client.v1.refunds
        self._balance = BalanceReader(client)
        self._saved = SavedMethods(client)

    def begin(self, request: CheckoutRequest) -> Checkout:
        """Open a Checkout session; a repeated call for the same payment returns the same one."""
        try:
            params = _params(request)
        except AmountError as error:
            raise ProviderRefusedError(str(error)) from error
        options: stripe.RequestOptions = {"idempotency_key": f"gatehouse-{request.payment}"}
        return checkout_of(_call(lambda: self._sessions.create(params, options)))

    def look_up(self, reference: str) -> Checkout:
        """Return the session, or the payment with a saved method, as it is now."""
        if reference.startswith(_INTENT):
            return _call(lambda: self._saved.read(reference))
        return checkout_of(_call(lambda: self._sessions.retrieve(reference, {"expand": _CHARGE})))

    def expire(self, reference: str) -> Checkout:
        """Expire an open session; one that is no longer open is returned as it is."""
        if reference.startswith(_INTENT):
            return _call(lambda: self._saved.cancel(reference))
        try:
            return checkout_of(_call(lambda: self._sessions.expire(reference)))
        except ProviderRefusedError:
            found = self.look_up(reference)
            if found.status == CheckoutStatus.OPEN:
                raise
            return found

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Refund a part of a paid session; a repeated call returns the same refund."""
        try:
            amount = to_stripe(request.money)
        except AmountError as error:
            raise ProviderRefusedError(str(error)) from error
        params: RefundCreateParams = {
            "payment_intent": self._intent_of(request.checkout),
            "amount": amount,
            "metadata": {"payment": request.payment, "refund": request.refund},
        }
        options: stripe.RequestOptions = {"idempotency_key": f"gatehouse-refund-{request.refund}"}
        made = _call(lambda: self._refunds.create(params, options))
        return refund_of(made, request.payment)

    def begin_setup(self, request: SetupRequest) -> Setup:
        """Open a Checkout session that saves a method."""
        return _call(lambda: self._saved.begin(request, _LOCALES.get(request.language, "auto")))

    def look_up_setup(self, reference: str) -> Setup:
        """Return the session that saves a method, with the method once there is one."""
        return _call(lambda: self._saved.look_up(reference))

    def charge_saved(self, request: SavedCharge) -> Checkout:
        """Charge a saved method while the payer is away."""
        try:
            return _call(lambda: self._saved.charge(request))
        except AmountError as error:
            raise ProviderRefusedError(str(error)) from error

    def detach(self, method: str) -> None:
        """Forget a saved method."""
        _call(lambda: self._saved.detach(method))

    def _intent_of(self, reference: str) -> str:
        if reference.startswith(_INTENT):
            return reference
        intent = _call(lambda: self._sessions.retrieve(reference)).payment_intent
        return intent if isinstance(intent, str) else getattr(intent, "id", "")

    def payment_of(self, intent: str) -> str:
        """Return our id of the payment that a payment intent belongs to; empty if none of ours."""
        found = _call(lambda: self._intents.retrieve(intent))
        return getattr(found.metadata, "payment", "") or ""

    def transactions(self, since: datetime, until: datetime) -> list[ReportedTransaction]:
        """Return the movements of the balance in that time, oldest first."""
        created = {"gte": int(since.timestamp()), "lte": int(until.timestamp())}
        return _call(lambda: self._balance.read({"created": created}))

    def transactions_of_payout(self, payout: str) -> list[ReportedTransaction]:
        """Return what an automatic payout consists of; empty for one that was made by hand."""
        try:
            return _call(lambda: self._balance.read({"payout": payout}))
        except ProviderRefusedError:
            return []


def checkout_of(session: Session, event: str = "", at: datetime | None = None) -> Checkout:
    """Convert Stripe's session to billing's checkout.

    Args:
        session: as Stripe sent it.
        event: the type of the event that contained it; empty for the answer to a call.
        at: the event's own time, which is the time of payment where it reports one.
    """
    status = _status(session, event)
    return Checkout(
        reference=session.id,
        payment=session.client_reference_id or "",
        site=getattr(session.metadata, "site", ""),
        status=status,
        money=_money(session),
        url=session.url or "",
        paid_at=at or _charged_at(session) if status == CheckoutStatus.PAID else None,
    )


def is_ours(session: Session) -> bool:
    """Whether we began the session; an account may collect for other shops, too."""
    return bool(getattr(session.metadata, "payment", ""))


def _status(session: Session, event: str) -> CheckoutStatus:
    if session.payment_status != "unpaid":
        return CheckoutStatus.PAID
    if session.status == "open":
        return CheckoutStatus.OPEN
    if session.status == "expired":
        return CheckoutStatus.EXPIRED
    if event == NEVER_PAID or _intent_value(session, "status") == "requires_payment_method":
        return CheckoutStatus.FAILED
    return CheckoutStatus.PROCESSING


def _money(session: Session) -> Money:
    return from_stripe(session.amount_total or 0, session.currency or "")


def _charged_at(session: Session) -> datetime | None:
    charge = _intent_value(session, "latest_charge")
    if charge is None or isinstance(charge, str):
        return None
    return datetime.fromtimestamp(charge.created, UTC)


def _intent_value(session: Session, name: str) -> Any:
    """Return a field of the session's payment, where the session came with it."""
    intent = session.payment_intent
    return None if intent is None or isinstance(intent, str) else getattr(intent, name, None)


def _call(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except _UNCERTAIN as error:
        raise ProviderUnreachableError(str(error)) from error
    except stripe.StripeError as error:
        if error.http_status == 409:  # the same call is still being processed, from another click
            raise ProviderUnreachableError(str(error)) from error
        raise ProviderRefusedError(str(error)) from error


def _params(request: CheckoutRequest) -> SessionCreateParams:
    """Return the parameters of a session; they depend on the request alone, for retries."""
    kept = {"payment": request.payment, "site": request.site}
    return {
        "mode": "payment",
        "line_items": [_line_item(line) for line in request.lines],
        "client_reference_id": request.payment,
        "metadata": kept,
        "payment_intent_data": {"metadata": kept},
        "locale": _LOCALES.get(request.language, "auto"),
        "success_url": request.return_url,
        "cancel_url": request.return_url,
        "expires_at": int(request.expires_at.timestamp()),
        # The payer is charged the amount that was quoted, in the site's currency.
        "adaptive_pricing": {"enabled": False},
    }


def _line_item(line: CheckoutLine) -> SessionCreateParamsLineItem:
    return {
        "quantity": 1,
        "price_data": {
            "currency": line.money.currency.lower(),
            "unit_amount": to_stripe(line.money),
            "product_data": {"name": line.title},
        },
    }
