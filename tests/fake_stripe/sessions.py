"""State of the fake Stripe: Checkout sessions, their payments and events."""

import itertools
import json
import secrets
import threading
import time
from typing import Any

from tests.fake_stripe.balance import FEE, Balance

HALF_AN_HOUR, A_DAY = 30 * 60, 24 * 60 * 60
SMALLEST_AMOUNT = 50
MOST_LINES = 100
KNOWN = {
    "adaptive_pricing",
    "cancel_url",
    "client_reference_id",
    "expires_at",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data",
    "success_url",
}
LOCALES = {"auto", "en", "zh"}
Answer = tuple[int, dict[str, Any]]


class StripeError(Exception):
    """An error response in Stripe's format."""

    def __init__(
        self, message: str, *, status: int = 400, kind: str = "invalid_request_error", **more: str
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, **more}}


def busy(key: str) -> StripeError:
    """Return the response to a call whose idempotency key is in use by a running one."""
    return StripeError(
        f"Another request with key {key} is under way.",
        status=409,
        kind="idempotency_error",
        code="idempotency_key_in_use",
    )


class Books:
    """The data of the fake Stripe; thread-safe."""

    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        # A session shows its line items only when they are expanded.
        self.lines: dict[str, list[dict[str, Any]]] = {}
        # The account of each session, which no other account's key can see.
        self.owners: dict[str, str] = {}
        self.balance = Balance()
        self.charges: dict[str, dict[str, Any]] = {}
        self.url = ""
        self._replays: dict[str, tuple[str, Answer | None]] = {}
        self._lock = threading.RLock()
        self._count = itertools.count(1)

    def once(self, key: str | None, params: str, make: Any) -> Answer:
        """Return ``make()``, or its earlier result for the same key and parameters."""
        if key is None:
            return make()
        with self._lock:
            if key in self._replays:
                return self._replay(key, params)
            self._replays[key] = (params, None)
        try:
            answer = make()
        except StripeError:
            # A request with invalid parameters is not executed, so its key stays free.
            with self._lock:
                del self._replays[key]
            raise
        with self._lock:
            self._replays[key] = (params, answer)
        return answer

    def _replay(self, key: str, params: str) -> Answer:
        before, answer = self._replays[key]
        if before != params:
            raise StripeError(
                f"Key {key} was used with other parameters before.", kind="idempotency_error"
            )
        if answer is None:
            raise busy(key)
        return answer

    def create(self, form: dict[str, Any], account: str = "") -> dict[str, Any]:
        """Create a session from a create call's parameters."""
        _check(form)
        lines = [_line(each) for each in form["line_items"]]
        amount = sum(each["amount_total"] for each in lines)
        with self._lock:
            name = f"cs_test_{next(self._count):04d}{secrets.token_hex(8)}"
            self.sessions[name] = {
                "id": name,
                "object": "checkout.session",
                "mode": form["mode"],
                "amount_subtotal": amount,
                "amount_total": amount,
                "currency": lines[0]["currency"],
                "client_reference_id": form.get("client_reference_id"),
                "metadata": form.get("metadata", {}),
                "created": int(time.time()),
                "expires_at": int(form.get("expires_at", time.time() + A_DAY)),
                "livemode": False,
                "locale": form.get("locale"),
                "payment_intent": None,
                "payment_status": "unpaid",
                "status": "open",
                "success_url": form["success_url"],
                "cancel_url": form.get("cancel_url"),
                "title": ", ".join(each["description"] for each in lines),
                "url": f"{self.url}/c/pay/{name}",
            }
            self.lines[name], self.owners[name] = lines, account
            return self.shown(name)

    def shown(self, name: str, *, expand: bool = False) -> dict[str, Any]:
        """Return a copy of the session as in a response."""
        with self._lock:
            session = json.loads(json.dumps(self._found(name)))
            intent = session["payment_intent"]
            if expand and intent:
                session["payment_intent"] = self.charges[intent]
            return session

    def require_owner(self, name: str, account: str) -> None:
        """Reject a session of another account as unknown."""
        self._found(name)
        if self.owners.get(name) != account:
            raise StripeError(
                f"No such checkout.session: {name}", status=404, code="resource_missing"
            )

    def expire(self, name: str) -> dict[str, Any]:
        """Expire an open session; any other is rejected."""
        with self._lock:
            session = self._found(name)
            if session["status"] != "open":
                raise StripeError(f"Only open sessions expire; it is {session['status']}.")
            session.update(status="expired", url=None)
            return self.shown(name)

    def pay(self, name: str, *, at: int | None = None, later: bool = False, **other: Any) -> None:
        """Pay a session; ``later`` leaves it pending, ``other`` alters the session."""
        with self._lock:
            session = self._found(name)
            if session["status"] != "open":
                raise StripeError(f"It cannot be paid: it is {session['status']}.")
            intent = f"pi_{secrets.token_hex(8)}"
            created = int(time.time()) if at is None else at
            charge = {
                "id": f"ch_{secrets.token_hex(8)}",
                "object": "charge",
                "amount": session["amount_total"],
                "created": created,
                "currency": session["currency"],
                "metadata": session["metadata"],
                "payment_intent": intent,
            }
            self.charges[intent] = {
                "id": intent,
                "object": "payment_intent",
                "status": "processing" if later else "succeeded",
                "latest_charge": charge,
            }
            session.update(status="complete", url=None, payment_intent=intent)
            session.update(payment_status="unpaid" if later else "paid", **other)
            if not later:
                self._collect(name, charge)

    def bank_answers(self, name: str, *, paid: bool) -> None:
        """Settle a pending payment, or fail it."""
        with self._lock:
            session = self._found(name)
            status = "succeeded" if paid else "requires_payment_method"
            self.charges[session["payment_intent"]]["status"] = status
            session["payment_status"] = "paid" if paid else "unpaid"
            if paid:
                self._collect(name, self.charges[session["payment_intent"]]["latest_charge"])

    def _collect(self, name: str, charge: dict[str, Any]) -> None:
        session = self._found(name)
        charge.update(amount=session["amount_total"], currency=session["currency"] or "cny")
        self.balance.add(
            "charge",
            charge,
            charge["amount"],
            fee=FEE,
            account=self.owners.get(name, ""),
            at=charge["created"],
        )

    def event(
        self, kind: str, about: dict[str, Any] | str, at: int | None = None
    ) -> dict[str, Any]:
        """Return an event about an object, or the session of that name, as it is now."""
        shown = self.shown(about) if isinstance(about, str) else dict(about)
        return {
            "id": f"evt_{secrets.token_hex(8)}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": int(time.time()) if at is None else at,
            "data": {"object": shown},
            "livemode": False,
            "pending_webhooks": 1,
            "type": kind,
        }

    def _found(self, name: str) -> dict[str, Any]:
        if name not in self.sessions:
            raise StripeError(
                f"No such checkout.session: {name}", status=404, code="resource_missing"
            )
        return self.sessions[name]


