"""Auto-pay: what a resident owes is collected with a saved method."""

from ui.sections import Section

SECTION = Section(name="autopay", prefix="autopay/", urls="portal.autopay.urls")
