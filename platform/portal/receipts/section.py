"""Receipts."""

from ui.sections import Section

SECTION = Section(name="receipts", prefix="receipt/", urls="portal.receipts.urls")
