"""Saved methods of the fake Stripe: setup sessions, customers, payments while the payer is away."""

import secrets
import time
from typing import Any

from tests.fake_stripe.balance import FEE
from tests.fake_stripe.sessions import Answer, Books, StripeError


class SavedBooks:
    """The customers, methods and off-session payments of a fake Stripe.

    Attributes:
        outcome: of the payments that follow: ``succeeded``, ``processing``, or the code of an
            error, such as ``card_declined`` or ``authentication_required``.
    """

    def __init__(self, books: Books) -> None:
        self.books = books
        self.customers: dict[str, dict[str, Any]] = {}
        self.methods: dict[str, dict[str, Any]] = {}
        self.intents: dict[str, dict[str, Any]] = {}
        self.outcome = "succeeded"

    def create_customer(self, form: dict[str, Any]) -> dict[str, Any]:
        """Create a customer."""
        name = f"cus_{secrets.token_hex(8)}"
        self.customers[name] = {"id": name, "object": "customer", **form}
        return self.customers[name]

    def create_session(self, form: dict[str, Any], account: str) -> dict[str, Any]:
        """Create a session of mode ``setup``."""
        if form.get("customer") not in self.customers:
            raise StripeError("No such customer", code="resource_missing", param="customer")
        name = f"cs_test_{secrets.token_hex(8)}"
        self.books.owners[name] = account
        self.books.sessions[name] = {
            "id": name,
            "object": "checkout.session",
            "mode": "setup",
            "amount_total": None,
            "currency": form.get("currency"),
            "client_reference_id": form.get("client_reference_id"),
            "customer": form["customer"],
            "metadata": form.get("metadata", {}),
            "payment_intent": None,
            "payment_status": "no_payment_required",
            "setup_intent": None,
            "status": "open",
            "success_url": form["success_url"],
            "cancel_url": form.get("cancel_url"),
            "title": "Save a method",
            "url": f"{self.books.url}/c/pay/{name}",
        }
        return self.books.shown(name)

    def save_card(self, name: str, *, year: int = 2060, last4: str = "4242") -> None:
        """Have the payer enter a card on a setup session's page."""
        session = self.books.sessions[name]
        method = f"pm_{secrets.token_hex(8)}"
        card = {"brand": "visa", "last4": last4, "exp_month": 12, "exp_year": year}
        self.methods[method] = {
            "id": method,
            "object": "payment_method",
            "type": "card",
            "card": card,
            "customer": session["customer"],
        }
        intent = f"seti_{secrets.token_hex(8)}"
        self.intents[intent] = {"id": intent, "object": "setup_intent", "payment_method": method}
        session.update(status="complete", url=None, setup_intent=intent)

    def shown(self, name: str, *, expand: bool) -> dict[str, Any]:
        """Return a setup session, with its method where it is expanded."""
        session = self.books.shown(name)
        intent = self.intents.get(session["setup_intent"] or "")
        if expand and intent:
            method = self.methods[intent["payment_method"]]
            session["setup_intent"] = {**intent, "payment_method": method}
        return session

    def charge(self, form: dict[str, Any], account: str) -> Answer:
        """Create and confirm a payment intent."""
        method = self.methods.get(form["payment_method"])
        if method is None or method["customer"] != form["customer"]:
            raise StripeError("No such payment_method", code="resource_missing")
        name = f"pi_{secrets.token_hex(8)}"
        is_error = self.outcome not in ("succeeded", "processing")
        intent = {
            "id": name,
            "object": "payment_intent",
            "amount": int(form["amount"]),
            "created": int(time.time()),
            "currency": form["currency"],
            "customer": form["customer"],
            "latest_charge": None,
            "last_payment_error": {"code": self.outcome} if is_error else None,
            "metadata": form["metadata"],
            "status": "requires_payment_method" if is_error else self.outcome,
        }
        self.books.charges[name] = intent
        self.intents[name] = intent
        if is_error:
            error = {
                "type": "card_error",
                "code": self.outcome,
                "message": "Your card was declined.",
                "payment_intent": intent,
            }
            return 402, {"error": error}
        if self.outcome == "succeeded":
            self._collect(intent, account)
        return 200, intent

    def settle(self, name: str, account: str = "acct_fake") -> None:
        """Have the bank settle a payment that was processing."""
        self.intents[name]["status"] = "succeeded"
        self._collect(self.intents[name], account)

    def cancel(self, name: str) -> dict[str, Any]:
        """Cancel a payment intent that was not paid."""
        intent = self.intents[name]
        if intent["status"] in ("succeeded", "processing"):
            raise StripeError("You cannot cancel this PaymentIntent.")
        intent["status"] = "canceled"
        return intent

    def detach(self, name: str) -> dict[str, Any]:
        """Detach a method from its customer."""
        method = self.methods.get(name)
        if method is None or method["customer"] is None:
            raise StripeError("The payment method is not attached to a customer.")
        method["customer"] = None
        return method

    def _collect(self, intent: dict[str, Any], account: str) -> None:
        charge = {
            "id": f"ch_{secrets.token_hex(8)}",
            "object": "charge",
            "amount": intent["amount"],
            "created": intent["created"],
            "currency": intent["currency"],
            "metadata": intent["metadata"],
            "payment_intent": intent["id"],
        }
        intent["latest_charge"] = charge
        # What refunds look the payment up by.
        self.books.sessions[f"saved_{intent['id']}"] = {
            "id": f"saved_{intent['id']}",
            "amount_total": intent["amount"],
            "currency": intent["currency"],
            "metadata": intent["metadata"],
            "payment_intent": intent["id"],
        }
        self.books.owners[f"saved_{intent['id']}"] = account
        self.books.balance.add(
            "charge", charge, intent["amount"], fee=FEE, account=account, at=intent["created"]
        )
