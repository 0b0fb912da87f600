"""The payment page: purpose, amount, and the possible outcomes."""

from html import escape
from typing import Any

BUTTONS = {
    "pay": "Pay",
    "later": "Pay by a bank that takes its time",
    "cancel": "Back without paying",
}
OF_SETUP = {"save": "Save the card", "cancel": "Back without saving it"}


def page(session: dict[str, Any]) -> str:
    """Return the page of a session as HTML."""
    name = escape(session["id"])
    setup = session.get("mode") == "setup"
    amount = f"{session['amount_total']} {session['currency'].upper()} (smallest units)"
    if session["status"] == "open":
        buttons = OF_SETUP if setup else BUTTONS
        ways = "".join(_button(name, what, label) for what, label in buttons.items())
    elif session["status"] == "complete" and session["payment_status"] == "unpaid":
        ways = _button(name, "bank-pays", "The bank pays") + _button(
            name, "bank-refuses", "The bank refuses"
        )
    else:
        ways = f"<p>This checkout is {escape(session['status'])}.</p>"
    return (
        "<!doctype html><meta charset=utf-8><title>Fake Stripe</title>"
        "<p>This is not Stripe. No money moves here.</p>"
        f"<h1>{escape(session['title'])}</h1><p>{'' if setup else escape(amount)}</p>{ways}"
    )


def _button(name: str, what: str, label: str) -> str:
    return f'<form method=post action="/c/pay/{name}/{what}"><button>{label}</button></form>'
