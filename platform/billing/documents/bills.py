"""Bills and credit notes as PDF."""

from typing import Any

from billing import verification
from billing.bill_details import billed_items, credit_notes_of, title_of, vat_billed
from billing.documents.pages import document_of, html_of, qr_svg
from billing.models import Bill, CreditNote
from core.models import Document
from core.money import Money


def bill_document(bill: Bill) -> Document:
    """Return a bill in the active language, with the credit notes that correct it."""
    return document_of(bill.site, f"bill-{bill.number}", "bill.html", _context(bill))


def bill_html(bill: Bill) -> str:
    """Return the page of a bill in the active language, to be rendered with others."""
    return html_of(bill.site, "bill.html", _context(bill))


def _context(bill: Bill) -> dict[str, Any]:
    address = verification.verification_url(verification.BILL, bill.site, bill.number)
    items = billed_items(bill)
    return {
        "bill": bill,
        "issuer": bill.snapshot.get("issuer", {}),
        "items": items,
        "total": Money(bill.total, bill.currency),
        "vat": vat_billed(items, bill.currency),
        "notes": [(each, Money(each.amount, each.currency)) for each in credit_notes_of(bill)],
        "qr_code": qr_svg(address),
        "reference": spaced(bill.payment_reference),
    }


def credit_note_document(note: CreditNote) -> Document:
    """Return a credit note in the active language."""
    bill, currency = note.bill, note.currency
    address = verification.verification_url(verification.CREDIT_NOTE, bill.site, note.number)
    rows = note.lines.select_related("bill_line__charge").order_by("bill_line__position")
    context = {
        "note": note,
        "bill": bill,
        "issuer": bill.snapshot.get("issuer", {}),
        "rows": [(title_of(row.bill_line), Money(row.amount, currency)) for row in rows],
        "total": Money(note.amount, currency),
        "qr_code": qr_svg(address),
    }
    return document_of(bill.site, f"credit-note-{note.number}", "credit_note.html", context)


def spaced(reference: str) -> str:
    """Return a payment reference in groups of four, as ISO 11649 prints it."""
    return " ".join(reference[at : at + 4] for at in range(0, len(reference), 4))