def _check(form: dict[str, Any]) -> None:
    for name in sorted(form.keys() - KNOWN):
        raise StripeError(f"Unknown parameter: {name}", code="parameter_unknown", param=name)
    for name in ("mode", "line_items", "success_url"):
        if not form.get(name):
            raise StripeError(f"Missing: {name}", code="parameter_missing", param=name)
    if form.get("locale", "auto") not in LOCALES:
        raise StripeError("No such locale", param="locale")
    ahead = int(form.get("expires_at", time.time() + A_DAY)) - time.time()
    if not HALF_AN_HOUR - 1 <= ahead <= A_DAY + 1:
        raise StripeError("It must be 30 minutes to 24 hours from now.", param="expires_at")
    lines = [_line(each) for each in form["line_items"]]
    if len(lines) > MOST_LINES:
        raise StripeError("Too many line items.", param="line_items")
    if len({each["currency"] for each in lines}) > 1:
        raise StripeError("All line items must have the same currency.", param="line_items")
    if sum(each["amount_total"] for each in lines) < SMALLEST_AMOUNT:
        raise StripeError("The amount is too small.", code="amount_too_small")


def _line(given: dict[str, Any]) -> dict[str, Any]:
    price = given["price_data"]
    return {
        "object": "item",
        "amount_total": int(price["unit_amount"]) * int(given["quantity"]),
        "currency": price["currency"],
        "description": price["product_data"]["name"],
        "quantity": int(given["quantity"]),
    }
