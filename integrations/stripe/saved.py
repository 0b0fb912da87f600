"""Saved methods: entered on a page of Checkout, charged while the payer is away."""

from datetime import UTC, datetime
from typing import Any

import stripe
from stripe.checkout import Session

from billing.ports import Checkout, CheckoutStatus
from billing.provider_messages import SavedCharge, Setup, SetupRequest
from integrations.stripe.currency import from_stripe, to_stripe

# Marks a payment with a saved method in the provider's metadata.
SAVED = "saved"
_METHOD = ["setup_intent.payment_method"]
_CHARGE = ["latest_charge"]


class SavedMethods:
    """The saved methods of one account."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._client = client.v1

    def begin(self, request: SetupRequest, locale: str) -> Setup:
        """Open a page that saves a method for a new customer."""
        kept = {"autopay": request.autopay, "site": request.site}
        customer = self._client.customers.create(
            {"metadata": {**kept, "payer": request.payer}},
            {"idempotency_key": f"gatehouse-customer-{request.autopay}"},
        )
        params: Any = {
            "mode": "setup",
            "currency": request.currency.lower(),
            "customer": customer.id,
            "client_reference_id": request.autopay,
            "metadata": kept,
            "setup_intent_data": {"metadata": kept},
            "locale": locale,
            "success_url": request.return_url,
            "cancel_url": request.return_url,
        }
        options: stripe.RequestOptions = {"idempotency_key": f"gatehouse-setup-{request.autopay}"}
        return setup_of(self._client.checkout.sessions.create(params, options))

    def look_up(self, reference: str) -> Setup:
        """Return a set-up with its method, once there is one."""
        params: Any = {"expand": _METHOD}
        return setup_of(self._client.checkout.sessions.retrieve(reference, params))

    def charge(self, request: SavedCharge) -> Checkout:
        """Charge a saved method; a repeated call returns the same payment, also a declined one."""
        kept = {"payment": request.payment, "site": request.site, SAVED: "1"}
        params: Any = {
            "amount": to_stripe(request.money),
            "currency": request.money.currency.lower(),
            "customer": request.customer,
            "payment_method": request.method,
            "off_session": True,
            "confirm": True,
            "description": request.title,
            "metadata": kept,
            "expand": _CHARGE,
        }
        options: stripe.RequestOptions = {"idempotency_key": f"gatehouse-{request.payment}"}
        try:
            return checkout_of_intent(self._client.payment_intents.create(params, options))
        except stripe.CardError as error:
            intent = getattr(error.error, "payment_intent", None)
            if intent is None:
                raise
            return checkout_of_intent(intent, error.code or "")

    def read(self, reference: str) -> Checkout:
        """Return the payment as it is now."""
        params: Any = {"expand": _CHARGE}
        return checkout_of_intent(self._client.payment_intents.retrieve(reference, params))

    def cancel(self, reference: str) -> Checkout:
        """Cancel a payment that was not made; one that was made is returned as it is."""
        try:
            return checkout_of_intent(self._client.payment_intents.cancel(reference))
        except stripe.InvalidRequestError:
            return self.read(reference)

    def detach(self, method: str) -> None:
        """Forget a method; one that is unknown, or was detached before, is forgotten already."""
        try:
            self._client.payment_methods.detach(method)
        except stripe.InvalidRequestError:
            return


def setup_of(session: Session) -> Setup:
    """Convert Stripe's session of mode ``setup``; the method is known where it is expanded."""
    intent = session.setup_intent
    method = None if intent is None or isinstance(intent, str) else intent.payment_method
    known = None if method is None or isinstance(method, str) else method
    return Setup(
        reference=session.id,
        autopay=getattr(session.metadata, "autopay", "") or "",
        url=session.url or "",
        customer=_id(session.customer),
        method=known.id if known is not None and session.status == "complete" else "",
        title=_title(known) if known is not None else "",
        expires_month=_expires(known),
    )


def is_setup(session: Session) -> bool:
    """Return whether a session saves a method for auto-pay of ours."""
    return session.mode == "setup" and bool(getattr(session.metadata, "autopay", ""))


def is_saved(intent: stripe.PaymentIntent) -> bool:
    """Return whether an intent is a payment of ours with a saved method."""
    metadata = intent.metadata
    return bool(getattr(metadata, "payment", "") and getattr(metadata, SAVED, ""))


def checkout_of_intent(
    intent: stripe.PaymentIntent, code: str = "", at: datetime | None = None
) -> Checkout:
    """Convert Stripe's payment intent to billing's checkout.

    Args:
        code: why it failed, where an error says so.
        at: the time of the event that reported it.
    """
    status = _status(intent.status)
    error = getattr(intent, "last_payment_error", None)
    return Checkout(
        reference=intent.id,
        payment=getattr(intent.metadata, "payment", "") or "",
        site=getattr(intent.metadata, "site", "") or "",
        status=status,
        money=from_stripe(intent.amount, intent.currency),
        paid_at=at or _charged_at(intent) if status == CheckoutStatus.PAID else None,
        failure_code=code or getattr(error, "code", "") or "",
    )


def _status(status: str) -> CheckoutStatus:
    if status == "succeeded":
        return CheckoutStatus.PAID
    return CheckoutStatus.PROCESSING if status == "processing" else CheckoutStatus.FAILED


def _charged_at(intent: stripe.PaymentIntent) -> datetime:
    charge = getattr(intent, "latest_charge", None)
    created = intent.created if charge is None or isinstance(charge, str) else charge.created
    return datetime.fromtimestamp(created, UTC)


def _title(method: stripe.PaymentMethod) -> str:
    card = getattr(method, "card", None)
    return f"{card.brand} {card.last4}" if card is not None else str(method.type)


def _expires(method: stripe.PaymentMethod | None) -> int | None:
    card = getattr(method, "card", None)
    return None if card is None else int(card.exp_year) * 12 + int(card.exp_month)


def _id(value: Any) -> str:
    return value if isinstance(value, str) else str(getattr(value, "id", ""))
