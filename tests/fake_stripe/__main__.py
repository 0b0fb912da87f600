"""Run the fake Stripe beside an appliance, to try the payment flow by hand."""

import argparse
import os
import signal
import threading

from tests.fake_stripe.server import FakeStripe
from tests.fake_stripe.webhooks import to_address


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.fake_stripe", description=__doc__)
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--webhook-url", default="http://127.0.0.1:8000/hooks/stripe/")
    # Every user of the machine can read a command line, but only the owner an environment.
    secret = os.environ.get("STRIPE_WEBHOOK_SECRET", "whsec_trying_out")
    parser.add_argument("--secret", default=secret)
    options = parser.parse_args()
    fake = FakeStripe(
        port=options.port, secret=options.secret, deliver=to_address(options.webhook_url)
    )
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with fake:
        print(  # noqa: T201
            f"Fake Stripe at {fake.url}; an appliance uses it with STRIPE_API_KEY=sk_test_fake "
            f"STRIPE_API_BASE={fake.url} and the same STRIPE_WEBHOOK_SECRET.",
            flush=True,
        )
        stop.wait()


if __name__ == "__main__":
    main()
