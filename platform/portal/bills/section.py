"""What the homes' cars cost."""

from ui.sections import Section

SECTION = Section(name="bills", prefix="bills/", urls="portal.bills.urls")
