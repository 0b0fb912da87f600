"""The stand-in behaves as Stripe describes itself, checked by Stripe's own SDK, and runs alone."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
import requests
import stripe

from tests.fake_stripe import FakeStripe

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "whsec_of_this_test"
BACK = "https://park.example/back"


def create_session(client: stripe.StripeClient, amount: int = 500, key: str = "k1") -> Any:
    line = {
        "quantity": 1,
        "price_data": {
            "currency": "cny",
            "unit_amount": amount,
            "product_data": {"name": "Parking"},
        },
    }
    params = {"mode": "payment", "line_items": [line], "success_url": BACK}
    return client.v1.checkout.sessions.create(params, {"idempotency_key": key})


def client_of(url: str, retries: int = 2) -> stripe.StripeClient:
    addresses = {"api": url}
    return stripe.StripeClient("sk_test_x", base_addresses=addresses, max_network_retries=retries)


@pytest.fixture
def client(fake: FakeStripe) -> stripe.StripeClient:
    return client_of(fake.url)


def test_a_key_is_replayed_with_the_first_answer(client: stripe.StripeClient) -> None:
    assert create_session(client).id == create_session(client).id
    assert create_session(client, key="k2").id != create_session(client).id


def test_a_key_with_other_parameters_is_refused(client: stripe.StripeClient) -> None:
    create_session(client)
    with pytest.raises(stripe.IdempotencyError):
        create_session(client, amount=600)


def test_a_refused_request_leaves_its_key_free(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="too small"):
        create_session(client, amount=1)
    assert create_session(client).status == "open"


def test_a_key_used_by_many_at_once_makes_one_session(
    fake: FakeStripe,
) -> None:
    client = client_of(fake.url, retries=10)  # on a busy machine the first may take its time
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _n: create_session(client).id, range(6)))
    assert len(set(made)) == len(fake.books.sessions) == 1


def test_its_signature_passes_the_sdks_own_check(
    fake: FakeStripe, client: stripe.StripeClient
) -> None:
    create_session(client)
    body, signature = fake.signed(fake.pay())
    event = stripe.Webhook.construct_event(body, signature, fake.secret)
    assert event.data.object.payment_status == "paid"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", signature, fake.secret)


def test_a_person_pays_on_its_page_and_the_webhook_arrives() -> None:
    with _listening() as (hook, heard), _running(hook) as url:
        session = create_session(client_of(url))
        html = requests.get(session.url, timeout=60).text
        assert "This is not Stripe" in html
        action = re.search(r'action="([^"]+/pay)"', html)[1]
        pressed = requests.post(url + action, timeout=60, allow_redirects=False)
        assert (pressed.status_code, pressed.headers["Location"]) == (303, BACK)
        body, signature = heard.get(timeout=60)
    event = stripe.Webhook.construct_event(body, signature, SECRET)
    assert (event.type, event.data.object.id) == ("checkout.session.completed", session.id)


def test_a_person_saves_a_card_on_its_page(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"email": "a@example.com"})
    session = client.v1.checkout.sessions.create(
        {"mode": "setup", "currency": "cny", "customer": customer.id, "success_url": BACK}
    )
    action = re.search(r'action="([^"]+/save)"', requests.get(session.url, timeout=60).text)[1]
    pressed = requests.post(_origin(session.url) + action, timeout=60, allow_redirects=False)
    assert (pressed.status_code, pressed.headers["Location"]) == (303, BACK)
    saved = client.v1.checkout.sessions.retrieve(session.id)
    assert (saved.status, bool(saved.setup_intent)) == ("complete", True)


def _origin(address: str) -> str:
    return "/".join(address.split("/")[:3])


@contextmanager
def _listening() -> Iterator[tuple[str, Queue]]:
    heard: Queue = Queue()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.put((body, self.headers["Stripe-Signature"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Log no requests."""

    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hooks/stripe/", heard
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def _running(hook: str) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.fake_stripe", "--port", "0"]
    command += ["--webhook-url", hook, "--secret", SECRET]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield re.search(r"http://\S+\d", process.stdout.readline())[0]
    finally:
        process.terminate()
        process.wait(60)
