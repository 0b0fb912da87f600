"""What the pages of a bill show, for residents and for the holder of its link."""

from typing import Any

from billing.bill_accounts import payments_of
from billing.bill_details import billed_items, credit_notes_of, vat_billed
from billing.documents.bills import spaced
from billing.models import Bill, Charge, Payment
from billing.penalties import penalties_due, total_of
from billing.selectors import online_payment_available
from billing.services.penalties import penalties_come_first
from core.money import Money


def bill_context(bill: Bill) -> dict[str, Any]:
    """Return the context of a page of a bill that `billing.outstanding.with_state` read."""
    shown: Any = bill
    owed = Money(shown.owed, bill.currency)
    items = billed_items(bill)
    charges = [item.line.charge for item in items]
    penalties = penalties_due([each for each in charges if each.state == Charge.State.OPEN])
    come_first = bool(penalties) and penalties_come_first(bill.site)
    return {
        "site": bill.site,
        "bill": bill,
        "items": items,
        "owed": owed,
        "penalties": penalties,
        "penalties_come_first": come_first,
        "to_pay": owed + total_of(penalties, bill.currency) if come_first else owed,
        "vat": vat_billed(items, bill.currency),
        "paid": Money(shown.paid, bill.currency),
        "notes": [(each, Money(each.amount, each.currency)) for each in credit_notes_of(bill)],
        "payments": _receipts_of(bill),
        "reference": spaced(bill.payment_reference),
        "online": online_payment_available(bill.site),
    }


def _receipts_of(bill: Bill) -> list[tuple[Payment, Money]]:
    """Return the payments with a receipt that count towards a bill, with how much of each."""
    paid = reversed(payments_of(bill))
    return [(each, Money(minor, each.currency)) for each, minor in paid if each.receipt_no]


def readings_of(bill: Bill) -> set[int]:
    """Return the keys of the meter readings that the lines of a bill are worked out from."""
    texts = [text for item in billed_items(bill) for text in item.texts]
    return {key for text in texts for key in text.readings}
