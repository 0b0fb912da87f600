"""The fake Stripe's HTTP server, and the faults that a test can order."""

import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.fake_stripe import forms, webhooks
from tests.fake_stripe.page import page
from tests.fake_stripe.refunds import RefundBooks
from tests.fake_stripe.saved import SavedBooks
from tests.fake_stripe.sessions import Answer, Books, StripeError, busy

SECRET = "whsec_tests"
COMPLETED = "checkout.session.completed"
EXPIRED = "checkout.session.expired"
PAID_LATER = "checkout.session.async_payment_succeeded"
NEVER_PAID = "checkout.session.async_payment_failed"
SESSION = re.compile(r"/v1/checkout/sessions(?:/(?P<name>\w+)(?P<expire>/expire)?)?")
REFUNDS = "/v1/refunds"
ACCOUNT = "/v1/account"
BALANCE = "/v1/balance_transactions"
CUSTOMERS = "/v1/customers"
SESSIONS = "/v1/checkout/sessions"
INTENTS = "/v1/payment_intents"
ACTION = re.compile(r"/v1/payment_(?:intents|methods)/(?P<name>\w+)/(?P<what>cancel|detach)")
SOURCE = re.compile(r"/v1/(?:charges|refunds|disputes)/(?P<name>\w+)")
INTENT = re.compile(r"/v1/payment_intents/(?P<name>\w+)")
PAGE = re.compile(r"/c/pay/(?P<name>\w+)(?:/(?P<what>[a-z-]+))?")


