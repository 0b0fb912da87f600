"""Refunds and disputes of the fake Stripe, made by a call or in its dashboard."""

import secrets
from typing import Any

from tests.fake_stripe.sessions import Books, StripeError

KNOWN = {"amount", "metadata", "payment_intent"}


class RefundBooks:
    """The refunds and disputes of a fake Stripe's payments."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.refunds: dict[str, dict[str, Any]] = {}
        self.disputes: dict[str, dict[str, Any]] = {}

    def intent(self, name: str) -> dict[str, Any]:
        """Return a payment intent with the metadata of its session."""
        session = self._session_of(name)
        return {**self.books.charges[name], "metadata": session["metadata"]}

    def create(self, form: dict[str, Any], status: str = "pending") -> dict[str, Any]:
        """Create a refund from a create call's parameters."""
        for name in sorted(form.keys() - KNOWN):
            raise StripeError(f"Unknown parameter: {name}", code="parameter_unknown", param=name)
        intent, amount = form["payment_intent"], int(form["amount"])
        session = self._session_of(intent)
        if any(each["payment_intent"] == intent for each in self.disputes.values()):
            raise StripeError("This charge is disputed.", code="charge_disputed")
        before = [each for each in self.refunds.values() if each["payment_intent"] == intent]
        refunded = sum(each["amount"] for each in before if each["status"] != "failed")
        if amount + refunded > session["amount_total"]:
            raise StripeError("Refund amount is greater than the unrefunded amount.")
        name = f"re_{secrets.token_hex(8)}"
        self.refunds[name] = {
            "id": name,
            "object": "refund",
            "amount": amount,
            "currency": session["currency"],
            "charge": self.books.charges[intent]["latest_charge"]["id"],
            "payment_intent": intent,
            "metadata": form.get("metadata", {}),
            "status": status,
        }
        self.books.balance.add(
            "refund",
            self.refunds[name],
            -amount,
            account=self.books.owners.get(session["id"], ""),
        )
        return dict(self.refunds[name])

    def dispute(self, session_name: str) -> dict[str, Any]:
        """Open a dispute of a session's payment."""
        session = self.books.shown(session_name)
        name = f"du_{secrets.token_hex(8)}"
        self.disputes[name] = {
            "id": name,
            "object": "dispute",
            "amount": session["amount_total"],
            "currency": session["currency"],
            "payment_intent": session["payment_intent"],
            "metadata": {},
            "status": "needs_response",
        }
        self.books.balance.add(
            "adjustment",
            self.disputes[name],
            -session["amount_total"],
            fee=1500,
            account=self.books.owners.get(session["id"], ""),
        )
        return self.disputes[name]

    def _session_of(self, intent: str) -> dict[str, Any]:
        for session in self.books.sessions.values():
            if session["payment_intent"] == intent:
                return session
        raise StripeError(f"No such payment_intent: {intent}", status=404, code="resource_missing")
