"""Mails with issued bills, queued in the outbox; `integrations.notify.bills` sends them."""

from collections.abc import Iterable

from billing.contacts import Channel, Receiver
from billing.models import Bill
from billing.payers import key_of
from core import outbox

BILL_MAIL = outbox.declare("bill.mail")


def queue_bill_mails(addressed: Iterable[tuple[Bill, Receiver]]) -> None:
    """Queue a mail with a bill's signed link to each receiver, in the caller's transaction.

    A second mail of a bill to the same receiver is not queued.
    """
    for bill, receiver in addressed:
        key = f"bill:{bill.public_id}:issued:{key_of(receiver.party)}"
        message = {
            "bill": bill.public_id,
            "email": receiver.address,
            "language": receiver.language,
        }
        outbox.put(BILL_MAIL, key, message, receiver=order_of(bill, receiver))


def order_of(bill: Bill, receiver: Receiver) -> str:
    """Return in what order messages about a bill are sent: one after another to each address."""
    channel = "" if receiver.channel == Channel.MAIL else f"{receiver.channel}:"
    return f"bill:{bill.public_id}:{channel}{key_of(receiver.party)}"