class FakeStripe:
    """A fake Stripe on a local port, running inside its ``with`` block.

    Args:
        secret: the signing secret of webhooks.
        deliver: ``deliver(body, signature)`` is called with each event; None stores them in
            ``events`` for the test to deliver.
        port: to listen on; 0 for any free one.
    """

    def __init__(
        self,
        *,
        secret: str = SECRET,
        deliver: webhooks.Deliver | None = None,
        port: int = 0,
    ) -> None:
        self.secret, self.deliver = secret, deliver
        self.books = Books()
        self.refund_books = RefundBooks(self.books)
        self.saved = SavedBooks(self.books)
        self.events: list[dict[str, Any]] = []
        self.calls: Counter[str] = Counter()
        self.refund_keys: set[str | None] = set()
        self.lost_answers = 0
        self.lost_requests = 0
        self.lost_refund_answers = 0
        self.broken_answers = 0
        self.busy_keys = False
        # The account of keys that were not seen yet; a key stays with its account.
        self.account = "acct_fake"
        self.accounts: dict[str, str] = {}
        self.unknown_keys: set[str] = set()
        self._may_answer = threading.Event()
        self._may_answer.set()
        self._server = _Server(port, self)
        self.url = self.books.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def __enter__(self) -> "FakeStripe":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._may_answer.set()
        self._server.shutdown()
        self._server.server_close()

    # Events at Stripe.

    @property
    def session(self) -> dict[str, Any]:
        """The latest session."""
        return [*self.books.sessions.values()][-1]

    def pay(self, name: str = "", *, at: int | None = None, **other: Any) -> dict[str, Any]:
        """Pay at once; return the event."""
        name = name or self.session["id"]
        self.books.pay(name, at=at, **other)
        return self._emit(COMPLETED, name, at)

    def promise(self, name: str = "") -> dict[str, Any]:
        """Pay by a delayed bank transfer; return the event."""
        name = name or self.session["id"]
        self.books.pay(name, later=True)
        return self._emit(COMPLETED, name)

    def bank_answers(self, name: str = "", *, paid: bool) -> dict[str, Any]:
        """Settle the delayed payment, or fail it; return the event."""
        name = name or self.session["id"]
        self.books.bank_answers(name, paid=paid)
        return self._emit(PAID_LATER if paid else NEVER_PAID, name)

    def expire(self, name: str = "") -> dict[str, Any]:
        """Expire an open session; return the event."""
        name = name or self.session["id"]
        self.books.expire(name)
        return self._emit(EXPIRED, name)

    def save_card(self, name: str = "", **card: Any) -> dict[str, Any]:
        """Enter a card on the page of the latest setup session; return the event."""
        name = name or self.session["id"]
        self.saved.save_card(name, **card)
        return self._emit(COMPLETED, name)

    def intent_event(self, kind: str, name: str = "") -> dict[str, Any]:
        """Return the event of a payment with a saved method, the latest by default."""
        own = [each for each in self.saved.intents if each.startswith("pi_")]
        return self._send_event(kind, self.saved.intents[name or own[-1]])

    def detach_card(self) -> dict[str, Any]:
        """Detach the latest card in the dashboard; return the event."""
        method = [*self.saved.methods][-1]
        return self._send_event("payment_method.detached", self.saved.detach(method))

    def refund(self, amount: int, *, status: str = "succeeded") -> dict[str, Any]:
        """Refund the latest session in the dashboard; return the event."""
        form = {"payment_intent": self.session["payment_intent"], "amount": amount}
        made = self.refund_books.create(form, status)
        return self._send_event("refund.created", made)

    def refund_moves(self, status: str, name: str = "") -> dict[str, Any]:
        """Move a refund, the latest by default, to a status; return the event."""
        name = name or [*self.refund_books.refunds][-1]
        refund = self.refund_books.refunds[name]
        refund["status"] = status
        return self._send_event("refund.updated", refund)

    def dispute(self) -> dict[str, Any]:
        """Dispute the latest session's payment; return the event."""
        return self._send_event(
            "charge.dispute.created", self.refund_books.dispute(self.session["id"])
        )

    def dispute_closes(self, status: str) -> dict[str, Any]:
        """Decide the latest dispute as ``won`` or ``lost``; return the event."""
        dispute = [*self.refund_books.disputes.values()][-1]
        dispute["status"] = status
        return self._send_event("charge.dispute.closed", dispute)

    def signed(
        self, event: dict[str, Any], at: int | None = None, secret: str = ""
    ) -> tuple[bytes, str]:
        """Return an event's body and its signature."""
        body = webhooks.dumped(event)
        return body, webhooks.sign(body, secret or self.secret, at)

    def _emit(self, kind: str, name: str, at: int | None = None) -> dict[str, Any]:
        return self._send_event(kind, self.books.shown(name), at)

    def _send_event(self, kind: str, about: dict[str, Any], at: int | None = None) -> Any:
        event = self.books.event(kind, about, at)
        self.events.append(event)
        if self.deliver:
            self.deliver(*self.signed(event))
        return event

    # Faults.

    @contextmanager
    def answering_late(self) -> Iterator[None]:
        """Process requests at once, and delay the responses to writes until the block ends."""
        self._may_answer.clear()
        try:
            yield
        finally:
            self._may_answer.set()

    def consume_fault(self, kind: str) -> bool:
        """Consume one ordered fault of that kind; return False if none is left."""
        left = getattr(self, kind)
        setattr(self, kind, max(0, left - 1))
        return left > 0

    # Requests.

    def answer(self, method: str, path: str, headers: Any, body: str) -> Answer:
        """Handle an API request; return status and body."""
        write = self._write(path, headers, body) if method == "POST" else None
        if write is not None:
            return write
        read = self._read(path, headers) if method == "GET" else None
        if read is not None:
            return read
        found = SESSION.fullmatch(path.partition("?")[0])
        if found is None:
            raise StripeError(f"Unrecognized request URL ({method}: {path})", status=404)
        if not headers.get("Authorization", "").startswith("Bearer sk_"):
            raise StripeError("No valid API key provided.", status=401)
        name, key = found["name"], headers.get("Idempotency-Key")
        account = self._account_of(headers)
        if name:
            self.books.require_owner(name, account)
        if key and self.busy_keys:
            raise busy(key)
        if method == "GET":
            self.calls["look up"] += 1
            if self.books.shown(name).get("mode") == "setup":
                return 200, self.saved.shown(name, expand="payment_method" in path)
            expand = "latest_charge" in path
            return 200, self.books.shown(name, expand=expand)
        if found["expire"]:
            self.calls["expire"] += 1
            return self.books.once(key, path, lambda: self._expired(name))
        self.calls["create"] += 1
        make = lambda: (200, self.books.create(forms.parse(body), account))  # noqa: E731
        return self.books.once(key and f"{account}:{key}", body, make)

    def _write(self, path: str, headers: Any, body: str) -> Answer | None:
        """Answer a request about refunds and saved methods; None for any other."""
        form, account = forms.parse(body), self._account_of(headers)
        key = headers.get("Idempotency-Key")
        if path == REFUNDS:
            self.calls["refund"] += 1
            self.refund_keys.add(key)
            return self.books.once(key, body, lambda: (200, self.refund_books.create(form)))
        if path == CUSTOMERS:
            return self.books.once(key, body, lambda: (200, self.saved.create_customer(form)))
        if path == SESSIONS and form.get("mode") == "setup":
            make = lambda: (200, self.saved.create_session(form, account))  # noqa: E731
            return self.books.once(key, body, make)
        if path == INTENTS:
            self.calls["charge saved"] += 1
            return self.books.once(key, body, lambda: self.saved.charge(form, account))
        action = ACTION.fullmatch(path)
        if action is None:
            return None
        act = self.saved.cancel if action["what"] == "cancel" else self.saved.detach
        return 200, act(action["name"])

    def _read(self, path: str, headers: Any) -> Answer | None:
        """Answer a request that only reads; None for one about sessions."""
        bare, sources = path.partition("?")[0], self.books.balance.sources
        if bare == ACCOUNT:
            return self._account(headers.get("Authorization", ""))
        if bare == BALANCE:
            return 200, self.books.balance.listed(path, self._account_of(headers))
        intent, single = INTENT.fullmatch(bare), SOURCE.fullmatch(bare)
        if intent and intent["name"] in self.saved.intents:
            return 200, self.saved.intents[intent["name"]]
        if intent:
            return 200, self.refund_books.intent(intent["name"])
        if single and single["name"] in sources:
            return 200, sources[single["name"]]
        return None

    def press(self, name: str, what: str) -> str:
        """Handle a button of the page; return the redirect target."""
        session = self.books.shown(name)
        actions = {
            "pay": lambda: self.pay(name),
            "save": lambda: self.save_card(name),
            "later": lambda: self.promise(name),
            "bank-pays": lambda: self.bank_answers(name, paid=True),
            "bank-refuses": lambda: self.bank_answers(name, paid=False),
        }
        if what in actions:
            actions[what]()
        return session["cancel_url"] if what == "cancel" else session["success_url"]

    def wait_to_answer(self) -> None:
        """Return when responses may be sent."""
        self._may_answer.wait(30)

    def _account(self, authorization: str) -> Answer:
        key = authorization.removeprefix("Bearer ")
        if key in self.unknown_keys:
            raise StripeError(f"Invalid API Key provided: {key[:8]}***", status=401)
        if key.startswith("rk_"):
            raise StripeError("The key does not have the required permissions.", status=403)
        profile = {"name": "Harbour Park Parking"}
        account = self._account_of({"Authorization": authorization})
        return 200, {"id": account, "object": "account", "business_profile": profile}

    def _account_of(self, headers: Any) -> str:
        key = headers.get("Authorization", "").removeprefix("Bearer ")
        return self.accounts.setdefault(key, self.account)

    def _expired(self, name: str) -> Answer:
        shown = self.books.expire(name)
        self._emit(EXPIRED, name)
        return 200, shown


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, fake: FakeStripe) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.fake = fake


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        shown = PAGE.fullmatch(self.path)
        if shown and not shown["what"]:
            html = page(self.server.fake.books.shown(shown["name"]))
            self._send(200, html.encode(), "text/html; charset=utf-8")
        else:
            self._api("GET")

    def do_POST(self) -> None:
        pressed = PAGE.fullmatch(self.path)
        if pressed and pressed["what"]:
            self._body()
            where = self.server.fake.press(pressed["name"], pressed["what"])
            self._send(303, b"", "text/plain", Location=where)
        else:
            self._api("POST")

    def _api(self, method: str) -> None:
        fake, body = self.server.fake, self._body()
        if fake.consume_fault("lost_requests"):
            self._hang_up()
            return
        try:
            status, answer = fake.answer(method, self.path, self.headers, body)
        except StripeError as error:
            status, answer = error.status, error.body
        if method == "POST":
            fake.wait_to_answer()
        is_refund = self.path == REFUNDS
        if (is_refund and fake.consume_fault("lost_refund_answers")) or fake.consume_fault(
            "lost_answers"
        ):
            self._hang_up()
        elif fake.consume_fault("broken_answers"):
            self._send(500, b'{"error": {"type": "api_error", "message": "oops"}}')
        else:
            self._send(status, json.dumps(answer).encode())

    def _body(self) -> str:
        return self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _send(
        self, status: int, body: bytes, kind: str = "application/json", **headers: str
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Suppress the request log."""
