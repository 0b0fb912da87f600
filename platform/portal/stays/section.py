"""One stay: its price, and paying it."""

from ui.sections import Section

SECTION = Section(name="stays", prefix="pay/", urls="portal.stays.urls")
