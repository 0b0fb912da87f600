"""The receipt of a drawer's hand-over as PDF."""

from billing.documents.pages import document_of
from billing.drawers import movements
from billing.labels import entry_title
from billing.models import Drawer
from core.models import Document
from core.money import Money


def hand_over_document(drawer: Drawer) -> Document | None:
    """Return the receipt of a hand-over in the active language; None while the drawer is open."""
    if drawer.is_open:
        return None
    context = {
        "drawer": drawer,
        "change": _money(drawer, drawer.float_amount),
        "expected": _money(drawer, drawer.expected),
        "counted": _money(drawer, drawer.counted),
        "difference": _money(drawer, drawer.difference),
        "movements": [
            (line.entry.at, entry_title(line.entry), _money(drawer, line.amount))
            for line in movements(drawer)
        ],
    }
    return document_of(drawer.site, f"hand-over-{drawer.public_id}", "hand_over.html", context)


def _money(drawer: Drawer, minor: int | None) -> Money:
    return Money(minor or 0, drawer.currency)
